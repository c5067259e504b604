"""HTTP of orders: path, body, who asks; everything else is behind the door (style H6)."""

import re
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response

from services.orders import queries, schemas
from services.orders.commands import checkout, listings, orders
from services.orders.domain.listing import Category, DeliveryMethod, Listing, State
from services.orders.domain.order import Status
from services.orders.domain.request import Role
from services.orders.queries import ListAsk
from shared.clock import written
from shared.http.auth import Caller
from shared.http.door import Ask, show
from shared.http.pages import CursorText, Limit, Page, cursor, read_cursor
from shared.http.problems import RefusedError, refusals
from shared.http.strict import StrictRoute
from shared.ids import Numbers
from shared.refusals import Refusal

R = Refusal
router = APIRouter(prefix="/v1", route_class=StrictRoute)

OrderNumber = Annotated[str, Path(max_length=64, examples=["K5657777893"])]
ListingId = Annotated[str, Path(pattern=schemas.LISTING_ID)]
COMMAND = (R.UNAUTHENTICATED, R.IDEMPOTENCY_KEY_REQUIRED, R.IDEMPOTENCY_CONFLICT, R.REQUEST_IN_PROGRESS, R.UNAVAILABLE)
OF_ORDER = (*COMMAND, R.ORDER_NOT_FOUND, R.NOT_A_PARTY, R.WRONG_STATUS, R.DEADLINE_PASSED)


def _numbers(request: Request) -> Numbers:
    numbers: Numbers = request.app.state.numbers
    return numbers


def _by(caller: Caller) -> orders.By:
    return orders.By(caller.sub, caller.user)


@router.put(
    "/listings/{listing_id}",
    response_model=schemas.ListingView,
    responses=refusals(*COMMAND, R.LISTING_ID_TAKEN, R.CURRENCY_MISMATCH, R.VERSION_CONFLICT, R.VALIDATION_FAILED),
    tags=["listings"],
)
async def put_listing(
    listing_id: ListingId,
    body: schemas.ListingBody,
    ask: Ask,
    if_match: Annotated[str | None, Header(max_length=40, description='The version, e.g. "3".')] = None,
) -> Response:
    """Make or change a listing of one's own."""
    wanted, expected = _listing(listing_id, ask.caller.user, body), _version(if_match)
    return await ask.answer(lambda work: listings.put(work, wanted, expected), schemas.listing_view)


@router.get("/listings", response_model=Page[schemas.ListingView], tags=["listings"])
async def get_listings(
    request: Request,
    seller: Annotated[str | None, Query(max_length=128, pattern=r"^[^\x00]*$")] = None,
    category: Category | None = None,
    currency: Annotated[str | None, Query(pattern="^[A-Z]{3}$")] = None,
    limit: Limit = 20,
    cursor: CursorText = None,
) -> Response:
    """Listings for sale, oldest first; a closed store's are left out."""
    given = {"seller": seller, "category": category, "currency": currency}
    filters = {name: str(value) for name, value in given.items() if value is not None}
    after = _after(read_cursor(cursor, "listings", str, str))
    return await show(request, lambda session: queries.listings(session, filters, after, limit), _listing_page)


@router.get(
    "/listings/{listing_id}",
    response_model=schemas.ListingView,
    responses=refusals(R.LISTING_NOT_FOUND),
    tags=["listings"],
)
async def get_listing(listing_id: Annotated[str, Path(max_length=200)], request: Request) -> Response:
    """A live listing, or one's own draft."""
    user = request.state.caller.user if request.state.caller else None
    known = listing_id if re.match(schemas.LISTING_ID, listing_id) else ""
    return await show(request, lambda session: queries.listing(session, known, user), schemas.listing_view)


@router.put("/store", response_model=schemas.StoreView, responses=refusals(*COMMAND), tags=["listings"])
async def put_store(body: schemas.StoreBody, ask: Ask) -> Response:
    """Open or close one's store; a closed one takes no new orders, open orders go on."""
    seller = ask.caller.user
    return await ask.answer(
        lambda work: listings.set_store(work, seller, body.open),
        lambda is_open: schemas.StoreView(seller=seller, open=is_open),
    )


@router.post(
    "/checkouts",
    status_code=201,
    response_model=schemas.CheckoutView,
    responses=refusals(
        *COMMAND, R.LISTING_NOT_FOUND, R.STORE_CLOSED, R.SELF_PURCHASE, R.CURRENCY_MISMATCH, R.STOCK_EXHAUSTED
    ),
    tags=["orders"],
)
async def post_checkout(
    body: schemas.CheckoutBody, ask: Ask, numbers: Annotated[Numbers, Depends(_numbers)]
) -> Response:
    """Order up to 20 lines at once: one order each, one payment for all, one hour to pay."""
    lines = [checkout.Line(line.listing_id, line.quantity, line.details) for line in body.lines]
    by = _by(ask.caller)
    return await ask.answer(lambda work: checkout.place(work, numbers, by, lines), schemas.checkout_view, 201)


@router.get("/orders", response_model=Page[schemas.OrderView], responses=refusals(R.UNAUTHENTICATED), tags=["orders"])
async def get_orders(
    ask: Ask,
    as_: Annotated[Literal["buyer", "seller"], Query(alias="as")] = "buyer",
    status: Annotated[str | None, Query(max_length=300, description="Comma-separated.")] = None,
    payment_number: Annotated[str | None, Query(max_length=64, pattern=r"^[^\x00]*$")] = None,
    buyer: Annotated[str | None, Query(max_length=128, pattern=r"^[^\x00]*$", description="Support only.")] = None,
    seller: Annotated[str | None, Query(max_length=128, pattern=r"^[^\x00]*$", description="Support only.")] = None,
    limit: Limit = 20,
    cursor: CursorText = None,
) -> Response:
    """My Orders, or with as=seller My Sales Orders, newest first; deleted ones only when asked for."""
    user, role = _whose(ask.caller, as_, buyer, seller)
    after = _after(read_cursor(cursor, "orders", str, str))
    wanted = ListAsk(user, role, _statuses(status), payment_number, after, limit)
    return await ask.show(lambda session: queries.orders(session, wanted), _order_page)


@router.get(
    "/orders/{number}",
    response_model=schemas.OrderView,
    responses=refusals(R.UNAUTHENTICATED, R.ORDER_NOT_FOUND),
    tags=["orders"],
)
async def get_order(number: OrderNumber, ask: Ask) -> Response:
    """One order with its terms, the ticking default and the caller's next actions."""
    user, support = ask.caller.user, ask.caller.has("support")
    return await ask.show(lambda session: queries.order(session, number, user, support=support), schemas.order_view)


@router.get(
    "/orders/{number}/history",
    response_model=schemas.HistoryList,
    responses=refusals(R.UNAUTHENTICATED, R.ORDER_NOT_FOUND),
    tags=["orders"],
)
async def get_history(number: OrderNumber, ask: Ask) -> Response:
    """Every transition, oldest first, each with its row of the table and one sentence why."""
    user, support = ask.caller.user, ask.caller.has("support")
    return await ask.show(lambda session: queries.history(session, number, user, support=support), schemas.history_view)


@router.post(
    "/orders/{number}/deliver", response_model=schemas.OrderView, responses=refusals(*OF_ORDER), tags=["orders"]
)
async def deliver(number: OrderNumber, ask: Ask) -> Response:
    """The seller says the goods are with the buyer."""
    return await ask.answer(lambda work: orders.deliver(work, number, _by(ask.caller)), _seller_view)


@router.post(
    "/orders/{number}/confirm", response_model=schemas.OrderView, responses=refusals(*OF_ORDER), tags=["orders"]
)
async def confirm(number: OrderNumber, ask: Ask) -> Response:
    """The buyer confirms receipt, and the seller is paid."""
    return await ask.answer(lambda work: orders.confirm(work, number, _by(ask.caller)), _buyer_view)


@router.post(
    "/orders/{number}/refund",
    response_model=schemas.OrderView,
    responses=refusals(*OF_ORDER, R.REFUND_REASON_REQUIRED),
    tags=["orders"],
)
async def refund(number: OrderNumber, body: schemas.RefundBody, ask: Ask) -> Response:
    """The seller gives the whole amount back to the buyer, before delivering."""
    why, text = body.reason, body.description
    return await ask.answer(lambda work: orders.refund(work, number, _by(ask.caller), why, text), _seller_view)


@router.delete("/orders/{number}", response_model=schemas.OrderView, responses=refusals(*OF_ORDER), tags=["orders"])
async def delete_order(number: OrderNumber, ask: Ask) -> Response:
    """The buyer removes an order that was never paid."""
    return await ask.answer(lambda work: orders.delete(work, number, _by(ask.caller)), _buyer_view)


def _seller_view(told: orders.Told) -> schemas.OrderView:
    return schemas.told_view(told, Role.SELLER)


def _buyer_view(told: orders.Told) -> schemas.OrderView:
    return schemas.told_view(told, Role.BUYER)


def _listing(listing_id: str, seller: str, body: schemas.ListingBody) -> Listing:
    return Listing(
        listing_id=listing_id,
        seller=seller,
        title=body.title,
        description=body.description,
        category=Category(body.category),
        unit_price=body.unit_price.amount,
        currency=body.unit_price.currency,
        stock=body.stock,
        delivery_method=DeliveryMethod(body.delivery_method),
        delivery_hours=body.delivery_hours,
        state=State(body.state),
        account_declaration=body.account_declaration,
        version=0,
    )


def _version(if_match: str | None) -> int | None:
    if if_match is None or if_match == "*":
        return None
    digits = if_match.strip().strip('"')
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else -1


def _whose(caller: Caller, as_: str, buyer: str | None, seller: str | None) -> tuple[str, Role]:
    """Whose orders are listed: one's own, or for support those of a named buyer or seller."""
    if (buyer or seller) and not caller.has("support"):
        raise RefusedError(Refusal.FORBIDDEN)
    if buyer is not None:
        return buyer, Role.BUYER
    if seller is not None:
        return seller, Role.SELLER
    return caller.user, Role.BUYER if as_ == "buyer" else Role.SELLER


def _statuses(text: str | None) -> tuple[Status, ...]:
    names = [name for name in (text or "").split(",") if name]
    if unknown := [name for name in names if name not in set(Status)]:
        errors = [{"pointer": "/query/status", "detail": f"{len(unknown)} of these are no status"}]
        raise RefusedError(Refusal.VALIDATION_FAILED, errors=errors)
    return tuple(Status(name) for name in names)


def _after(key: tuple[Any, ...] | None) -> queries.Key | None:
    """The place in a list that a cursor names; a time that is not written as ours is somebody's invention."""
    if key is None:
        return None
    try:
        moment = datetime.fromisoformat(key[0])
        own = written(moment) == key[0]
    except (ValueError, OverflowError):
        own = False
    if not own:
        raise RefusedError(Refusal.VALIDATION_FAILED)
    return moment, key[1]


def _order_page(found: tuple[list[queries.OrderSeen], queries.Key | None]) -> Page[schemas.OrderView]:
    seen, last = found
    following = cursor("orders", written(last[0]), last[1]) if last is not None else None
    return Page(items=[schemas.order_view(each) for each in seen], next_cursor=following)


def _listing_page(found: tuple[list[listings.Shown], queries.Key | None]) -> Page[schemas.ListingView]:
    shown, last = found
    following = cursor("listings", written(last[0]), last[1]) if last is not None else None
    return Page(items=[schemas.listing_view(each) for each in shown], next_cursor=following)

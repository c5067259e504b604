"""HTTP of checkouts and of looking at orders."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from services.orders import queries, schemas
from services.orders.api.common import COMMAND, OrderNumber, after_key, by
from services.orders.commands import checkout
from services.orders.domain.order import Status
from services.orders.domain.request import Role
from services.orders.queries import ListAsk
from shared.clock import written
from shared.http.access import allowed
from shared.http.auth import Caller
from shared.http.door import Ask
from shared.http.pages import CursorText, Limit, Page, cursor, read_cursor
from shared.http.problems import RefusedError, refusals
from shared.http.strict import StrictRoute
from shared.ids import Numbers
from shared.refusals import Refusal

R = Refusal
router = APIRouter(prefix="/v1", route_class=StrictRoute)


def _numbers(request: Request) -> Numbers:
    numbers: Numbers = request.app.state.numbers
    return numbers


@router.post(
    "/checkouts",
    status_code=201,
    response_model=schemas.CheckoutView,
    responses=refusals(
        *COMMAND,
        R.ACCOUNT_SUSPENDED,
        R.LISTING_NOT_FOUND,
        R.STORE_CLOSED,
        R.SELF_PURCHASE,
        R.CURRENCY_MISMATCH,
        R.STOCK_EXHAUSTED,
    ),
    tags=["orders"],
    openapi_extra=allowed("user"),
)
async def post_checkout(
    body: schemas.CheckoutBody, ask: Ask, numbers: Annotated[Numbers, Depends(_numbers)]
) -> Response:
    """Order up to 20 lines at once: one order each, one payment for all, one hour to pay."""
    lines = [checkout.Line(line.listing_id, line.quantity, line.details) for line in body.lines]
    who = by(ask.caller)
    return await ask.answer(lambda work: checkout.place(work, numbers, who, lines), schemas.checkout_view, 201)


@router.get(
    "/orders",
    response_model=Page[schemas.OrderView],
    responses=refusals(R.UNAUTHENTICATED),
    tags=["orders"],
    openapi_extra=allowed("user"),
)
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
    after = after_key(read_cursor(cursor, "orders", str, str))
    wanted = ListAsk(user, role, _statuses(status), payment_number, after, limit)
    return await ask.show(lambda session: queries.orders(session, wanted), _order_page)


@router.get(
    "/orders/{number}",
    response_model=schemas.OrderView,
    responses=refusals(R.UNAUTHENTICATED, R.ORDER_NOT_FOUND),
    tags=["orders"],
    openapi_extra=allowed("buyer", "seller", "support"),
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
    openapi_extra=allowed("buyer", "seller", "support"),
)
async def get_history(number: OrderNumber, ask: Ask) -> Response:
    """Every transition, oldest first, each with its row of the table and one sentence why."""
    user, support = ask.caller.user, ask.caller.has("support")
    return await ask.show(lambda session: queries.history(session, number, user, support=support), schemas.history_view)


def _whose(caller: Caller, as_: str, buyer: str | None, seller: str | None) -> tuple[str, Role]:
    """Whose orders are listed: one's own, or for support those of a named buyer or seller."""
    if (buyer or seller) and not caller.has("support"):
        raise RefusedError(R.FORBIDDEN)
    if buyer is not None:
        return buyer, Role.BUYER
    if seller is not None:
        return seller, Role.SELLER
    return caller.user, Role.BUYER if as_ == "buyer" else Role.SELLER


def _statuses(text: str | None) -> tuple[Status, ...]:
    names = [name for name in (text or "").split(",") if name]
    if unknown := [name for name in names if name not in set(Status)]:
        errors = [{"pointer": "/query/status", "detail": f"{len(unknown)} of these are no status"}]
        raise RefusedError(R.VALIDATION_FAILED, errors=errors)
    return tuple(Status(name) for name in names)


def _order_page(found: tuple[list[queries.OrderSeen], queries.Key | None]) -> Page[schemas.OrderView]:
    seen, last = found
    following = cursor("orders", written(last[0]), last[1]) if last is not None else None
    return Page(items=[schemas.order_view(each) for each in seen], next_cursor=following)

"""HTTP of lists of orders: My Orders, My Sales Orders, and for support everybody's."""

from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response

from services.orders import queries
from services.orders.domain.order import Status
from services.orders.domain.request import Role
from services.orders.queries import lists
from services.orders.queries.lists import OrderFilter
from services.orders.schemas.lists import OrderSummaryView, order_summary_view
from services.orders.schemas.orders import OrderView, order_view
from shared.clock import written
from shared.http.access import Who, allowed
from shared.http.auth import Caller
from shared.http.executor import Context
from shared.http.pages import CursorText, From, Limit, Page, To, page, read_time_cursor
from shared.http.problems import RefusedError
from shared.http.strict import StrictRoute
from shared.refusals import Refusal

R = Refusal
router = APIRouter(prefix="/v1", route_class=StrictRoute, tags=["orders"])
Person = Annotated[str | None, Query(max_length=128, pattern=r"^[^\x00]*$", description="Support only.")]
GIVEN: Mapping[str, tuple[Who, ...]] = {"buyer": ("support",), "seller": ("support",), "as=buyer": ("user",)}
"""An assistant acts for a seller and has no purchases to list."""
AS = "One's own purchases or sales; without it one's own purchases, for support everybody's orders."


async def order_filter(
    context: Context,
    as_: Annotated[Literal["buyer", "seller"] | None, Query(alias="as", description=AS)] = None,
    status: Annotated[str | None, Query(max_length=300, description="Comma-separated.")] = None,
    payment_number: Annotated[str | None, Query(max_length=64, pattern=r"^[^\x00]*$")] = None,
    buyer: Person = None,
    seller: Person = None,
    start: From = None,
    to: To = None,
) -> OrderFilter:
    """Which orders are meant: one's own, or for support everybody's or those of a named buyer or seller."""
    role, of_buyer, of_seller = _whose(context.caller, as_, buyer, seller)
    return OrderFilter(context.caller.actor, role, of_buyer, of_seller, _statuses(status), payment_number, start, to)


Which = Annotated[OrderFilter, Depends(order_filter)]


@router.get("/orders", response_model=Page[OrderView], openapi_extra=allowed("user", "assistant", given=GIVEN))
async def get_orders(context: Context, which: Which, limit: Limit = 20, cursor: CursorText = None) -> Response:
    """My Orders, or with as=seller My Sales Orders, newest first; deleted ones only when asked for.

    `from` and `to` are about when an order was placed. Support sees everybody's orders, or those of a buyer or seller.
    """
    after = read_time_cursor(cursor, "orders")
    return await context.show(
        lambda session: lists.orders(session, which, after, limit + 1),
        lambda rows: page("orders", rows, limit, order_view, _key),
    )


@router.get("/orders/summary", response_model=OrderSummaryView, openapi_extra=allowed("user", "assistant", given=GIVEN))
async def get_summary(context: Context, which: Which) -> Response:
    """How many orders of the same list stand in which status, and what they cost together."""
    return await context.show(lambda session: lists.summary(session, which), order_summary_view)


def _whose(
    caller: Caller, as_: str | None, buyer: str | None, seller: str | None
) -> tuple[Role, str | None, str | None]:
    """The side that reads the list, and the buyer and seller whose orders it shows; an assistant sees the seller's."""
    if caller.acts_for is not None:
        return Role.SELLER, None, caller.acts_for
    named = buyer is not None or seller is not None
    if named or (as_ is None and caller.actor.is_support):
        return Role.SUPPORT, buyer, seller
    return (Role.SELLER, None, caller.user) if as_ == "seller" else (Role.BUYER, caller.user, None)


def _statuses(text: str | None) -> tuple[Status, ...]:
    names = [name for name in (text or "").split(",") if name]
    if unknown := [name for name in names if name not in set(Status)]:
        detail = f"{len(unknown)} of these are no status"
        errors = [{"pointer": "/query/status", "detail": detail, "allowed": list(Status)}]
        raise RefusedError(R.VALIDATION_FAILED, errors=errors)
    return tuple(Status(name) for name in names)


def _key(seen: queries.OrderSeen) -> tuple[str, str]:
    """What the cursor holds of an order."""
    return written(seen.order.placed_at), seen.order.number

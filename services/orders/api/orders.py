"""HTTP of checkouts and of looking at one order."""

from fastapi import APIRouter, Response

from services.orders import queries
from services.orders.api.common import OrderNumber
from services.orders.commands import checkout
from services.orders.refusals import OrdersRefusal
from services.orders.schemas.actions import CheckoutIn
from services.orders.schemas.orders import (
    CheckoutView,
    HistoryListView,
    OrderView,
    checkout_view,
    history_view,
    order_view,
)
from shared.http.access import allowed
from shared.http.executor import Context
from shared.http.problems import refusals
from shared.http.strict import StrictRoute
from shared.refusals import Refusal

R = Refusal
router = APIRouter(prefix="/v1", route_class=StrictRoute)


@router.post(
    "/checkouts",
    status_code=201,
    response_model=CheckoutView,
    responses=refusals(
        R.ACCOUNT_SUSPENDED,
        R.LISTING_NOT_FOUND,
        OrdersRefusal.STORE_CLOSED,
        OrdersRefusal.SELF_PURCHASE,
        OrdersRefusal.CURRENCY_MISMATCH,
        OrdersRefusal.STOCK_EXHAUSTED,
    ),
    tags=["orders"],
    openapi_extra=allowed("user"),
)
async def post_checkout(body: CheckoutIn, context: Context) -> Response:
    """Order up to 20 lines at once: one order each, one payment for all, one hour to pay."""
    lines = [checkout.Line(line.listing_id, line.quantity, line.details) for line in body.lines]
    numbers, who = context.settings.numbers, context.caller.actor
    return await context.execute(lambda work: checkout.place(work, numbers, who, lines), checkout_view, 201)


@router.get(
    "/orders/{number}",
    response_model=OrderView,
    responses=refusals(R.ORDER_NOT_FOUND),
    tags=["orders"],
    openapi_extra=allowed("buyer", "seller", "assistant", "support"),
)
async def get_order(number: OrderNumber, context: Context) -> Response:
    """One order with its terms, the current deadline and the caller's next actions."""
    who = context.caller.actor
    return await context.show(lambda session: queries.order(session, number, who), order_view)


@router.get(
    "/orders/{number}/history",
    response_model=HistoryListView,
    responses=refusals(R.ORDER_NOT_FOUND),
    tags=["orders"],
    openapi_extra=allowed("buyer", "seller", "assistant", "support"),
)
async def get_history(number: OrderNumber, context: Context) -> Response:
    """Every transition and every time that the hand-over was revealed, oldest first: its row, and one sentence why."""
    who = context.caller.actor
    return await context.show(lambda session: queries.history(session, number, who), history_view)

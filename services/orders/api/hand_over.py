"""HTTP of the sealed hand-over: its buyer reveals it; the seller delivers with it in actions.py."""

from fastapi import APIRouter, Response

from services.orders import queries
from services.orders.api.actions import Preview
from services.orders.api.common import OF_ORDER, OrderNumber, the_order
from services.orders.commands import hand_over
from services.orders.domain.request import Role
from services.orders.refusals import OrdersRefusal
from services.orders.schemas.hand_over import RevealView, reveal_view
from services.orders.schemas.orders import PreviewView, preview_view
from shared.http.access import allowed
from shared.http.executor import Context, Secrecy
from shared.http.problems import refusals
from shared.http.strict import StrictRoute

router = APIRouter(prefix="/v1", route_class=StrictRoute, tags=["orders"])


@router.post(
    "/orders/{number}/hand-over/reveal",
    response_model=RevealView | PreviewView,
    responses=refusals(*OF_ORDER, OrdersRefusal.NO_HAND_OVER, OrdersRefusal.HAND_OVER_UNREADABLE),
    openapi_extra=allowed("buyer"),
)
async def reveal_hand_over(number: OrderNumber, context: Context, preview: Preview = False) -> Response:
    """The buyer of a delivered account reveals what the seller handed over.

    Every time is a line of the history. The answer is not stored: the same request again reveals again.
    """
    who, about = context.caller.actor, the_order(context.caller, number, Role.BUYER)
    if preview:
        return await context.preview(
            lambda session: queries.preview_reveal(session, number, who, context.denied), preview_view, about
        )
    sealer = context.settings.hand_over_sealer
    return await context.execute(
        lambda work: hand_over.reveal(work, number, who, sealer), reveal_view, about=about, secrecy=Secrecy(answer=True)
    )

"""The review queue of support: captured money that fits no payment, and charge-backs to be looked at."""

from datetime import timedelta
from uuid import UUID

from fastapi import APIRouter, Response

from services.payments import commands
from services.payments.api.common import Providers
from services.payments.commands import Decision
from services.payments.queries import review_queue as queries
from services.payments.refusals import PaymentsRefusal
from services.payments.schemas.review_queue import ResolveIn, UnmatchedView, unmatched_view
from shared.http.access import allowed
from shared.http.executor import Context
from shared.http.pages import CursorText, Limit, Page, page, read_id_cursor
from shared.http.problems import refusals
from shared.http.strict import StrictRoute
from shared.refusals import Refusal

router = APIRouter(route_class=StrictRoute)

REVIEW_QUEUE = "unmatched"


@router.get("/unmatched", response_model=Page[UnmatchedView], openapi_extra=allowed("support"))
async def unmatched(context: Context, limit: Limit = 20, cursor: CursorText = None) -> Response:
    """What waits for support, oldest first: money that fits no payment, and charge-backs to be looked at."""
    after = read_id_cursor(cursor, REVIEW_QUEUE)
    return await context.show(
        lambda session: queries.unmatched(session, after, limit + 1),
        lambda items: page(REVIEW_QUEUE, items, limit, unmatched_view, lambda item: (str(item.id),)),
    )


@router.post(
    "/unmatched/{unmatched_id}/resolve",
    response_model=UnmatchedView,
    responses=refusals(
        Refusal.NOT_FOUND,
        Refusal.WRONG_STATUS,
        PaymentsRefusal.REFUND_TO_ORIGIN_UNAVAILABLE,
        Refusal.REASON_REQUIRED,
        PaymentsRefusal.INVALID_DETAILS,
    ),
    openapi_extra=allowed("support"),
)
async def resolve(unmatched_id: UUID, body: ResolveIn, context: Context, providers: Providers) -> Response:
    """Support credits unmatched money to whom it belongs, records that it went back, or writes the item off.

    `return` records what support has done with the provider: nothing is sent from here.
    """
    windows = {
        str(each.name): timedelta(days=each.origin.days) for each in providers.methods if each.origin is not None
    }
    decided = Decision(context.caller.actor, body.action, body.user, body.reason, windows)
    return await context.execute(lambda work: commands.resolve(work, unmatched_id, decided), unmatched_view)

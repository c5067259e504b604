"""Support's desk: captured money that fits no payment, and charge-backs to be looked at."""

from uuid import UUID

from fastapi import APIRouter, Response

from services.payments import commands, queries, schemas
from services.payments.commands import Decision
from services.payments.domain.capture import Unmatched
from shared.http.access import allowed
from shared.http.executor import Context
from shared.http.pages import CursorText, Limit, Page, cursor, forged, read_cursor
from shared.http.problems import refusals
from shared.http.strict import StrictRoute
from shared.refusals import Refusal

router = APIRouter(route_class=StrictRoute)

REVIEW_QUEUE = "unmatched"


@router.get(
    "/unmatched",
    response_model=Page[schemas.UnmatchedView],
    responses=refusals(Refusal.UNAUTHENTICATED, Refusal.FORBIDDEN, Refusal.VALIDATION_FAILED),
    openapi_extra=allowed("support"),
)
async def unmatched(context: Context, limit: Limit = 20, cursor: CursorText = None) -> Response:
    """What waits for support, oldest first: money that fits no payment, and charge-backs to be looked at."""
    after = _after(cursor)
    return await context.show(
        lambda session: queries.unmatched(session, after, limit + 1), lambda items: _page(items, limit)
    )


@router.post(
    "/unmatched/{unmatched_id}/resolve",
    response_model=schemas.UnmatchedView,
    responses=refusals(
        Refusal.IDEMPOTENCY_KEY_REQUIRED,
        Refusal.UNAUTHENTICATED,
        Refusal.FORBIDDEN,
        Refusal.NOT_FOUND,
        Refusal.WRONG_STATUS,
        Refusal.REASON_REQUIRED,
        Refusal.INVALID_DETAILS,
    ),
    openapi_extra=allowed("support"),
)
async def resolve(unmatched_id: UUID, body: schemas.ResolveIn, context: Context) -> Response:
    """Support credits unmatched money to whom it belongs, or closes a charge-back that was looked at, with a reason."""
    decided = Decision(context.caller.sub, body.action, body.user, body.reason, context.caller.acts_for)
    return await context.execute(lambda work: commands.resolve(work, unmatched_id, decided), schemas.unmatched)


def _after(text: str | None) -> UUID | None:
    key = read_cursor(text, REVIEW_QUEUE, str)
    try:
        return UUID(str(key[0])) if key is not None else None
    except ValueError:
        raise forged() from None


def _page(items: list[Unmatched], limit: int) -> Page[schemas.UnmatchedView]:
    shown, more = items[:limit], len(items) > limit
    return Page(
        items=[schemas.unmatched(each) for each in shown],
        next_cursor=cursor(REVIEW_QUEUE, str(shown[-1].id)) if more else None,
    )

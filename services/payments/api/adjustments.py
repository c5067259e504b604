"""Adjustments: support gives goodwill or declares money forfeited, above a limit with a second person."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.payments import commands
from services.payments.commands import AdjustmentRequest
from services.payments.domain.adjustment import AdjustmentAction, AdjustmentKind, AdjustmentState
from services.payments.queries import adjustments as queries
from services.payments.refusals import PaymentsRefusal
from services.payments.schemas.adjustments import AdjustmentIn, AdjustmentView, adjustment_view
from shared.http.access import allowed
from shared.http.executor import Context
from shared.http.pages import CursorText, Limit, Page, page, read_id_cursor
from shared.http.problems import refusals
from shared.http.strict import StrictRoute
from shared.refusals import Refusal

router = APIRouter(route_class=StrictRoute)

ADJUSTMENTS = "adjustments"
DECIDED = refusals(Refusal.NOT_A_PARTY, Refusal.NOT_FOUND, Refusal.WRONG_STATUS, PaymentsRefusal.BALANCE_INSUFFICIENT)
AboutUser = Annotated[str | None, Query(max_length=128, pattern=r"^[^\x00]*$")]


@router.get("/adjustments", response_model=Page[AdjustmentView], openapi_extra=allowed("support"))
async def adjustments(
    context: Context,
    state: AdjustmentState | None = None,
    user: AboutUser = None,
    limit: Limit = 20,
    cursor: CursorText = None,
) -> Response:
    """All adjustments, newest first; `state=pending` are those that wait for a second person."""
    before = read_id_cursor(cursor, ADJUSTMENTS)
    return await context.show(
        lambda session: queries.adjustments(session, state, user, before, limit + 1),
        lambda items: page(ADJUSTMENTS, items, limit, adjustment_view, lambda item: (str(item.id),)),
    )


@router.post(
    "/adjustments",
    response_model=AdjustmentView,
    status_code=201,
    responses=refusals(Refusal.NOT_A_PARTY, PaymentsRefusal.BALANCE_INSUFFICIENT, Refusal.REASON_REQUIRED),
    openapi_extra=allowed("support"),
)
async def adjust(body: AdjustmentIn, context: Context) -> Response:
    """Support gives a user goodwill, or declares money of a user forfeited; never about itself.

    It is booked at once; above MARKET_ADJUSTMENT_ALONE_MAX it is `pending` until a second person approves.
    """
    of = (AdjustmentKind(body.kind), body.user, body.amount.amount, body.amount.currency, body.reason)
    request = AdjustmentRequest(context.caller.actor, *of, context.settings.adjustment_alone(body.amount.currency))
    return await context.execute(lambda work: commands.adjust(work, request), adjustment_view, 201)


@router.post(
    "/adjustments/{adjustment_id}/approve",
    response_model=AdjustmentView,
    responses=DECIDED,
    openapi_extra=allowed("support"),
)
async def approve(adjustment_id: UUID, context: Context) -> Response:
    """A second person of support approves, which books it: not who asked for it, and not whom it is about."""
    return await _decide(adjustment_id, AdjustmentAction.APPROVE, context)


@router.post(
    "/adjustments/{adjustment_id}/reject",
    response_model=AdjustmentView,
    responses=refusals(Refusal.NOT_A_PARTY, Refusal.NOT_FOUND, Refusal.WRONG_STATUS),
    openapi_extra=allowed("support"),
)
async def reject(adjustment_id: UUID, context: Context) -> Response:
    """Support rejects a pending adjustment, or takes back its own; nothing is booked."""
    return await _decide(adjustment_id, AdjustmentAction.REJECT, context)


async def _decide(adjustment_id: UUID, action: AdjustmentAction, context: Context) -> Response:
    actor = context.caller.actor
    return await context.execute(lambda work: commands.decide(work, adjustment_id, action, actor), adjustment_view)

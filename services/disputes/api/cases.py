"""HTTP of cases."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from services.disputes import queries, schemas
from services.disputes.api.page import HEADERS, printed
from services.disputes.commands import cases
from services.disputes.domain.case import Outcome
from services.disputes.unit_of_work import DisputesWork
from shared.clock import written
from shared.http.access import allowed
from shared.http.conditions import Thing
from shared.http.executor import Context
from shared.http.pages import CursorText, Limit, Page, forged, page, read_id_cursor, read_time_cursor
from shared.http.problems import RefusedError, refusals
from shared.http.strict import StrictRoute
from shared.refusals import Refusal

R = Refusal
router = APIRouter(prefix="/v1", route_class=StrictRoute, tags=["disputes"])
CaseId = Annotated[str, Path(max_length=64)]
SHOWN_ENTRIES = 100
"""So many of the newest messages and log lines are in the case file."""
PRINTED_ENTRIES = 500
"""So many are on the page."""


@router.get("/disputes", response_model=Page[schemas.CaseView], openapi_extra=allowed("user", "assistant"))
async def get_cases(
    context: Context,
    order: Annotated[str | None, Query(max_length=64, pattern=r"^[^\x00]*$")] = None,
    state: Literal["open", "decided", "closed"] | None = None,
    limit: Limit = 20,
    cursor: CursorText = None,
) -> Response:
    """One's own cases, or for support all of them, oldest first."""
    actor, after = context.caller.actor, read_id_cursor(cursor, "disputes")
    return await context.show(
        lambda session: queries.cases(session, actor, order, state, after, limit + 1),
        lambda rows: page("disputes", rows, limit, schemas.case_view, lambda case: (str(case.id),)),
    )


@router.get(
    "/disputes/{dispute_id}",
    response_model=schemas.CaseFileView,
    responses=refusals(R.NOT_FOUND),
    openapi_extra=allowed("buyer", "seller", "assistant", "support"),
)
async def get_case(dispute_id: CaseId, context: Context) -> Response:
    """The case file: order, terms, history, request, refusal, evidence, chat and log, deadline and decision."""
    shown = _the_case(dispute_id, context)
    return await context.show(shown.query, shown.render)


@router.get(
    "/disputes/{dispute_id}/case.html",
    response_class=Response,
    responses={200: {"content": {"text/html": {}}}, **refusals(R.NOT_FOUND)},
    openapi_extra=allowed("buyer", "seller", "assistant", "support"),
)
async def get_case_page(dispute_id: CaseId, context: Context) -> Response:
    """The case file as one page to print."""
    return await context.page(_the_case(dispute_id, context, PRINTED_ENTRIES).query, printed, HEADERS)


@router.get(
    "/disputes/{dispute_id}/excerpt",
    response_model=Page[schemas.EntryView],
    responses=refusals(R.NOT_FOUND),
    openapi_extra=allowed("buyer", "seller", "assistant", "support"),
)
async def get_excerpt(dispute_id: CaseId, context: Context, limit: Limit = 100, cursor: CursorText = None) -> Response:
    """What the parties wrote to each other until the dispute, and the order's log with later comments, oldest first."""
    found, actor, key = case_id(dispute_id), context.caller.actor, read_time_cursor(cursor, "excerpt")
    after = (key[0], _entry_id(key[1])) if key is not None else None
    return await context.show(
        lambda session: queries.entries(session, found, actor, after, limit + 1),
        lambda rows: page("excerpt", rows, limit, schemas.entry_view, lambda row: (written(row.at), str(row.id))),
    )


@router.post(
    "/disputes/{dispute_id}/evidence",
    status_code=201,
    response_model=schemas.CaseView,
    responses=refusals(R.NOT_FOUND, R.ACCOUNT_SUSPENDED, R.WRONG_STATUS),
    openapi_extra=allowed("buyer", "seller", "assistant", "support"),
)
async def post_evidence(dispute_id: CaseId, body: schemas.EvidenceIn, context: Context) -> Response:
    """A party or support adds a text, with pictures that it uploaded for this case, and the reference of a video."""
    found, actor = case_id(dispute_id), context.caller.actor
    given = cases.Statement(body.text, body.video_reference, tuple(body.attachments))
    return await context.execute(
        lambda work: cases.add_evidence(work, found, actor, given),
        schemas.case_view,
        201,
        about=_the_case(dispute_id, context),
    )


@router.post(
    "/disputes/{dispute_id}/assign",
    response_model=schemas.CaseView,
    responses=refusals(R.NOT_FOUND, R.NOT_A_PARTY, R.WRONG_STATUS),
    openapi_extra=allowed("support"),
)
async def post_assign(dispute_id: CaseId, context: Context) -> Response:
    """Somebody of support takes the case."""
    found, actor = case_id(dispute_id), context.caller.actor
    return await context.execute(
        lambda work: cases.assign(work, found, actor), schemas.case_view, about=_the_case(dispute_id, context)
    )


@router.post(
    "/disputes/{dispute_id}/decision",
    status_code=202,
    response_model=schemas.CaseView,
    responses=refusals(R.NOT_FOUND, R.NOT_A_PARTY, R.WRONG_STATUS, R.REFUND_AMOUNT_INVALID, R.REASON_REQUIRED),
    openapi_extra=allowed("support"),
)
async def post_decision(dispute_id: CaseId, body: schemas.RulingIn, context: Context) -> Response:
    """Support decides, once; orders executes it, unless the parties have ended the dispute before."""
    found, actor = case_id(dispute_id), context.caller.actor
    amount = body.buyer_amount
    ruled = cases.Ruled(
        Outcome(body.outcome), amount.amount if amount else None, amount.currency if amount else None, body.reason
    )
    return await context.execute(
        lambda work: cases.rule(work, found, actor, ruled), schemas.case_view, 202, about=_the_case(dispute_id, context)
    )


def case_id(text: str) -> UUID:
    """The id in a path. Raises RefusedError `not_found` for a text that can't be one."""
    try:
        return UUID(text)
    except ValueError:
        raise RefusedError(Refusal.NOT_FOUND) from None


def _entry_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise forged() from None


def _the_case(dispute_id: str, context: Context, entries: int = SHOWN_ENTRIES) -> Thing[DisputesWork, queries.CaseFile]:
    """The case of a path as its GET shows it."""
    found, actor, timeouts = case_id(dispute_id), context.caller.actor, context.settings.timeouts
    return Thing(
        lambda session: queries.case_file(session, found, actor, timeouts, entries),
        schemas.case_file_view,
        lambda work: work.cases.lock(found),
    )

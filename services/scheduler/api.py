"""HTTP of the scheduler: deadlines for operators, and the clock that exists in a sandbox only."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.scheduler import queries
from services.scheduler.coordinator import Coordinator
from services.scheduler.domain.timers import TimerSeen
from services.scheduler.schemas import (
    AdvanceBody,
    AdvancedView,
    ClockView,
    DeadlineView,
    Subject,
    advanced_view,
    clock_view,
    deadline_view,
)
from shared.http.access import allowed
from shared.http.executor import Context, show
from shared.http.pages import CursorText, Limit, Page, cursor, read_cursor
from shared.http.problems import problem, refusals
from shared.http.strict import StrictRoute
from shared.refusals import Refusal, Refused

LIST = "deadlines"

router = APIRouter(prefix="/v1", route_class=StrictRoute, tags=["deadlines"])


@router.get(
    "/deadlines",
    response_model=Page[DeadlineView],
    responses=refusals(Refusal.UNAUTHENTICATED, Refusal.FORBIDDEN, Refusal.VALIDATION_FAILED),
    openapi_extra=allowed("operator", "support"),
)
async def deadlines(
    context: Context,
    subject: Annotated[Subject | None, Query(description="An order's number, or whatever its owner calls it.")] = None,
    limit: Limit = 20,
    cursor: CursorText = None,
) -> Response:
    """Deadlines of a subject, or all, also those that rang or were withdrawn lately; for operators and support."""
    found = read_cursor(cursor, LIST, str, str)
    after = (str(found[0]), str(found[1])) if found else None
    return await context.show(
        lambda session: queries.deadlines(session, subject, after, limit + 1),
        lambda rows: _page(rows, limit),
    )


def sandbox_clock(coordinator: Coordinator) -> APIRouter:
    """The routes of the sandbox clock; a production service does not have them."""
    routes = APIRouter(prefix="/v1/sandbox/clock", route_class=StrictRoute, tags=["sandbox"])

    @routes.get("", response_model=ClockView, openapi_extra=allowed("anyone"))
    async def clock(request: Request) -> Response:
        """The business time now."""
        return await show(request, queries.clock, clock_view)

    @routes.post(
        "/advance",
        response_model=AdvancedView,
        responses=refusals(
            Refusal.VALIDATION_FAILED, Refusal.CLOCK_BACKWARDS, Refusal.REQUEST_IN_PROGRESS, Refusal.NOT_QUIET
        ),
        openapi_extra=allowed("anyone"),
    )
    async def advance(body: AdvanceBody) -> Response:
        """Wait until all is quiet, then move the clock and let every deadline on the way ring at its own due time."""
        done = await (coordinator.run_on() if body.run else coordinator.advance(body.advance()))
        if isinstance(done, Refused):
            return problem(done)
        return Response(advanced_view(done).model_dump_json(), media_type="application/json")

    return routes


def _page(rows: list[TimerSeen], limit: int) -> Page[DeadlineView]:
    shown = rows[:limit]
    more = cursor(LIST, shown[-1].owner, shown[-1].key) if len(rows) > limit else None
    return Page(items=[deadline_view(each) for each in shown], next_cursor=more)

"""HTTP of the sandbox clock; a production service does not have these routes."""

from fastapi import APIRouter, Request, Response

from services.scheduler.refusals import SchedulerRefusal
from services.scheduler.sandbox import queries
from services.scheduler.sandbox.coordinator import Coordinator
from services.scheduler.sandbox.schemas import AdvancedView, AdvanceIn, ClockView, advanced_view, clock_view
from shared.http.access import allowed
from shared.http.executor import show
from shared.http.problems import problem, refusals
from shared.http.strict import StrictRoute
from shared.refusals import Refusal, Refused


def router(coordinator: Coordinator) -> APIRouter:
    """The routes that read and move the clock through this coordinator."""
    routes = APIRouter(prefix="/v1/sandbox/clock", route_class=StrictRoute, tags=["sandbox"])

    @routes.get("", response_model=ClockView, openapi_extra=allowed("anyone"))
    async def clock(request: Request) -> Response:
        """The business time now."""
        return await show(request, queries.clock, clock_view)

    @routes.post(
        "/advance",
        response_model=AdvancedView,
        responses=refusals(Refusal.REQUEST_IN_PROGRESS, SchedulerRefusal.CLOCK_BACKWARDS, SchedulerRefusal.NOT_QUIET),
        openapi_extra=allowed("anyone"),
    )
    async def advance(body: AdvanceIn) -> Response:
        """Wait until all services are idle, then move the clock; each deadline on the way fires at its own due time."""
        done = await (coordinator.run_on() if body.run else coordinator.advance(body.advance()))
        if isinstance(done, Refused):
            return problem(done)
        return Response(advanced_view(done).model_dump_json(), media_type="application/json")

    return routes

"""The scheduler, put together."""

from services.scheduler import api
from services.scheduler.coordinator import Coordinator
from services.scheduler.domain.jump import ClockWatch
from services.scheduler.housekeeping import measure, run_purge, wrong
from services.scheduler.settings import SchedulerSettings
from services.scheduler.subscribers import subscribers
from services.scheduler.timer_dispatcher import TimerDispatcher
from services.scheduler.unit_of_work import SchedulerWork
from shared.runtime import Service
from shared.settings import read


def service(settings: SchedulerSettings | None = None) -> Service[SchedulerWork]:
    """The scheduler as its environment describes it; the sandbox clock only in a sandbox."""
    given = settings or read(SchedulerSettings)
    made = Service("scheduler", given, SchedulerWork, [api.router], subscribers)
    dispatcher = TimerDispatcher(made.database, made.signals.in_flight, None if given.sandbox else ClockWatch())
    made.loops = {"timer_dispatcher": dispatcher.run, "purge": lambda: run_purge(made.database)}
    made.gauges.own = measure
    made.checks = lambda: wrong(made.database, dispatcher)
    if given.sandbox:
        coordinator = Coordinator(
            made.database, made.signals, given.expected_services, given.quiet_seconds, given.advance_seconds
        )
        made.app.include_router(api.sandbox_clock(coordinator))
        made.signals.after_clock_update = dispatcher.on_clock_update
    return made

"""The scheduler, put together."""

from services.scheduler import api
from services.scheduler.coordinator import Coordinator
from services.scheduler.domain.jump import ClockWatch
from services.scheduler.housekeeping import measure, purge_for_ever, wrong
from services.scheduler.ringer import Ringer
from services.scheduler.settings import SchedulerSettings
from services.scheduler.subscribers import subscribers
from services.scheduler.unit_of_work import SchedulerWork
from shared.runtime import Service
from shared.settings import read


def service(settings: SchedulerSettings | None = None) -> Service[SchedulerWork]:
    """The scheduler as its environment describes it; the sandbox clock only in a sandbox."""
    given = settings or read(SchedulerSettings)
    made = Service("scheduler", given, SchedulerWork, [api.router], subscribers)
    ringer = Ringer(made.database, made.signals.hands, None if given.sandbox else ClockWatch())
    made.loops = {"ringer": ringer.run, "purge": lambda: purge_for_ever(made.database)}
    made.gauges.own = measure
    made.checks = lambda: wrong(made.database, ringer)
    if given.sandbox:
        coordinator = Coordinator(
            made.database, made.signals, given.expected_services, given.quiet_seconds, given.advance_seconds
        )
        made.app.include_router(api.sandbox_clock(coordinator))
        made.signals.after_tick = ringer.on_tick
    return made

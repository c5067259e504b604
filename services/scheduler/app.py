"""Puts the scheduler together: settings, routes, subscribers, the timer dispatcher, and a sandbox's clock."""

from services.scheduler import api, metrics, repository
from services.scheduler.domain.jump import ClockWatch
from services.scheduler.readiness import wrong
from services.scheduler.settings import SchedulerSettings
from services.scheduler.subscribers import subscribers
from services.scheduler.timer_dispatcher import TimerDispatcher
from services.scheduler.unit_of_work import SchedulerWork
from shared.service.runtime import Service
from shared.service.settings import read


def service(settings: SchedulerSettings | None = None) -> Service[SchedulerWork]:
    """The scheduler, ready to run."""
    given = settings or read(SchedulerSettings)
    scheduler = Service("scheduler", given, SchedulerWork, [api.router], subscribers)
    watch = None if given.sandbox else ClockWatch()
    dispatcher = TimerDispatcher(scheduler.database, scheduler.in_flight, watch)
    scheduler.loops["timer_dispatcher"] = dispatcher.run
    scheduler.forgets = repository.FORGOTTEN
    scheduler.gauges.own = metrics.look
    scheduler.checks = lambda: wrong(scheduler.database, dispatcher)
    if scheduler.clock_follower is not None:
        from services.scheduler.sandbox.assembly import add_clock

        add_clock(scheduler, given, scheduler.clock_follower, dispatcher)
    return scheduler

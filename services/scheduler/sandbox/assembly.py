"""Adds the sandbox clock to a scheduler."""

from services.scheduler.sandbox import api
from services.scheduler.sandbox.coordinator import Coordinator
from services.scheduler.settings import SchedulerSettings
from services.scheduler.timer_dispatcher import TimerDispatcher
from services.scheduler.unit_of_work import SchedulerWork
from shared.sandbox.clock_follower import ClockFollower
from shared.service.runtime import Service


def add_clock(
    service: Service[SchedulerWork], settings: SchedulerSettings, follower: ClockFollower, dispatcher: TimerDispatcher
) -> None:
    """Give the scheduler the clock's routes, and wake its dispatcher after each update."""
    seconds = (settings.quiet_seconds, settings.advance_seconds)
    coordinator = Coordinator(service.database, follower, settings.expected_services, *seconds)
    service.app.include_router(api.router(coordinator))
    follower.after_update = dispatcher.on_clock_update

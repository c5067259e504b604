"""What the scheduler looks up when its metrics are scraped: how many timers wait, and how late they are."""

from services.scheduler.unit_of_work import SchedulerWork
from shared.telemetry import metrics


async def look(work: SchedulerWork) -> None:
    """Set the gauges of pending and of overdue timers."""
    found = await work.timers.count()
    metrics.TIMERS_PENDING.set(found.pending)
    metrics.TIMERS_OVERDUE.set(found.overdue)
    metrics.TIMERS_OVERDUE_SECONDS.set(found.overdue_seconds)

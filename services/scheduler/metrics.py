"""The scheduler's own metrics: how many timers wait, and how late they are."""

from prometheus_client import Gauge, Histogram

from services.scheduler.unit_of_work import SchedulerWork
from shared.telemetry.metrics import declare

LATE = (0.01, 0.05, 0.1, 0.25, 1, 5, 30, 300)
TIMERS_PENDING = declare(
    Gauge, "market_timers_pending", "timers", "Timers that have not fired and were not withdrawn", of=("scheduler",)
)
TIMERS_OVERDUE = declare(
    Gauge, "market_timers_overdue", "timers", "Timers that are due and have not fired; 0 while the clock stands still",
    of=("scheduler",),
)  # fmt: skip
TIMERS_OVERDUE_SECONDS = declare(
    Gauge, "market_timers_overdue_seconds", "seconds", "How late the oldest of them is", of=("scheduler",)
)
TIMER_LATENESS = declare(
    Histogram,
    "market_timer_lateness_seconds",
    "seconds of business time",
    "From a timer's due time until it fires",
    of=("scheduler",),
    buckets=LATE,
)


async def look(work: SchedulerWork) -> None:
    """Set the gauges of pending and of overdue timers."""
    found = await work.timers.count()
    TIMERS_PENDING.set(found.pending)
    TIMERS_OVERDUE.set(found.overdue)
    TIMERS_OVERDUE_SECONDS.set(found.overdue_seconds)

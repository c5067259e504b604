"""What can be asked of the scheduler: set a timer, withdraw it, ring what is due."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from services.scheduler import publishers
from services.scheduler.domain.timers import Timer
from services.scheduler.unit_of_work import SchedulerWork
from shared.telemetry import metrics

BATCH = 500
"""How many timers ring in one transaction at most."""


@dataclass(frozen=True, slots=True)
class Rung:
    """A timer that rang, and when by the business clock."""

    timer: Timer
    at: datetime


async def set_timer(work: SchedulerWork, timer: Timer) -> bool:
    """Ring at the due time; answers False when a newer generation is known already."""
    return await work.timers.set(timer)


async def withdraw_timer(work: SchedulerWork, owner: str, key: str, subject: str, generation: int) -> bool:
    """Ring no more under this key; answers False when a newer generation is known already."""
    return await work.timers.withdraw(owner, key, subject, generation)


async def ring(work: SchedulerWork, instant: datetime | None = None) -> list[Rung]:
    """Tell the owners of what is due now, in order of due time, at most one batch.

    `instant` is for the coordinator of a sandbox clock that stands still there; the fire loop gives none and finds
    nothing due while the clock stands.
    """
    rung = [Rung(timer, at) for timer, at in await work.timers.ring(instant, BATCH)]
    for each in rung:
        work.outbox.add(publishers.expired(each.timer))
        work.on_commit(partial(metrics.TIMER_LATENESS.observe, (each.at - each.timer.due_at).total_seconds()))
    return rung

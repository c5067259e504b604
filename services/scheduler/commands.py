"""The commands of the scheduler: set timers, withdraw them, fire what is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from services.scheduler import publishers
from services.scheduler.domain.timers import Timer, Tombstone
from services.scheduler.metrics import TIMER_LATENESS
from services.scheduler.unit_of_work import SchedulerWork

BATCH = 500
"""How many timers fire in one transaction at most."""


@dataclass(frozen=True, slots=True)
class Expired:
    """A timer that fired, and when in business time."""

    timer: Timer
    at: datetime


async def set_timers(work: SchedulerWork, timers: Sequence[Timer]) -> int:
    """Set each timer, unless a newer generation of its key is known; answers how many were set."""
    return await work.timers.set(*timers)


async def withdraw_timers(work: SchedulerWork, tombstones: Sequence[Tombstone]) -> int:
    """Withdraw these keys, unless a newer generation is known; answers how many were withdrawn."""
    return await work.timers.withdraw(*tombstones)


async def fire(work: SchedulerWork, instant: datetime | None = None) -> list[Expired]:
    """Fire at most one batch of due timers, in order of due time, and publish their expiry.

    `instant` is where the sandbox clock stands still, given by its coordinator; the dispatcher gives none, and nothing
    is due for it while the clock stands still.
    """
    expired = [Expired(timer, at) for timer, at in await work.timers.fire(instant, BATCH)]
    for each in expired:
        work.outbox.add(publishers.expired(each.timer))
        work.on_commit(partial(TIMER_LATENESS.observe, (each.at - each.timer.due_at).total_seconds()))
    return expired

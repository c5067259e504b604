"""What can be asked of the scheduler: set a timer, withdraw it, ring what is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from services.scheduler import publishers
from services.scheduler.domain.timers import Timer, Tombstone
from services.scheduler.metrics import TIMER_LATENESS
from services.scheduler.unit_of_work import SchedulerWork

BATCH = 500
"""How many timers ring in one transaction at most."""


@dataclass(frozen=True, slots=True)
class Expired:
    """A timer that rang, and when by the business clock."""

    timer: Timer
    at: datetime


async def set_timers(work: SchedulerWork, timers: Sequence[Timer]) -> int:
    """Ring each at its due time; answers for how many no newer generation was known already."""
    return await work.timers.set(*timers)


async def withdraw_timers(work: SchedulerWork, tombstones: Sequence[Tombstone]) -> int:
    """Ring no more under these keys; answers for how many no newer generation was known already."""
    return await work.timers.withdraw(*tombstones)


async def fire(work: SchedulerWork, instant: datetime | None = None) -> list[Expired]:
    """Tell the owners of what is due now, in order of due time, at most one batch.

    `instant` is for the coordinator of a sandbox clock that stands still there; the fire loop gives none and finds
    nothing due while the clock stands.
    """
    expired = [Expired(timer, at) for timer, at in await work.timers.fire(instant, BATCH)]
    for each in expired:
        work.outbox.add(publishers.expired(each.timer))
        work.on_commit(partial(TIMER_LATENESS.observe, (each.at - each.timer.due_at).total_seconds()))
    return expired

"""The scheduler's storage in memory: timers and the traces of those that fired or were withdrawn."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from services.scheduler.domain.timers import State, Timer, Tombstone, newest
from services.scheduler.repository import Look, Timers
from services.scheduler.unit_of_work import SchedulerWork
from shared.db.unit_of_work import UnitOfWork
from tests.support.memory.database import NO_SQL, BusinessClock, Tables


@dataclass(frozen=True)
class TimerRow:
    """The newest that is known about one key; a withdrawal may arrive before its timer."""

    generation: int
    state: State
    timer: Timer | None


@dataclass
class SchedulerTables(Tables):
    """The tables of the scheduler."""

    timers: dict[tuple[str, str], TimerRow] = field(default_factory=dict)


class MemorySchedulerWork(SchedulerWork):
    """One transaction of the scheduler over tables in memory; nobody moves the sandbox clock in it."""

    def __init__(self, tables: SchedulerTables, clock: BusinessClock) -> None:
        UnitOfWork.__init__(self, NO_SQL, "scheduler")
        self._clock = clock
        self.timers = MemoryTimers(tables, clock)

    async def now(self) -> datetime:
        return self._clock.now()


class MemoryTimers(Timers):
    """The timers of one unit of work: nothing is ever forgotten."""

    def __init__(self, tables: SchedulerTables, clock: BusinessClock) -> None:
        self._tables, self._clock = tables, clock
        self.earliest = None

    async def set(self, *timers: Timer) -> int:
        return sum([self._set(timer) for timer in newest(timers)])

    async def withdraw(self, *tombstones: Tombstone) -> int:
        return sum([self._withdraw(tombstone) for tombstone in newest(tombstones)])

    def _set(self, timer: Timer) -> bool:
        known = self._tables.timers.get((timer.owner, timer.key))
        if known is not None and known.generation >= timer.generation:
            return False
        self._tables.timers[timer.owner, timer.key] = TimerRow(timer.generation, State.PENDING, timer)
        self.earliest = min(timer.due_at, self.earliest or timer.due_at)
        return True

    def _withdraw(self, tombstone: Tombstone) -> bool:
        at = (tombstone.owner, tombstone.key)
        known = self._tables.timers.get(at)
        if known is not None and known.generation > tombstone.generation:
            return False
        self._tables.timers[at] = TimerRow(tombstone.generation, State.WITHDRAWN, known.timer if known else None)
        return True

    async def fire(self, instant: datetime | None, limit: int) -> list[tuple[Timer, datetime]]:
        now = self._clock.now()
        stopped_at = now if self._clock.stands_still else None
        due = [each for each in self._pending() if each.due_at <= now] if instant == stopped_at else []
        for timer in due[:limit]:
            row = self._tables.timers[timer.owner, timer.key]
            self._tables.timers[timer.owner, timer.key] = replace(row, state=State.FIRED)
        return [(timer, now) for timer in due[:limit]]

    async def look(self) -> Look:
        pending = self._pending()
        return Look(self._clock.now(), frozen=self._clock.stands_still, next_due=pending[0].due_at if pending else None)

    def _pending(self) -> list[Timer]:
        rows = self._tables.timers.values()
        found = [row.timer for row in rows if row.state is State.PENDING and row.timer is not None]
        return sorted(found, key=lambda timer: timer.turn)

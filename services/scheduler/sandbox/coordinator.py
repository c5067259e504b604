"""Moves the sandbox clock through all services and fires every deadline on the way at its own due time.

One advance at a time over all replicas. The scheduler's own clock row is moved first, by compare-and-set: a coordinator
that was overtaken stops, and one that starts after a crash finds the furthest time that any service can have.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from services.scheduler import commands
from services.scheduler.domain.timers import Timer
from services.scheduler.refusals import SchedulerRefusal
from services.scheduler.sandbox.domain.advance import Advance, not_before
from services.scheduler.sandbox.polling_rounds import NotIdle, PollingRounds
from services.scheduler.sandbox.repository import ClockState, SandboxClock, advance_turn
from services.scheduler.unit_of_work import SchedulerWork
from shared.clock import monotonic, written
from shared.db.errors import DatabaseUnavailable
from shared.db.unit_of_work import Database
from shared.refusals import Refusal, Refused
from shared.sandbox.clock_follower import ClockFollower
from shared.sandbox.clock_messages import StatusReport
from shared.telemetry.logs import logger

FREEZE_AHEAD = timedelta(milliseconds=100)
"""A running clock is stopped a little ahead, so that no service has had a later time before it gets the update."""


@dataclass(frozen=True, slots=True)
class Advanced:
    """What an advance did."""

    now: datetime
    """Where the clock stands."""
    fired: tuple[Timer, ...]
    events: int
    """How many events all services published."""


@dataclass(slots=True)
class ClockAdvance:
    """One advance under way."""

    shift_seconds: float
    round: int
    """The round in which the scheduler's own clock row was last set."""
    idle_seconds: float
    """How long each wait for idle services may take."""
    end: float
    """When the caller is answered at the latest, in monotonic seconds."""
    now: datetime
    fired: list[Timer]

    @property
    def idle_deadline(self) -> float:
        """Until when the next wait may take, in monotonic seconds."""
        return min(self.end, monotonic() + self.idle_seconds)


class Coordinator:
    """The sandbox clock of one scheduler instance."""

    def __init__(
        self,
        database: Database[SchedulerWork],
        follower: ClockFollower,
        expected: tuple[str, ...],
        idle_seconds: float,
        advance_seconds: float,
    ) -> None:
        self._database, self._rounds = database, PollingRounds(follower, expected)
        self._idle_seconds, self._advance_seconds = idle_seconds, advance_seconds
        self._one = asyncio.Lock()

    async def advance(self, wanted: Advance) -> Advanced | Refused:
        """Move the clock. Refused backwards, when the turn does not come, and when the system does not become idle."""
        return await self._in_turn(lambda advance: self._advance(wanted, advance))

    async def run_on(self) -> Advanced | Refused:
        """Let the clock run on from where it stands; a running clock runs on unchanged."""
        return await self._in_turn(self._run_on)

    async def _in_turn(self, act: Callable[[ClockAdvance], Awaitable[Refused | None]]) -> Advanced | Refused:
        try:
            async with self._turn() as advance:
                try:
                    refused = await act(advance)
                except NotIdle as error:
                    return _not_idle(advance, error)
                return refused or Advanced(advance.now, tuple(advance.fired), self._rounds.count.published)
        except TimeoutError:
            return Refused(Refusal.REQUEST_IN_PROGRESS)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[ClockAdvance]:
        """One advance at a time, here and over all replicas. Raises TimeoutError when the turn does not come."""
        end = monotonic() + self._advance_seconds
        async with (
            asyncio.timeout(self._advance_seconds / 2) as waiting,
            self._one,
            advance_turn(self._database.engine),
        ):
            waiting.reschedule(None)
            clock = await self._read()
            self._rounds.begin(clock.round)
            yield ClockAdvance(clock.shift_seconds, clock.round, self._idle_seconds, end, clock.now, [])

    async def _advance(self, wanted: Advance, advance: ClockAdvance) -> Refused | None:
        clock = await self._read()
        if isinstance(target := wanted.target(clock.now, None), Refused):
            return target
        if clock.frozen_at is None:
            await self._freeze(advance, clock)
        await self._until_idle(advance)
        target = wanted.target(advance.now, await self._next_due())
        if isinstance(target, Refused):
            return target
        if wanted.fire:
            await self._fire_until(target, advance)
        if target > advance.now:
            await self._move(advance, target)
            await self._until_idle(advance)
        logger().info("clock.advanced", now=written(advance.now), fired=len(advance.fired))
        return None

    async def _run_on(self, advance: ClockAdvance) -> None:
        clock = await self._read()
        if clock.frozen_at is not None:
            advance.shift_seconds = (clock.frozen_at - clock.real_now).total_seconds()
        await self._move(advance, None)
        advance.now = (await self._read()).now

    async def _freeze(self, advance: ClockAdvance, clock: ClockState) -> None:
        """Stop the clock at a time that no service has reached."""
        while clock.frozen_at is None or clock.real_now + timedelta(seconds=clock.shift_seconds) > clock.frozen_at:
            running = clock.real_now + timedelta(seconds=clock.shift_seconds)
            await self._move(advance, not_before(running + FREEZE_AHEAD))
            clock = await self._read()

    async def _fire_until(self, target: datetime, advance: ClockAdvance) -> None:
        """Fire each deadline at its own due time, also those that the earlier ones set; overdue ones now."""
        while (due := await self._next_due()) is not None and (instant := not_before(due)) <= target:
            if instant > advance.now:
                await self._move(advance, instant)
            while True:
                async with self._database.transaction() as work:
                    expired = await commands.fire(work, advance.now)
                advance.fired += [each.timer for each in expired]
                if len(expired) < commands.BATCH:
                    break
            await self._until_idle(advance)

    async def _move(self, advance: ClockAdvance, frozen_at: datetime | None) -> None:
        """Set the own clock, then everybody's; complete when all have reported with it.

        Raises DatabaseUnavailable when another coordinator has taken over.
        """
        number = self._rounds.number + 1
        async with self._database.transaction() as work:
            moved = await SandboxClock(work.sql).move(advance.round, frozen_at, advance.shift_seconds, number)
        if not moved:
            raise DatabaseUnavailable("another coordinator has taken over")
        advance.round = number
        advance.now = frozen_at or advance.now
        await self._rounds.poll(frozen_at, advance.shift_seconds, advance.idle_deadline)

    async def _until_idle(self, advance: ClockAdvance) -> None:
        await self._rounds.until_idle(advance.now, advance.shift_seconds, advance.idle_deadline)

    async def _read(self) -> ClockState:
        async with self._database.single() as work:
            return await SandboxClock(work.sql).read()

    async def _next_due(self) -> datetime | None:
        async with self._database.single() as work:
            return (await work.timers.look()).next_due


def _not_idle(advance: ClockAdvance, error: NotIdle) -> Refused:
    """Who still works or is silent, and how far the clock came."""
    reports = [asdict(report) for report in error.last.reports.values() if isinstance(report, StatusReport)]
    logger().error("clock.not_idle", missing=sorted(error.missing), reports=reports)
    facts = {"now": written(advance.now), "missing": sorted(error.missing), "reports": reports}
    return Refused(SchedulerRefusal.NOT_QUIET, facts)

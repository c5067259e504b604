"""Moves the sandbox clock through all services, lets every deadline on the way ring at its own due time.

One advance at a time over all replicas. The scheduler's own clock row is moved first, by compare-and-set: a coordinator
that was overtaken stops, and one that starts after a crash finds the furthest time that any service can have.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from services.scheduler import commands
from services.scheduler.domain.advance import Advance, not_before
from services.scheduler.domain.timers import Timer
from services.scheduler.polling_rounds import NotIdle, PollingRounds
from services.scheduler.repository import ClockState, advance_turn
from services.scheduler.unit_of_work import SchedulerWork
from shared.clock import monotonic, written
from shared.db.errors import DatabaseUnavailable
from shared.db.unit_of_work import Database
from shared.messaging.signals import Signals, StatusReport
from shared.refusals import Refusal, Refused
from shared.telemetry.logs import logger

FREEZE_AHEAD = timedelta(milliseconds=100)
"""A running clock is stopped a little ahead, so that no service has seen a later time when it hears of it."""


@dataclass(frozen=True, slots=True)
class Advanced:
    """Where the clock stands, what rang, and how many events were said by anybody."""

    now: datetime
    fired: tuple[Timer, ...]
    events: int


@dataclass(slots=True)
class ClockAdvance:
    """One advance under way."""

    shift_seconds: float
    round: int
    """The round in which the scheduler's own clock row was last set."""
    remaining_seconds: float
    end: float
    """When the caller is answered at the latest, in monotonic seconds."""
    now: datetime
    fired: list[Timer]

    @property
    def patience(self) -> float:
        """Until when the next rest may take."""
        return min(self.end, monotonic() + self.remaining_seconds)


class Coordinator:
    """The sandbox clock of one scheduler instance."""

    def __init__(
        self,
        database: Database[SchedulerWork],
        signals: Signals,
        expected: tuple[str, ...],
        remaining_seconds: float,
        advance_seconds: float,
    ) -> None:
        self._database, self._rounds = database, PollingRounds(signals, expected)
        self._remaining_seconds, self._advance_seconds = remaining_seconds, advance_seconds
        self._one = asyncio.Lock()

    async def advance(self, wanted: Advance) -> Advanced | Refused:
        """Move the clock; refused when that would be backwards or when the system does not come to rest."""
        try:
            async with self._turn() as advance:
                try:
                    refused = await self._advance(wanted, advance)
                except NotIdle as error:
                    return _not_quiet(advance, error)
                return refused or Advanced(advance.now, tuple(advance.fired), self._rounds.count.published)
        except TimeoutError:
            return Refused(Refusal.REQUEST_IN_PROGRESS)

    async def run_on(self) -> Advanced | Refused:
        """Let the clock run on from where it stands; one that runs already is left alone."""
        try:
            async with self._turn() as advance:
                clock = await self._read()
                if clock.frozen_at is not None:
                    advance.shift_seconds = (clock.frozen_at - clock.real_now).total_seconds()
                try:
                    await self._move(advance, None)
                except NotIdle as error:
                    return _not_quiet(advance, error)
                return Advanced((await self._read()).now, (), self._rounds.count.published)
        except TimeoutError:
            return Refused(Refusal.REQUEST_IN_PROGRESS)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[ClockAdvance]:
        """One advance at a time, here and over all replicas; raises TimeoutError when the turn does not come."""
        end = monotonic() + self._advance_seconds
        async with (
            asyncio.timeout(self._advance_seconds / 2) as waiting,
            self._one,
            advance_turn(self._database.engine),
        ):
            waiting.reschedule(None)
            clock = await self._read()
            self._rounds.begin(clock.round)
            yield ClockAdvance(clock.shift_seconds, clock.round, self._remaining_seconds, end, clock.now, [])

    async def _advance(self, wanted: Advance, advance: ClockAdvance) -> Refused | None:
        clock = await self._read()
        if isinstance(target := wanted.target(clock.now, None), Refused):
            return target
        if clock.frozen_at is None:
            await self._freeze(advance, clock)
        await self._remaining(advance)
        target = wanted.target(advance.now, await self._next_due())
        if isinstance(target, Refused):
            return target
        if wanted.fire:
            await self._fire_until(target, advance)
        if target > advance.now:
            await self._move(advance, target)
            await self._remaining(advance)
        logger().info("clock.advanced", now=written(advance.now), fired=len(advance.fired))
        return None

    async def _freeze(self, advance: ClockAdvance, clock: ClockState) -> None:
        """Stop the clock where no service has been yet."""
        while clock.frozen_at is None or clock.real_now + timedelta(seconds=clock.shift_seconds) > clock.frozen_at:
            running = clock.real_now + timedelta(seconds=clock.shift_seconds)
            await self._move(advance, not_before(running + FREEZE_AHEAD))
            clock = await self._read()

    async def _fire_until(self, target: datetime, advance: ClockAdvance) -> None:
        """Each deadline at its own due time, also those that the earlier ones set; overdue ones now."""
        while (due := await self._next_due()) is not None and (instant := not_before(due)) <= target:
            if instant > advance.now:
                await self._move(advance, instant)
            while True:
                async with self._database.transaction() as work:
                    expired = await commands.fire(work, advance.now)
                advance.fired += [each.timer for each in expired]
                if len(expired) < commands.BATCH:
                    break
            await self._remaining(advance)

    async def _move(self, advance: ClockAdvance, frozen_at: datetime | None) -> None:
        """Set the own clock, then everybody's; complete when all have answered with it."""
        number = self._rounds.number + 1
        async with self._database.transaction() as work:
            moved = await work.clock.move(advance.round, frozen_at, advance.shift_seconds, number)
        if not moved:
            raise DatabaseUnavailable("another coordinator has taken over")
        advance.round = number
        advance.now = frozen_at or advance.now
        await self._rounds.ask(frozen_at, advance.shift_seconds, advance.patience)

    async def _remaining(self, advance: ClockAdvance) -> None:
        await self._rounds.rest(advance.now, advance.shift_seconds, advance.patience)

    async def _read(self) -> ClockState:
        async with self._database.single() as work:
            return await work.clock.read()

    async def _next_due(self) -> datetime | None:
        async with self._database.single() as work:
            return (await work.timers.look()).next_due


def _not_quiet(advance: ClockAdvance, error: NotIdle) -> Refused:
    """Who still works or is silent, and how far the clock came."""
    reports = [asdict(report) for report in error.last.reports.values() if isinstance(report, StatusReport)]
    logger().error("clock.not_idle", missing=sorted(error.missing), reports=reports)
    facts = {"now": written(advance.now), "missing": sorted(error.missing), "reports": reports}
    return Refused(Refusal.NOT_QUIET, facts)

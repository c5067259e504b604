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
from services.scheduler.repository import ClockState, advance_turn
from services.scheduler.rounds import NotQuiet, Rounds
from services.scheduler.unit_of_work import SchedulerWork
from shared.clock import monotonic, written
from shared.db.errors import DatabaseUnavailable
from shared.db.unit_of_work import Database
from shared.messaging.signals import Signals, Tock
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
class Journey:
    """One advance under way."""

    shift_seconds: float
    round: int
    """The round in which the scheduler's own clock row was last set."""
    rest_seconds: float
    end: float
    """When the caller is answered at the latest, in monotonic seconds."""
    now: datetime
    fired: list[Timer]

    @property
    def patience(self) -> float:
        """Until when the next rest may take."""
        return min(self.end, monotonic() + self.rest_seconds)


class Coordinator:
    """The sandbox clock of one scheduler instance."""

    def __init__(
        self,
        database: Database[SchedulerWork],
        signals: Signals,
        expected: tuple[str, ...],
        rest_seconds: float,
        advance_seconds: float,
    ) -> None:
        self._database, self._rounds = database, Rounds(signals, expected)
        self._rest_seconds, self._advance_seconds = rest_seconds, advance_seconds
        self._one = asyncio.Lock()

    async def advance(self, wanted: Advance) -> Advanced | Refused:
        """Move the clock; refused when that would be backwards or when the system does not come to rest."""
        try:
            async with self._turn() as journey:
                try:
                    refused = await self._advance(wanted, journey)
                except NotQuiet as error:
                    return _not_quiet(journey, error)
                return refused or Advanced(journey.now, tuple(journey.fired), self._rounds.count.said)
        except TimeoutError:
            return Refused(Refusal.REQUEST_IN_PROGRESS)

    async def run_on(self) -> Advanced | Refused:
        """Let the clock run on from where it stands; one that runs already is left alone."""
        try:
            async with self._turn() as journey:
                clock = await self._read()
                if clock.frozen_at is not None:
                    journey.shift_seconds = (clock.frozen_at - clock.real_now).total_seconds()
                try:
                    await self._move(journey, None)
                except NotQuiet as error:
                    return _not_quiet(journey, error)
                return Advanced((await self._read()).now, (), self._rounds.count.said)
        except TimeoutError:
            return Refused(Refusal.REQUEST_IN_PROGRESS)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[Journey]:
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
            yield Journey(clock.shift_seconds, clock.round, self._rest_seconds, end, clock.now, [])

    async def _advance(self, wanted: Advance, journey: Journey) -> Refused | None:
        clock = await self._read()
        if isinstance(target := wanted.target(clock.now, None), Refused):
            return target
        if clock.frozen_at is None:
            await self._freeze(journey, clock)
        await self._rest(journey)
        target = wanted.target(journey.now, await self._next_due())
        if isinstance(target, Refused):
            return target
        if wanted.fire:
            await self._ring_until(target, journey)
        if target > journey.now:
            await self._move(journey, target)
            await self._rest(journey)
        logger().info("clock.advanced", now=written(journey.now), fired=len(journey.fired))
        return None

    async def _freeze(self, journey: Journey, clock: ClockState) -> None:
        """Stop the clock where no service has been yet."""
        while clock.frozen_at is None or clock.real_now + timedelta(seconds=clock.shift_seconds) > clock.frozen_at:
            running = clock.real_now + timedelta(seconds=clock.shift_seconds)
            await self._move(journey, not_before(running + FREEZE_AHEAD))
            clock = await self._read()

    async def _ring_until(self, target: datetime, journey: Journey) -> None:
        """Each deadline at its own due time, also those that the earlier ones set; overdue ones now."""
        while (due := await self._next_due()) is not None and (instant := not_before(due)) <= target:
            if instant > journey.now:
                await self._move(journey, instant)
            while True:
                async with self._database.transaction() as work:
                    rung = await commands.ring(work, journey.now)
                journey.fired += [each.timer for each in rung]
                if len(rung) < commands.BATCH:
                    break
            await self._rest(journey)

    async def _move(self, journey: Journey, frozen_at: datetime | None) -> None:
        """Set the own clock, then everybody's; complete when all have answered with it."""
        number = self._rounds.number + 1
        async with self._database.transaction() as work:
            moved = await work.clock.move(journey.round, frozen_at, journey.shift_seconds, number)
        if not moved:
            raise DatabaseUnavailable("another coordinator has taken over")
        journey.round = number
        journey.now = frozen_at or journey.now
        await self._rounds.ask(frozen_at, journey.shift_seconds, journey.patience)

    async def _rest(self, journey: Journey) -> None:
        await self._rounds.rest(journey.now, journey.shift_seconds, journey.patience)

    async def _read(self) -> ClockState:
        async with self._database.transaction() as work:
            return await work.clock.read()

    async def _next_due(self) -> datetime | None:
        async with self._database.transaction() as work:
            return (await work.timers.look()).next_due


def _not_quiet(journey: Journey, error: NotQuiet) -> Refused:
    """Who still works or is silent, and how far the clock came."""
    reports = [asdict(report) for report in error.last.reports.values() if isinstance(report, Tock)]
    logger().error("clock.not_quiet", missing=sorted(error.missing), reports=reports)
    facts = {"now": written(journey.now), "missing": sorted(error.missing), "reports": reports}
    return Refused(Refusal.NOT_QUIET, facts)

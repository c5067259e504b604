"""The loop that fires timers: sleeps until the next one is due; any number of replicas share the work (architecture 6).

While the sandbox clock stands still it fires nothing; only the clock's coordinator does.
"""

import asyncio
from datetime import datetime

from services.scheduler import commands
from services.scheduler.commands import BATCH, Expired
from services.scheduler.domain.jump import ClockWatch
from services.scheduler.unit_of_work import SchedulerWork
from shared.clock import monotonic, written
from shared.db.repeating import run_periodically
from shared.db.unit_of_work import Database
from shared.service.in_flight import InFlight
from shared.telemetry.logs import logger

GATHER_SECONDS = 0.02
"""Between two looks at least, so that a thousand timers due in a second take fifty transactions, not a thousand."""
LOOK_SECONDS = 1.0
"""Between two looks at most: another replica may have set an earlier timer and died."""
AWAY_SECONDS = 0.5


class TimerDispatcher:
    """Fires due timers, for one instance."""

    def __init__(self, database: Database[SchedulerWork], in_flight: InFlight, watch: ClockWatch | None) -> None:
        """`watch` guards the clock in production; None in a sandbox, where the clock is moved on purpose."""
        self._database, self._in_flight, self._watch = database, in_flight, watch
        self._wake = asyncio.Event()
        self._sleeps_until: datetime | None = None
        self.jumped = False
        """Whether the database's clock went ahead by itself; nothing fires until it is corrected or we restart."""
        database.after_commit(self._look_at)

    async def on_clock_update(self) -> None:
        """Look now: the clock has begun to run."""
        self._wake.set()

    async def run(self) -> None:
        """Fire until cancelled; while the database is away, wait."""

        async def act() -> float:
            await self._sleep(await self._round())
            return 0

        await run_periodically(act, AWAY_SECONDS, failed="timer_dispatcher.database_away")

    async def _round(self) -> float:
        """Fire everything that is due; answers for how many seconds nothing will be due."""
        self._sleeps_until = None
        self._wake.clear()
        while True:
            async with self._database.single() as work:
                look = await work.timers.look()
            if self._jumped(look.now):
                return LOOK_SECONDS
            if look.frozen or look.next_due is None:
                return LOOK_SECONDS
            if look.next_due > look.now:
                self._sleeps_until = look.next_due
                return min(LOOK_SECONDS, (look.next_due - look.now).total_seconds())
            if len(await self._fire()) < BATCH:
                return 0.0

    def _jumped(self, now: datetime) -> bool:
        before, self.jumped = self.jumped, self._watch is not None and self._watch.jumped(now, monotonic())
        if self.jumped and not before:
            logger().error("timer_dispatcher.clock_jumped", now=written(now))
        return self.jumped

    async def _fire(self) -> list[Expired]:
        with self._in_flight.counted():
            async with self._database.transaction() as work:
                expired = await commands.fire(work)
        return expired

    async def _sleep(self, pause: float) -> None:
        await asyncio.sleep(GATHER_SECONDS)
        try:
            async with asyncio.timeout(max(0.0, pause - GATHER_SECONDS)):
                await self._wake.wait()
        except TimeoutError:
            pass

    def _look_at(self, work: SchedulerWork) -> None:
        """Wake up when this instance stored a timer that is due before the next known one."""
        earliest = work.timers.earliest
        if earliest is not None and (self._sleeps_until is None or earliest < self._sleeps_until):
            self._wake.set()

"""Polls every instance of every service, round after round, until all have the time and no work is left.

What the reports prove, and why two rounds are needed: docs/decisions/0100.
"""

import asyncio
from datetime import datetime

from services.scheduler.sandbox.domain.idle import Count, Instance, Round, is_idle
from shared.clock import monotonic, real_now, written
from shared.messaging.faults import BROKER_FAULTS
from shared.sandbox.clock_follower import ClockFollower
from shared.sandbox.clock_messages import ClockUpdate, StatusReport
from shared.telemetry.logs import log_seldom

RESEND_SECONDS = 0.5
SILENCE_SECONDS = 2.0
"""How long a round waits for an instance that reported before, while its service has all others."""
PAUSE_SECONDS, PAUSE_GROWTH, PAUSE_MAX_SECONDS = 0.02, 2.0, 0.1
"""Between two rounds while there is work, longer each time, so that polling does not slow down those who work."""


class NotIdle(Exception):
    """The system did not become idle in time; carries the last round and who was missing in it."""

    def __init__(self, last: Round, missing: frozenset[str]) -> None:
        super().__init__("not idle")
        self.last, self.missing = last, missing


class PollingRounds:
    """The coordinator's rounds: sends clock updates, collects the reports, and remembers which instances exist."""

    def __init__(self, follower: ClockFollower, expected: tuple[str, ...]) -> None:
        self._follower, self._expected = follower, frozenset(expected)
        self._known: set[Instance] = set()
        self._current: Round | None = None
        self._last: Round | None = None
        """The last complete round, which may be the first of the two that prove idleness."""
        self._received = asyncio.Event()
        self.number = 0
        """The last round's; numbers only grow, also over restarts and replicas."""
        self.count = Count()
        follower.on_report = self.receive

    def begin(self, stored: int) -> None:
        """Begin an advance: numbers continue after the stored one and after those of any other coordinator.

        A round takes longer than the millisecond by which the machine's time grows between two numbers.
        """
        self.number = max(self.number, stored, int(real_now().timestamp() * 1000))
        self.count = Count()

    def receive(self, report: StatusReport) -> None:
        """Collect a report; one for another replica's round only shows that the instance exists."""
        self._known.add((report.service, report.instance))
        if self._current is not None and report.round == self._current.number:
            self._current.receive(report)
            self._received.set()

    async def poll(self, frozen_at: datetime | None, shift_seconds: float, deadline: float) -> Round:
        """One complete round; `deadline` in monotonic seconds. Raises NotIdle when reports are still missing then."""
        self.number += 1
        update = ClockUpdate(self.number, written(frozen_at) if frozen_at else None, shift_seconds)
        self._current = current = Round(update.round, update.frozen_at, self._expected, frozenset(self._known))
        started = monotonic()
        while True:
            await self._send(update)
            resend_at = monotonic() + RESEND_SECONDS
            while missing := current.missing(with_known=monotonic() - started < SILENCE_SECONDS):
                if monotonic() >= deadline:
                    raise NotIdle(current, missing)
                if not await self._next_report(min(resend_at, deadline)):
                    break
            if not missing:
                self._known -= current.known - current.reports.keys()
                self.count.look(current.reports.values())
                self._last = current
                return current

    async def until_idle(self, frozen_at: datetime, shift_seconds: float, deadline: float) -> Round:
        """Poll at this time until two rounds in a row show that no work is left. Raises NotIdle after the deadline."""
        pause = PAUSE_SECONDS
        while True:
            before = self._last
            last = await self.poll(frozen_at, shift_seconds, deadline + RESEND_SECONDS)
            if is_idle(before, last):
                return last
            if monotonic() >= deadline:
                raise NotIdle(last, frozenset())
            if not last.idle:
                await asyncio.sleep(pause)
                pause = min(PAUSE_GROWTH * pause, PAUSE_MAX_SECONDS)

    async def _next_report(self, until: float) -> bool:
        """Wait for another report; False when none came in time."""
        self._received.clear()
        try:
            async with asyncio.timeout(max(0.0, until - monotonic())):
                await self._received.wait()
        except TimeoutError:
            return False
        return True

    async def _send(self, update: ClockUpdate) -> None:
        try:
            await self._follower.send(update)
        except BROKER_FAULTS as error:
            log_seldom("clock_update.not_sent", reason=type(error).__name__)

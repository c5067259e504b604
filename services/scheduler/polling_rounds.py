"""Asks every instance of every service, round after round, until all have the time and nothing is left to do.

What the answers prove, and why two rounds are needed: docs/decisions/0100.
"""

import asyncio
from datetime import datetime

from services.scheduler.domain.idle import Count, Instance, Round, is_idle
from shared.clock import monotonic, real_now, written
from shared.messaging.faults import BROKER_FAULTS
from shared.messaging.signals import ClockUpdate, Signals, StatusReport
from shared.telemetry.logs import log_seldom

RESEND_SECONDS = 0.5
SILENCE_SECONDS = 2.0
"""How long a round waits for an instance that answered before, while its service has all others."""
BREATH_SECONDS, BREATH_GROWTH, BREATH_MAX_SECONDS = 0.005, 1.5, 0.05
"""Between two rounds while there is work, longer each time: the questions must not slow down those who do it."""


class NotIdle(Exception):
    """The system did not come to rest in time; carries the last round and who was missing in it."""

    def __init__(self, last: Round, missing: frozenset[str]) -> None:
        super().__init__("not quiet")
        self.last, self.missing = last, missing


class PollingRounds:
    """The coordinator's questions; hears the answers to its own and remembers who is there."""

    def __init__(self, signals: Signals, expected: tuple[str, ...]) -> None:
        self._signals, self._expected = signals, frozenset(expected)
        self._known: set[Instance] = set()
        self._current: Round | None = None
        self._last: Round | None = None
        """The last complete round, which may be the first of the two that prove rest."""
        self._received = asyncio.Event()
        self.number = 0
        """The last round's; numbers only grow, also over restarts and replicas."""
        self.count = Count()
        signals.on_report = self.receive

    def begin(self, stored: int) -> None:
        """Begin an advance: numbers go on behind the stored one, and behind those of any other coordinator.

        A round takes longer than the millisecond by which the machine's time grows between two numbers.
        """
        self.number = max(self.number, stored, int(real_now().timestamp() * 1000))
        self.count = Count()

    def receive(self, report: StatusReport) -> None:
        """Keep an answer; also of another replica's round it tells who is there."""
        self._known.add((report.service, report.instance))
        if self._current is not None and report.round == self._current.number:
            self._current.receive(report)
            self._received.set()

    async def ask(self, frozen_at: datetime | None, shift_seconds: float, deadline: float) -> Round:
        """One complete round; `deadline` in monotonic seconds."""
        self.number += 1
        update = ClockUpdate(self.number, written(frozen_at) if frozen_at else None, shift_seconds)
        self._current = current = Round(update.round, update.frozen_at, self._expected, frozenset(self._known))
        started = monotonic()
        while True:
            await self._send(update)
            resend_at = monotonic() + RESEND_SECONDS
            while missing := current.missing(with_timeouts=monotonic() - started < SILENCE_SECONDS):
                if monotonic() >= deadline:
                    raise NotIdle(current, missing)
                if not await self._next_answer(min(resend_at, deadline)):
                    break
            if not missing:
                self._known -= current.known - current.reports.keys()
                self.count.look(current.reports.values())
                self._last = current
                return current

    async def rest(self, frozen_at: datetime, shift_seconds: float, deadline: float) -> Round:
        """Rounds at this time until two in a row show that nothing is left to do."""
        breath = BREATH_SECONDS
        while True:
            before = self._last
            last = await self.ask(frozen_at, shift_seconds, deadline + RESEND_SECONDS)
            if is_idle(before, last):
                return last
            if monotonic() >= deadline:
                raise NotIdle(last, frozenset())
            if not last.idle:
                await asyncio.sleep(breath)
                breath = min(BREATH_GROWTH * breath, BREATH_MAX_SECONDS)

    async def _next_answer(self, until: float) -> bool:
        """Wait for another answer; answers False when none came in time."""
        self._received.clear()
        try:
            async with asyncio.timeout(max(0.0, until - monotonic())):
                await self._received.wait()
        except TimeoutError:
            return False
        return True

    async def _send(self, update: ClockUpdate) -> None:
        try:
            await self._signals.send_clock_update(update)
        except BROKER_FAULTS as error:
            log_seldom("clock_update.not_sent", reason=type(error).__name__)

"""Lets a caller wait at most 2 s for a payment whose checkout has not arrived here yet."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from services.payments.queries import payments
from services.payments.unit_of_work import PaymentsWork
from shared.clock import monotonic
from shared.db.unit_of_work import Database
from shared.ids import is_number

WAIT_SECONDS = 2.0
WAITING_MAX = 2
LOOK_SECONDS = 0.1
RECENT_MAX = 1000


@dataclass(slots=True)
class Arrivals:
    """Who waits in this instance, and for which payments its checkouts arrived lately."""

    _waiting: Counter[str] = field(default_factory=Counter)
    """How many requests of each caller wait."""
    _recent: dict[str, None] = field(default_factory=dict)
    """Numbers of payments that this instance received lately, the oldest first."""
    _wakeup: asyncio.Event = field(default_factory=asyncio.Event)

    def arrived(self, number: str) -> None:
        """Note that this instance knows the payment, and wake everybody who waits: each looks for its own."""
        self._recent[number] = None
        if len(self._recent) > RECENT_MAX:
            del self._recent[next(iter(self._recent))]
        self._wakeup.set()
        self._wakeup = asyncio.Event()

    async def wait(self, database: Database[PaymentsWork], caller: str, number: str) -> None:
        """Wait until the payment is known, at most 2 s; only for numbers that can exist, two at once per caller.

        Reads the database every 0.1 s too, because another instance may have received the checkout.
        """
        if not is_number(number, "P") or number in self._recent or await _is_known(database, number):
            return
        until = monotonic() + WAIT_SECONDS
        if self._waiting[caller] >= WAITING_MAX:
            return
        with self._counted(caller):
            while monotonic() < until and number not in self._recent:
                if not await _is_set(self._wakeup) and await _is_known(database, number):
                    return

    @contextmanager
    def _counted(self, caller: str) -> Iterator[None]:
        self._waiting[caller] += 1
        try:
            yield
        finally:
            self._waiting[caller] -= 1
            if not self._waiting[caller]:
                del self._waiting[caller]


async def _is_known(database: Database[PaymentsWork], number: str) -> bool:
    async with database.reading() as session:
        return await payments.is_known(session, number)


async def _is_set(wakeup: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            return await wakeup.wait()
    except TimeoutError:
        return False

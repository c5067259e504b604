"""Work that becomes due by business time and is done by a loop of the service's own, without a timer at the scheduler.

For what only this service has to know, and of which there is a lot: a timer costs several messages, a row that says
when it is due costs a look every few seconds.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from shared.db.errors import Contention, DatabaseUnavailable
from shared.db.repeating import run_periodically
from shared.db.unit_of_work import Database, UnitOfWork


@dataclass(slots=True)
class DueWork:
    """One kind of such work."""

    name: str
    count: str
    """SQL: how many are due now. The sandbox's clock waits until there are none."""
    act: Callable[[], Awaitable[float | None]]
    """Does what is due; answers 0 when more may be waiting, None to look again after `seconds`."""
    seconds: float
    faults: tuple[type[Exception], ...] = (DatabaseUnavailable, Contention)
    """What passes by itself: it is logged, and the loop goes on."""
    _wakeup: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Do what becomes due until cancelled."""
        failed = f"{self.name}.not_done"
        await run_periodically(self.act, self.seconds, failed=failed, faults=self.faults, wakeup=self._wakeup)

    async def look(self, work: UnitOfWork) -> int:
        """How many are due now; if there are any, the loop does them without waiting for its time."""
        due: int = await work.sql.fetchval(self.count)
        if due:
            self._wakeup.set()
        return due


def in_transactions(
    database: Database[Any], command: Callable[[Any], Awaitable[int]], batch: int
) -> Callable[[], Awaitable[float | None]]:
    """The act of a command that does at most `batch` of them in one transaction and answers how many it did."""

    async def act() -> float | None:
        async with database.transaction() as work:
            done = await command(work)
        return 0 if done >= batch else None

    return act

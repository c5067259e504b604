"""The loop in which an owner of deadlines looks for clocks that ran out and did not ring (architecture 6)."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from shared.db.errors import Contention, DatabaseUnavailable
from shared.db.unit_of_work import Database, Work

SWEEP_SECONDS = 60


def sweeping(
    database: Database[Work], sweep: Callable[[Work], Awaitable[Any]]
) -> Callable[[], Coroutine[Any, Any, None]]:
    """A loop for the service: once a minute, say again what is overdue; while the database is away, wait."""

    async def run() -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                async with database.transaction() as work:
                    await sweep(work)
            except (Contention, DatabaseUnavailable):
                continue

    return run

"""Does work again: a transaction that met another one, and a loop's work until it is cancelled."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from shared.db.errors import Contention, DatabaseUnavailable
from shared.telemetry.logs import log_seldom

Result = TypeVar("Result")


async def retry_on_contention(act: Callable[[], Awaitable[Result]], tries: int) -> Result:
    """The result of `act`, which is one transaction; after contention it is tried again, a few milliseconds later.

    Raises Contention when the last try meets it too.
    """
    for attempt in range(1, tries):
        try:
            return await act()
        except Contention:
            await asyncio.sleep(random.uniform(0.005, 0.03) * attempt)  # noqa: S311
    return await act()


async def run_periodically(
    act: Callable[[], Awaitable[float | None]],
    seconds: float,
    *,
    failed: str,
    faults: tuple[type[Exception], ...] = (DatabaseUnavailable, Contention),
    wait_first: bool = False,
    wakeup: asyncio.Event | None = None,
) -> None:
    """Call `act` again and again until cancelled; `wakeup` ends a pause early.

    `act` returns the seconds until its next call, 0 when more work is waiting, or None for the loop's own `seconds`.
    These `faults` pass by themselves: they are logged as the event `failed`, and the loop goes on. All others end it.
    """
    pause: float | None = seconds if wait_first else 0
    while True:
        await _pause(seconds if pause is None else pause, wakeup)
        try:
            pause = await act()
        except faults as error:
            log_seldom(failed, reason=f"{type(error).__name__}: {error}")
            pause = None


async def _pause(seconds: float, wakeup: asyncio.Event | None) -> None:
    if wakeup is None:
        await asyncio.sleep(seconds)
        return
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await wakeup.wait()
    wakeup.clear()

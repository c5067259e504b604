"""Messages that arrive faster than they are handled one by one share a transaction (docs/decisions/0008).

The first is handled at once and alone. Those that arrive while transactions run wait for a place; the one that gets it
takes all that wait then into its transaction. When a shared transaction fails, each of its messages is handled alone,
so that one that can't be handled harms none of the others.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from shared.telemetry.logs import logger

PLACES = 3
"""Transactions of one kind at the same time."""
MOST = 100
"""Messages in one transaction."""

Item = TypeVar("Item")
Result = TypeVar("Result")


class _Waiting(Generic[Item, Result]):
    """An item that waits: for a place, or for its result from the batch that took it."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.result: asyncio.Future[Result | None] = asyncio.get_running_loop().create_future()


class Batcher(Generic[Item, Result]):
    """Handles items that arrive at the same time in batches."""

    def __init__(self, act: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]]) -> None:
        self._act = act
        self._places = asyncio.Semaphore(PLACES)
        self._waiting: list[_Waiting[Item, Result]] = []

    async def take(self, item: Item, alone: Callable[[], Awaitable[Result]]) -> Result:
        """The result of this item: from `alone` when no other waits, else from `act` for all that wait.

        `act` answers one result per item, in order. When it raises, `alone` is called for each of them.
        """
        mine = _Waiting[Item, Result](item)
        self._waiting.append(mine)
        try:
            async with self._places:
                if mine in self._waiting:
                    group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                    if len(group) == 1:
                        return await alone()
                    await self._do(group)
            result = await mine.result
        finally:
            if mine in self._waiting:
                self._waiting.remove(mine)
        return await alone() if result is None else result

    async def _do(self, group: Sequence[_Waiting[Item, Result]]) -> None:
        results: Sequence[Result | None] = [None] * len(group)
        try:
            results = await self._act([each.item for each in group])
        except Exception as error:  # noqa: BLE001 - alone, each meets its own fault again, and that one is logged
            logger().info("inbox.batch_split", messages=len(group), reason=type(error).__name__)
        finally:
            for each, result in zip(group, results, strict=True):
                if not each.result.done():
                    each.result.set_result(result)

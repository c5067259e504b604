"""Runs one service that dies like in a power cut at a chosen point, once. The product has no hook for this.

    python -m tests.support.crashing payments before_commit order.completed

The subject is an event's name, or for the command points the end of the route, e.g. `confirm`.
"""

import asyncio
import importlib
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from shared.http.door import Asking
from shared.messaging.inbox import Inbox, Incoming
from shared.messaging.relay import Relay
from shared.runtime import Service

CODE = 137
CONSUMER_POINTS = ("before_commit", "after_commit", "after_publish", "before_ack")
COMMAND_POINTS = ("command_before_commit", "command_before_answer")


def die() -> None:
    """End at once: no cleaning up, no goodbye to the broker or the database."""
    os._exit(CODE)


def arm(service: Service[Any], point: str, subject: str) -> None:
    """Put the end at this point of the consumer, the relay or the door."""
    _POINTS[point](service, subject)


def _before_commit(service: Service[Any], event: str) -> None:
    kind, handler = service.subscribers.handlers[event]

    async def dying(told: Any, work: Any) -> None:
        await handler(told, work)
        await work.outbox.write(work.sql)
        die()

    service.subscribers.handlers[event] = (kind, dying)


def _after_commit(_service: Service[Any], event: str) -> None:
    original = Inbox._handle

    async def dying(self: Inbox[Any], message: Incoming) -> Any:
        outcome = await original(self, message)
        if message.event == event:
            die()
        return outcome

    Inbox._handle = dying  # type: ignore[method-assign]


def _after_publish(_service: Service[Any], event: str) -> None:
    original: Callable[..., Awaitable[None]] = Relay._settle

    async def dying(self: Relay, sql: Any, rows: Any, results: Any) -> None:
        if any(row["event"] == event for row in rows):
            die()
        await original(self, sql, rows, results)

    Relay._settle = dying  # type: ignore[method-assign]


def _before_ack(service: Service[Any], event: str) -> None:
    original = Inbox.take

    async def dying(self: Inbox[Any], message: Incoming) -> Any:
        outcome = await original(self, message)
        if message.event == event:
            while await _unpublished(service):
                await asyncio.sleep(0.01)
            die()
        return outcome

    Inbox.take = dying  # type: ignore[method-assign]


async def _unpublished(service: Service[Any]) -> int:
    async with service.database.transaction() as work:
        count: int = await work.sql.fetchval("select count(*) from outbox where published_at is null")
    return count


def _command_before_commit(_service: Service[Any], route: str) -> None:
    original: Callable[..., Awaitable[Any]] = Asking._once

    async def dying(self: Asking[Any], command: Any, *rest: Any) -> Any:
        async def last(work: Any) -> Any:
            result = await command(work)
            await work.outbox.write(work.sql)
            die()
            return result

        return await original(self, last if self.request.url.path.endswith(route) else command, *rest)

    Asking._once = dying  # type: ignore[method-assign, assignment]


def _command_before_answer(_service: Service[Any], route: str) -> None:
    original: Callable[..., Awaitable[Any]] = Asking._once

    async def dying(self: Asking[Any], *given: Any) -> Any:
        reply = await original(self, *given)
        if self.request.url.path.endswith(route):
            die()
        return reply

    Asking._once = dying  # type: ignore[method-assign, assignment]


_POINTS: dict[str, Callable[[Service[Any], str], None]] = {
    "before_commit": _before_commit,
    "after_commit": _after_commit,
    "after_publish": _after_publish,
    "before_ack": _before_ack,
    "command_before_commit": _command_before_commit,
    "command_before_answer": _command_before_answer,
}


if __name__ == "__main__":
    name, where, what = sys.argv[1:4]
    del sys.argv[1:]
    running: Service[Any] = importlib.import_module(f"services.{name}.app").service()
    arm(running, where, what)
    running.run()

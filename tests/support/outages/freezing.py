"""Runs one service that freezes at a chosen point, as if the machine had lost it, until somebody thaws it.

    python -m tests.support.outages.freezing payments handler order.completed

It holds whatever it held there: rows, locks, messages. The product has no hook for this.
"""

import importlib
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable
from typing import Any

from services.scheduler import commands as timers
from shared.messaging.relay import Relay
from shared.service.runtime import Service

_frozen = threading.Event()


def freeze() -> None:
    """Stop at once, but only once; nothing of this process runs until it is sent SIGCONT, and then all of it does."""
    if not _frozen.is_set():
        _frozen.set()
        os.kill(os.getpid(), signal.SIGSTOP)


def _in_handler(service: Service[Any], event: str) -> None:
    """Everything that the event does is done, nothing of it is committed."""
    kind, handler = service.subscribers.handlers[event]

    async def freezing(result: Any, work: Any) -> Any:
        answer = await handler(result, work)
        await work.outbox.write(work.sql)
        freeze()
        return answer

    service.subscribers.handlers[event] = (kind, freezing)
    service.subscribers.in_batches.pop(event, None)


def _in_relay(_service: Service[Any], event: str) -> None:
    """The event is published and not marked; its row and the relay's lock are held."""
    original: Callable[..., Awaitable[None]] = Relay._settle

    async def freezing(self: Relay, sql: Any, rows: Any, results: Any) -> None:
        if any(row["event"] == event for row in rows):
            freeze()
        await original(self, sql, rows, results)

    Relay._settle = freezing  # type: ignore[method-assign]


def _in_dispatcher(_service: Service[Any], _subject: str) -> None:
    """Timers fired, nothing of it is committed; their rows are locked."""
    original = timers.fire

    async def freezing(work: Any, *instant: Any) -> Any:
        expired = await original(work, *instant)
        if expired:
            freeze()
        return expired

    timers.fire = freezing  # type: ignore[assignment]


_POINTS: dict[str, Callable[[Service[Any], str], None]] = {
    "handler": _in_handler,
    "relay": _in_relay,
    "timer_dispatcher": _in_dispatcher,
}


if __name__ == "__main__":
    name, where, what = sys.argv[1:4]
    del sys.argv[1:]
    running: Service[Any] = importlib.import_module(f"services.{name}.app").service()
    _POINTS[where](running, what)
    running.run()

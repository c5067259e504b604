"""Where a service can crash: every step of consuming a message, answering a request and publishing an event.

A point is put around the product from outside, for one event, one route or one kind of deadline.

While a task works on that subject, a context variable is set; the points inside are reached only then.
"""

import importlib
import re
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

from aiormq.abc import ChannelFrame
from asyncpg.transaction import Transaction

from deploy.gateway.routes import Route
from shared.db.outbox import Outbox
from shared.http.executor import RequestContext
from shared.messaging.inbox import Inbox, Incoming
from shared.messaging.relay import Relay
from shared.service.runtime import Service

Die = Callable[[], None]

MESSAGE_POINTS = ("taken", "inbox_row_in", "after_effect", "before_commit", "after_commit", "before_ack")
"""Nothing done yet; inbox row inserted; effect; outbox written too; committed; all its events are published."""
COMMAND_POINTS = ("received", "key_locked", "after_effect", "before_commit", "after_commit")
"""Nothing done yet; idempotency key locked; effect; answer kept and outbox written; committed and not answered."""
WEBHOOK_POINTS = ("received", "after_effect", "before_commit", "after_commit")
"""As a command, but a provider's message has no Idempotency-Key: its event id is stored with the effect."""
RELAY_POINTS = ("selected", "unconfirmed", "unmarked", "marked")
"""Rows claimed; written to the broker's socket; confirmed by the broker; marked as published and not committed."""
TIMER_POINTS = ("claimed", "before_commit", "after_commit")
"""Timers marked as fired; expiry notifications in the outbox too; committed and not published."""

WEBHOOK = "POST /v1/webhooks/{provider}"

_inside: ContextVar[bool] = ContextVar("inside", default=False)


def arm(service: Service[Any], kind: str, point: str, subject: str, die: Die) -> None:
    """Put the crash at this point of handling a message, answering a command, relaying an event or firing a timer."""
    _KINDS[kind](service, point, subject, die)


def _message(service: Service[Any], point: str, event: str, die: Die) -> None:
    async def published_all() -> None:
        while await _unpublished(service):
            pass
        die()

    def is_meant(_inbox: Inbox[Any], message: Incoming) -> bool:
        return message.event == event

    last = published_all if point == "before_ack" else None
    _around(Inbox, "take", is_meant, _dead(die, point == "taken"), last)
    kind, handler = service.subscribers.handlers[event]
    handlers = _Holder(handler)
    _around(handlers, "held", _always, _dead(die, point == "inbox_row_in"), _dead(die, point == "after_effect"))
    service.subscribers.handlers[event] = (kind, handlers.held)
    service.subscribers.in_batches.pop(event, None)
    _around_commit(point, die)


def _command(service: Service[Any], point: str, route: str, die: Die) -> None:
    method, pattern = route.split()
    path = Route(pattern, service.name).pattern

    def is_meant(requests: RequestContext[Any], *_: Any) -> bool:
        return requests.request.method == method and re.match(path, requests.request.url.path) is not None

    if route == WEBHOOK:
        module = importlib.import_module("services.payments.api.webhooks")
        _around(module, "_committed", _always, first=_dead(die, point == "received"))
        _around(module.commands, "receive", _always, last=_dead(die, point == "after_effect"))
    else:
        _around(RequestContext, "execute", is_meant, first=_dead(die, point == "received"))
        _around_command(point, die)
    _around_commit(point, die)


def _relay(_service: Service[Any], point: str, event: str, die: Die) -> None:
    def is_row(_relay: Relay, _exchange: Any, row: Any) -> bool:
        return bool(row["event"] == event)

    def is_batch(_relay: Relay, _sql: Any, rows: Any, _results: Any) -> bool:
        return any(row["event"] == event for row in rows)

    async def when_written() -> None:
        written = ChannelFrame.drain

        def drain(frame: ChannelFrame) -> None:
            written(frame)
            die()

        setattr(ChannelFrame, "drain", drain)  # noqa: B010

    at_publish = {"selected": _dead(die), "unconfirmed": when_written}.get(point)
    _around(Relay, "_publish", is_row, first=at_publish)
    _around(Relay, "_settle", is_batch, _dead(die, point == "unmarked"), _dead(die, point == "marked"))


def _timer(service: Service[Any], point: str, kind: str, die: Die) -> None:
    commands = importlib.import_module("services.scheduler.commands")
    original = commands.fire

    async def fire(*given: Any) -> Any:
        expired = await original(*given)
        if any(each.timer.kind == kind for each in expired):
            _inside.set(True)
            if point == "claimed":
                die()
        return expired

    setattr(commands, "fire", fire)  # noqa: B010
    _around_commit(point, die)


_KINDS = {"message": _message, "command": _command, "relay": _relay, "timer": _timer}

_Step = Callable[[], Awaitable[None]]


class _Holder:
    def __init__(self, held: Callable[..., Awaitable[Any]]) -> None:
        self.held = held


def _always(*_: Any) -> bool:
    return True


def _dead(die: Die, here: bool = True) -> _Step | None:
    async def dead() -> None:
        die()

    return dead if here else None


def _around(
    owner: Any, name: str, is_meant: Callable[..., bool], first: _Step | None = None, last: _Step | None = None
) -> None:
    """Let these happen before and after an async function of the product, where it works on the subject."""
    original: Callable[..., Awaitable[Any]] = getattr(owner, name)

    async def around(*given: Any, **named: Any) -> Any:
        if not is_meant(*given):
            return await original(*given, **named)
        token = _inside.set(True)
        try:
            if first is not None:
                await first()
            result = await original(*given, **named)
            if last is not None:
                await last()
        finally:
            _inside.reset(token)
        return result

    setattr(owner, name, around)


def _around_command(point: str, die: Die) -> None:
    original: Callable[..., Awaitable[Any]] = RequestContext._once

    async def once(requests: RequestContext[Any], command: Callable[[Any], Awaitable[Any]], *more: Any) -> Any:
        async def run(work: Any) -> Any:
            if point == "key_locked":
                die()
            result = await command(work)
            if point == "after_effect":
                die()
            return result

        return await original(requests, run if _inside.get() else command, *more)

    setattr(RequestContext, "_once", once)  # noqa: B010


def _around_commit(point: str, die: Die) -> None:
    if point == "before_commit":
        _around(Outbox, "write", lambda *_: _inside.get(), last=_dead(die))
    if point == "after_commit":
        _after_the_drivers_commit(die)


def _after_the_drivers_commit(die: Die) -> None:
    """The moment at which the database has committed, and nothing that may follow it in the product has begun.

    What the product would write in a second transaction is lost here.
    """
    original = Transaction.__aexit__

    async def left(transaction: Transaction, kind: type[BaseException] | None, *more: Any) -> None:
        is_savepoint = getattr(transaction, "_nested")  # noqa: B009 - the stubs do not know it
        await original(transaction, kind, *more)
        if kind is None and not is_savepoint and _inside.get():
            die()

    setattr(Transaction, "__aexit__", left)  # noqa: B010


async def _unpublished(service: Service[Any]) -> int:
    async with service.database.transaction() as work:
        count: int = await work.sql.fetchval("select count(*) from outbox where published_at is null")
    return count

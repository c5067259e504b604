"""The consumers' door: inbox row, effect and own outbox rows in one transaction, so that a message acts once.

A failing message is kept in Postgres, tried again with growing pauses and parked after eight tries, where an operator
sees it, replays it or skips it. So none is lost by a delivery limit, none loops hot and none blocks the rest.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

import orjson
from pydantic import ValidationError

from shared.clock import monotonic
from shared.contracts.base import EVENTS, Event
from shared.db.errors import Contention, DatabaseUnavailable
from shared.db.unit_of_work import Database, Work
from shared.messaging.headers import text
from shared.messaging.outbox import Context, conversation
from shared.refusals import Refused
from shared.telemetry import metrics
from shared.telemetry.logs import logger
from shared.telemetry.traces import consumer_span, failed

TRIES = 8
BACK_OFF_SECONDS = (1, 5, 15, 60, 180, 600, 900)
CONTENTION_TRIES = 5
DATABASE_PAUSE_SECONDS = 0.5

_TAKE = "insert into inbox (consumer, message_id, event) values ($1, $2, $3) on conflict do nothing returning true"
_SETTLE = "update kept_messages set state = 'handled', settled_at = clock_timestamp() where id = $1"
_KEEP = """
insert into kept_messages (consumer, message_id, event, headers, body, state, attempts, error, next_try_at)
values ($1, $2, $3, $4, $5, $6, 1, $7, clock_timestamp() + make_interval(secs => $8))
on conflict (consumer, message_id) do nothing
"""
_FAILED_AGAIN = """
update kept_messages set attempts = attempts + 1, error = $2,
       state = case when attempts + 1 >= $3 then 'parked' else 'waiting' end,
       next_try_at = clock_timestamp() + make_interval(secs => $4)
where id = $1 returning state
"""

Handler = Callable[[Any, Any], Awaitable[Refused | None]]
Heard = TypeVar("Heard", bound=Event)


class Outcome(StrEnum):
    """What became of one message."""

    HANDLED = "handled"
    DUPLICATE = "duplicate"
    REFUSED = "refused"
    KEPT = "kept"
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message as it came: nothing of it is believed yet."""

    queue: str
    message_id: str
    body: bytes
    headers: Mapping[str, Any]
    kept_id: int | None = None
    attempts: int = 0

    @property
    def event(self) -> str:
        """The event's name as the speaker wrote it."""
        return text(self.headers, "ce-type") or "unknown"


@dataclass(slots=True)
class Subscribers(Generic[Work]):
    """Which command answers which event; every service has one, in its subscribers.py."""

    handlers: dict[str, tuple[type[Event], Handler]] = field(default_factory=dict)

    def listen(
        self, kind: type[Heard]
    ) -> Callable[[Callable[[Heard, Work], Awaitable[Refused | None]]], Callable[[Heard, Work], Awaitable[Any]]]:
        """Let the function answer this event; it runs inside the inbox's transaction."""

        def register(
            handler: Callable[[Heard, Work], Awaitable[Refused | None]],
        ) -> Callable[[Heard, Work], Awaitable[Any]]:
            if kind.name in self.handlers:
                raise ValueError(f"two subscribers for {kind.name}")
            self.handlers[kind.name] = (kind, handler)
            return handler

        return register


class Malformed(Exception):
    """The message can't be what it says it is; trying again would change nothing."""


class Inbox(Generic[Work]):
    """Takes messages for one service and makes each act once."""

    def __init__(self, database: Database[Work], subscribers: Subscribers[Work]) -> None:
        self._database, self._subscribers = database, subscribers
        self.handled_total = 0
        self.in_flight = 0

    async def take(self, message: Incoming) -> Outcome:
        """Handle, keep or park one message. When this returns, the message is safe and may be acknowledged.

        While the database is away nothing can be kept: the message stays in hand, unacknowledged, until it is back.
        """
        self.in_flight += 1
        started = monotonic()
        try:
            while True:
                try:
                    outcome = await self._take_once(message)
                    break
                except (DatabaseUnavailable, Contention) as error:
                    logger().warning("inbox.database_away", event_name=message.event, reason=str(error))
                    await asyncio.sleep(DATABASE_PAUSE_SECONDS)
        finally:
            self.in_flight -= 1
        self.handled_total += 1
        name = message.event if message.event in EVENTS else "unknown"
        metrics.HANDLED.labels(name, outcome).inc()
        metrics.HANDLE_SECONDS.labels(name).observe(monotonic() - started)
        return outcome

    async def _take_once(self, message: Incoming) -> Outcome:
        trace = text(message.headers, "traceparent")
        with consumer_span(message.queue, message.event, message.message_id, trace) as span:
            try:
                return await self._with_contention(message)
            except DatabaseUnavailable:
                raise
            except Malformed as error:
                failed(span, "malformed")
                return await self._keep(message, error, park=True)
            except Exception as error:  # noqa: BLE001 - whatever a handler raises must not lose the message
                failed(span, type(error).__name__)
                return await self._keep(message, error, park=False)

    async def _with_contention(self, message: Incoming) -> Outcome:
        for attempt in range(CONTENTION_TRIES):
            try:
                return await self._handle(message)
            except Contention:
                await asyncio.sleep(random.uniform(0.005, 0.03) * (attempt + 1))  # noqa: S311
        return await self._handle(message)

    async def _handle(self, message: Incoming) -> Outcome:
        event, handler = self._read(message)
        context = Context(text(message.headers, "ce-correlationid") or message.message_id, message.message_id)
        with conversation(context):
            async with self._database.transaction() as work:
                fresh = await work.sql.fetchval(_TAKE, message.queue, message.message_id, event.name)
                answer = await handler(event, work) if fresh else None
                if message.kept_id is not None:
                    await work.sql.execute(_SETTLE, message.kept_id)
        if not fresh:
            return Outcome.DUPLICATE
        if isinstance(answer, Refused):
            logger().info("event.refused", event_name=event.name, subject=event.about(), code=answer.code)
            return Outcome.REFUSED
        return Outcome.HANDLED

    def _read(self, message: Incoming) -> tuple[Event, Handler]:
        entry = self._subscribers.handlers.get(message.event)
        if entry is None:
            raise Malformed(f"no subscriber for {message.event!r}")
        kind, handler = entry
        try:
            return kind.model_validate_json(message.body), handler
        except ValidationError as error:
            faults = error.errors(include_input=False, include_url=False, include_context=False)
            raise Malformed(orjson.dumps(faults, default=str).decode()[:2000]) from None

    async def _keep(self, message: Incoming, error: Exception, *, park: bool) -> Outcome:
        reason = f"{type(error).__name__}: {error}"[:2000]
        log = logger().bind(event_name=message.event, message_id=message.message_id, reason=reason)
        async with self._database.transaction() as work:
            if message.kept_id is not None:
                pause = BACK_OFF_SECONDS[min(message.attempts, len(BACK_OFF_SECONDS) - 1)]
                limit = 0 if park else TRIES
                state = await work.sql.fetchval(_FAILED_AGAIN, message.kept_id, reason, limit, pause)
            else:
                state = "parked" if park else "waiting"
                headers = orjson.dumps(dict(message.headers), default=str).decode()
                row = (message.queue, message.message_id, message.event, headers, message.body, state, reason)
                await work.sql.execute(_KEEP, *row, BACK_OFF_SECONDS[0])
        if state == "parked":
            log.error("message.parked", exc_info=error if not park else None)
            return Outcome.PARKED
        log.warning("message.kept", exc_info=error)
        return Outcome.KEPT

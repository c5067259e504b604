"""Handles each message once: inbox row, effect and outbox rows are one transaction.

A message that fails is stored in Postgres, tried again after growing pauses and parked after eight tries, for an
operator to replay or skip. So no message is lost by a delivery limit, none is retried without a pause, and none blocks
the others.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from typing import Any, Generic, TypeVar

import orjson
from pydantic import ValidationError

from shared.clock import monotonic
from shared.contracts.base import EVENTS, Event
from shared.db.errors import Contention, DatabaseUnavailable
from shared.db.jobs import Jobs
from shared.db.outbox import Correlation, correlated
from shared.db.repeating import retry_on_contention
from shared.db.unit_of_work import Database, Work
from shared.messaging.batcher import Batcher
from shared.messaging.headers import text
from shared.refusals import Refused
from shared.telemetry import metrics
from shared.telemetry.logs import log_seldom, logger
from shared.telemetry.traces import consumer_span, failed

FAILED_MESSAGES = Jobs(
    table="kept_messages",
    columns=("consumer", "message_id", "headers", "body"),
    back_off_seconds=(1, 5, 15, 60, 180, 600, 900),
    tries_max=8,
    lease_seconds=60,
)
CONTENTION_TRIES = 6
DATABASE_PAUSE_SECONDS = 0.5
NOT_STORED_PAUSE_SECONDS = 2.0
DATABASE_TRIES = 6
"""After so many tries a message that fails as if the database were away is stored as failed, if that works."""

_TAKE = "insert into inbox (consumer, message_id, event) values ($1, $2, $3) on conflict do nothing returning true"
_TAKE_ALL = """
insert into inbox (consumer, message_id, event) select $1, unnest($2::text[]), $3 on conflict do nothing
returning message_id
"""
_STORE = """
insert into kept_messages (consumer, message_id, event, headers, body, state, attempts, error, next_try_at)
values ($1, $2, $3, $4, $5, $6, 1, $7, clock_timestamp() + make_interval(secs => $8))
on conflict (consumer, message_id) do nothing
"""
Handler = Callable[[Any, Any], Awaitable[Refused | None]]
ManyHandler = Callable[[Any, Any], Awaitable[None]]
Received = TypeVar("Received", bound=Event)


class Outcome(StrEnum):
    """What became of one message."""

    HANDLED = "handled"
    DUPLICATE = "duplicate"
    REFUSED = "refused"
    FAILED = "kept"
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message as it was delivered: nothing of it is checked yet."""

    queue: str
    """The queue that it came from."""
    message_id: str
    body: bytes
    headers: Mapping[str, Any]
    failed_id: int | None = None
    """The failed message that is tried again; None for a delivery."""
    attempts: int = 0
    """How many tries of it failed before."""

    @property
    def event(self) -> str:
        """The event's name as the publisher wrote it."""
        return _storable(text(self.headers, "ce-type") or "unknown")


@dataclass(slots=True)
class Subscribers(Generic[Work]):
    """Which handler belongs to which event; every service has one, in its subscribers.py."""

    handlers: dict[str, tuple[type[Event], Handler]] = field(default_factory=dict)
    in_batches: dict[str, ManyHandler] = field(default_factory=dict)
    """For some of these events: the handler of many at once."""

    def listen(
        self, kind: type[Received]
    ) -> Callable[[Callable[[Received, Work], Awaitable[Refused | None]]], Callable[[Received, Work], Awaitable[Any]]]:
        """Let the function handle this event, inside the inbox's transaction. Raises ValueError for a second one."""

        def register(
            handler: Callable[[Received, Work], Awaitable[Refused | None]],
        ) -> Callable[[Received, Work], Awaitable[Any]]:
            if kind.name in self.handlers:
                raise ValueError(f"two subscribers for {kind.name}")
            self.handlers[kind.name] = (kind, handler)
            return handler

        return register

    def listen_in_batches(
        self, kind: type[Received]
    ) -> Callable[[Callable[[Sequence[Received], Work], Awaitable[None]]], None]:
        """Let the function handle many such events in one transaction, when many wait.

        It must do what the listener would have done for each of them, in whatever order, and publish nothing: an event
        belongs to one correlation context.
        """

        def register(handler: Callable[[Sequence[Received], Work], Awaitable[None]]) -> None:
            self.in_batches[kind.name] = handler

        return register


class Malformed(Exception):
    """The message can never be handled: it has no subscriber or a wrong body. It is parked at once."""


class Inbox(Generic[Work]):
    """Handles the messages of one service, each once."""

    def __init__(self, database: Database[Work], subscribers: Subscribers[Work]) -> None:
        self._database, self._subscribers = database, subscribers
        self._batchers: dict[tuple[str, str], Batcher[tuple[str, Event], Outcome]] = {}
        self.handled_total = 0
        self.in_flight = 0

    async def take(self, message: Incoming) -> Outcome:
        """Handle one message, or store it as failed or parked. When this returns, it may be acknowledged.

        While it can't be stored, because the database is away or refuses the row, the message stays in flight,
        unacknowledged, and is tried again.
        """
        message = replace(message, message_id=_storable(message.message_id))
        with correlated(
            Correlation(text(message.headers, "ce-correlationid") or message.message_id, message.message_id)
        ):
            return await self._take(message)

    async def _take(self, message: Incoming) -> Outcome:
        self.in_flight += 1
        started = monotonic()
        tries = 1 if message.failed_id is None else DATABASE_TRIES
        try:
            while True:
                try:
                    outcome = await self._take_once(message, store_when_away=not tries < DATABASE_TRIES)
                    break
                except (DatabaseUnavailable, Contention) as error:
                    log_seldom("inbox.database_away", event_name=message.event, reason=str(error))
                    await asyncio.sleep(DATABASE_PAUSE_SECONDS)
                    tries += 1
                except Exception as error:  # noqa: BLE001 - it can't even be stored: neither acknowledged nor given up
                    reason = f"{type(error).__name__}: {error}"
                    log_seldom("inbox.failure_not_stored", level="error", event_name=message.event, reason=reason)
                    await asyncio.sleep(NOT_STORED_PAUSE_SECONDS)
        finally:
            self.in_flight -= 1
        self.handled_total += 1
        name = message.event if message.event in EVENTS else "unknown"
        metrics.HANDLED.labels(name, outcome).inc()
        metrics.HANDLE_SECONDS.labels(name).observe(monotonic() - started)
        return outcome

    async def _take_once(self, message: Incoming, *, store_when_away: bool) -> Outcome:
        trace = text(message.headers, "traceparent")
        with consumer_span(message.queue, message.event, message.message_id, trace) as span:
            try:
                return await retry_on_contention(partial(self._handle, message), CONTENTION_TRIES)
            except DatabaseUnavailable as error:
                if not store_when_away:
                    raise
                failed(span, type(error).__name__)
                return await self._store_failed(message, error, park=False)
            except Malformed as error:
                failed(span, "malformed")
                return await self._store_failed(message, error, park=True)
            except Exception as error:  # noqa: BLE001 - whatever a handler raises must not lose the message
                failed(span, type(error).__name__)
                return await self._store_failed(message, error, park=False)

    async def _handle(self, message: Incoming) -> Outcome:
        event, handler = self._read(message)
        alone = partial(self._handle_alone, message, event, handler)
        if message.failed_id is not None or event.name not in self._subscribers.in_batches:
            return await alone()
        kind = (message.queue, event.name)
        if kind not in self._batchers:
            self._batchers[kind] = Batcher(partial(self._handle_batch, *kind))
        return await self._batchers[kind].take((message.message_id, event), alone)

    async def _handle_batch(self, queue: str, kind: str, several: Sequence[tuple[str, Event]]) -> list[Outcome]:
        async with self._database.transaction() as work:
            ids = sorted(message_id for message_id, _ in several)
            fresh = {row["message_id"] for row in await work.sql.fetch(_TAKE_ALL, queue, ids, kind)}
            events = {message_id: event for message_id, event in several if message_id in fresh}
            await self._subscribers.in_batches[kind](list(events.values()), work)
            if work.outbox.published:
                raise ValueError(f"a handler of many {kind} at once may publish nothing")
        # the same message may be there twice, and is then a duplicate of itself
        return [Outcome.HANDLED if events.pop(each, None) else Outcome.DUPLICATE for each, _ in several]

    async def _handle_alone(self, message: Incoming, event: Event, handler: Handler) -> Outcome:
        async with self._database.transaction() as work:
            fresh = await work.sql.fetchval(_TAKE, message.queue, message.message_id, event.name)
            answer = await handler(event, work) if fresh else None
            if message.failed_id is not None:
                await FAILED_MESSAGES.done(work.sql, message.failed_id, "handled")
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
            raise Malformed("; ".join(f"{_pointer(each['loc'])}: {each['msg']}" for each in faults)[:2000]) from None

    async def _store_failed(self, message: Incoming, error: Exception, *, park: bool) -> Outcome:
        reason = _storable(f"{type(error).__name__}: {error}"[:2000])
        about = {"event_name": message.event, "subject": text(message.headers, "ce-subject")}
        log = logger().bind(**about, message_id=message.message_id, reason=reason)
        async with self._database.transaction() as work:
            if message.failed_id is not None:
                tried = (message.failed_id, message.attempts)
                state = await FAILED_MESSAGES.failed(work.sql, *tried, reason, park=park)
                if state is None:  # tried for so long that somebody else handled it or an operator gave it up
                    log.warning("message.settled_elsewhere")
                    return Outcome.DUPLICATE
            else:
                state = "parked" if park else "waiting"
                headers = orjson.dumps(dict(message.headers), default=str).decode()
                row = (message.queue, message.message_id, message.event, headers, message.body, state, reason)
                await work.sql.execute(_STORE, *row, FAILED_MESSAGES.pause(0))
        if state == "parked":
            log.error("message.parked", exc_info=error if not park else None)
            return Outcome.PARKED
        log.warning("message.failed", exc_info=error)
        return Outcome.FAILED


def _pointer(place: Sequence[str | int]) -> str:
    """Where in the body: /amount, or "the body" for all of it."""
    return "".join(f"/{part}" for part in place) or "the body"


def _storable(words: str) -> str:
    """Without the character that a text of Postgres can't hold: every message must be stored."""
    return words.replace("\x00", "\N{REPLACEMENT CHARACTER}")

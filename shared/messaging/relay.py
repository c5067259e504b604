"""Publishes committed events: one active relay per outbox, in order, with confirms (architecture 5).

It has its own database connection, which holds the advisory lock that makes it the only one, and its own broker
connection. A frozen relay loses its database session, and with it the lock, after ten seconds; another instance then
goes on, and publishes again what the frozen one had published and not marked.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import aio_pika
import asyncpg
from aio_pika.abc import AbstractChannel, AbstractExchange
from pamqp.commands import Basic

from shared.clock import monotonic, real_now, seconds
from shared.db.errors import DRIVER_FAULTS
from shared.messaging.bindings import LOOK_SECONDS, Bindings, Pair
from shared.messaging.faults import BROKER_FAULTS, cancelled_by_connection, connect
from shared.messaging.headers import Envelope
from shared.messaging.topology import EVENTS_EXCHANGE, has_consumer
from shared.telemetry import metrics
from shared.telemetry.logs import log_seldom, logger
from shared.telemetry.traces import publish_span

BATCH = 500
POLL_SECONDS, IDLE_POLL_SECONDS = 0.05, 0.2
"""Pause between two looks while there is work, and at most. A commit of this process wakes the relay at once; the looks
are for rows of other instances and for those to be tried again."""
CONNECT_SECONDS = 5.0
PUBLISH_SECONDS = 5.0
RETRY_SECONDS = (0.2, 0.5, 1, 2)
STANDBY_SECONDS = 1.0
SILENCE = "10s"
"""After so long without a statement Postgres ends the session; longer than any pause of a live relay."""
ALARM_AFTER = 3
KEEP_HOURS = 48
PURGE_EVERY_SECONDS = 60.0

_WAITS = """
select exists (select from outbox where published_at is null and (retry_at is null or retry_at <= clock_timestamp()))
"""
_CLAIM = """
select id, message_id, event, routing_key, subject, sequence, body, traceparent, correlation_id, causation_id,
       happened_at, attempts
from outbox where published_at is null and (retry_at is null or retry_at <= clock_timestamp())
order by id limit $1 for update skip locked
"""
_MARK = "update outbox set published_at = clock_timestamp(), error = null where id = any($1::bigint[])"
_FAIL = """
update outbox o set attempts = attempts + 1, error = f.error, retry_at = f.retry_at
from unnest($1::bigint[], $2::text[], $3::timestamptz[]) f (id, error, retry_at) where o.id = f.id
"""
_PURGE = """
delete from outbox where id in (
    select id from outbox where published_at < clock_timestamp() - make_interval(hours => $1) limit 1000)
"""
_AGAIN = """
update outbox set published_at = null
where routing_key = any($1::text[]) and published_at > clock_timestamp() - make_interval(secs => $2)
"""
_NOW = "update outbox set retry_at = null where published_at is null and retry_at is not null"
_LOCK = "select pg_try_advisory_lock(hashtext('holdfast.relay'))"


class NotRouted(Exception):
    """A consumer of this system would miss the event: it waits in the outbox until all consumers are bound."""


class Relay:
    """The relay of one service instance; at most one of all instances is active."""

    def __init__(self, service: str, database_url: str, broker_url: str, bindings: Bindings | None = None) -> None:
        self._service, self._database_url, self._broker_url = service, database_url, broker_url
        self._bindings = bindings or Bindings(service, None)
        self._lacking: frozenset[Pair] = frozenset()
        self._wake = asyncio.Event()
        self.published_total = 0
        self.last_round_at = 0.0
        """When the relay last finished a round or a stand-by check (monotonic seconds); readiness looks at it."""

    def wake(self) -> None:
        """Look now: outbox rows were committed."""
        self._wake.set()

    async def run(self) -> None:
        """Publish until cancelled; connects again after a connection is lost."""
        attempt = 0
        while True:
            try:
                await self._run_connected()
            except asyncio.CancelledError:
                if not cancelled_by_connection():
                    raise
                logger().warning("relay.cancelled_by_connection")
            except (*DRIVER_FAULTS, *BROKER_FAULTS) as error:
                log_seldom("relay.connection_lost", reason=f"{type(error).__name__}: {error}")
            metrics.RELAY_ACTIVE.set(0)
            attempt = 0 if monotonic() - self.last_round_at < 1 else min(attempt + 1, len(RETRY_SECONDS) - 1)
            await asyncio.sleep(RETRY_SECONDS[attempt])

    async def _run_connected(self) -> None:
        sql = await self._session()
        try:
            while not await sql.fetchval(_LOCK):
                self.last_round_at = monotonic()
                await asyncio.sleep(STANDBY_SECONDS)
            broker = await connect(self._broker_url, CONNECT_SECONDS)
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    channel = await broker.channel(publisher_confirms=True, on_return_raises=True)
                    exchange = await channel.get_exchange(EVENTS_EXCHANGE, ensure=False)
                await self._publish_until_cancelled(sql, channel, exchange)
            finally:
                await _close_ignoring_faults(broker.close())
        finally:
            await _close_ignoring_faults(sql.close(timeout=2))

    async def _session(self) -> "asyncpg.Connection[Any]":
        limits = {"idle_session_timeout": SILENCE, "idle_in_transaction_session_timeout": SILENCE}
        name = {"application_name": f"holdfast-{self._service}-relay"}
        return await asyncpg.connect(self._database_url, timeout=5, command_timeout=15, server_settings=name | limits)

    async def _publish_until_cancelled(
        self, sql: "asyncpg.Connection[Any]", channel: AbstractChannel, exchange: AbstractExchange
    ) -> None:
        purged_at, pause = monotonic(), POLL_SECONDS
        while True:
            self._wake.clear()
            if channel.is_closed:
                raise ConnectionResetError("the broker closed the channel")
            await self._mind_bindings(sql)
            count = await self._round(sql, exchange)
            self.last_round_at = monotonic()
            metrics.RELAY_ACTIVE.set(1)
            if count == BATCH:
                continue
            pause = next_pause(pause, count)
            if monotonic() - purged_at > PURGE_EVERY_SECONDS:
                await sql.execute(_PURGE, KEEP_HOURS)
                purged_at = monotonic()
            try:
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            except TimeoutError:
                pass

    async def _mind_bindings(self, sql: "asyncpg.Connection[Any]") -> None:
        """When a binding is gone, unmark what it missed since it was last seen; when it is back, publish that now."""
        missing = self._bindings.missing
        if gone := missing - self._lacking:
            now = monotonic()
            silent = max(now - self._bindings.seen_at.get(pair, now) for pair in gone)
            await sql.execute(_AGAIN, [key for _, key in gone], silent + LOOK_SECONDS)
        if self._lacking - missing:
            await sql.execute(_NOW)
        self._lacking = missing

    async def _round(self, sql: "asyncpg.Connection[Any]", exchange: AbstractExchange) -> int:
        if not await sql.fetchval(_WAITS):
            return 0
        async with sql.transaction():
            rows = await sql.fetch(_CLAIM, BATCH)
            if not rows:
                return 0
            results = await asyncio.gather(*(self._publish(exchange, row) for row in rows))
            await self._settle(sql, rows, results)
        lost = next((error for error in results if isinstance(error, _LOST)), None)
        if lost is not None:
            raise ConnectionResetError("a publish was not confirmed") from lost
        return len(rows)

    async def _settle(
        self, sql: "asyncpg.Connection[Any]", rows: Sequence[asyncpg.Record], results: Sequence[Exception | None]
    ) -> None:
        sent = [row["id"] for row, error in zip(rows, results, strict=True) if error is None]
        if sent:
            await sql.execute(_MARK, sent)
        failed = [
            (row, error)
            for row, error in zip(rows, results, strict=True)
            if error is not None and not isinstance(error, _LOST)
        ]
        for row, error in failed:
            if row["attempts"] + 1 >= ALARM_AFTER:
                about = {"subject": row["subject"], "event_name": row["event"]}
                log_seldom("relay.publish_failed", level="error", reason=str(error), **about)
        if failed:
            moments = [real_now() + seconds(min(2 ** row["attempts"], 60)) for row, _ in failed]
            reasons = [f"{type(error).__name__}: {error}"[:500] for _, error in failed]
            await sql.execute(_FAIL, [row["id"] for row, _ in failed], reasons, moments)
        self.published_total += len(sent)
        metrics.RELAYED.labels("published").inc(len(sent))
        metrics.RELAYED.labels("failed").inc(len(failed))

    async def _publish(self, exchange: AbstractExchange, row: asyncpg.Record) -> Exception | None:
        """Publish one row; returns the fault, if any, instead of raising it. Only a confirm counts as published."""
        key = row["routing_key"]
        if lacking := self._bindings.lacking(key):
            return NotRouted(lacking)
        message = aio_pika.Message(
            row["body"].encode(),
            headers=dict(_envelope(self._service, row).headers()),
            content_type="application/json",
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            message_id=str(row["message_id"]),
            app_id=self._service,
        )
        try:
            with publish_span(EVENTS_EXCHANGE, key, str(row["message_id"]), row["traceparent"]):
                async with asyncio.timeout(PUBLISH_SECONDS):
                    confirm = await exchange.publish(message, routing_key=key, mandatory=has_consumer(key))
        except asyncio.CancelledError as error:
            if not cancelled_by_connection():
                raise
            return ConnectionResetError(f"cancelled by the connection: {error}")
        except BROKER_FAULTS as error:
            return error
        return None if isinstance(confirm, Basic.Ack) else RuntimeError(f"not confirmed: {type(confirm).__name__}")


def next_pause(before: float, published: int) -> float:
    """Seconds until the next look: longer after each that found nothing to publish."""
    return POLL_SECONDS if published else min(2 * before, IDLE_POLL_SECONDS)


_LOST = (OSError, TimeoutError, aio_pika.exceptions.ChannelInvalidStateError, StopAsyncIteration)
"""Faults of the connection, not of the message: they do not count as attempts of the row."""


def _envelope(service: str, row: asyncpg.Record) -> Envelope:
    return Envelope(
        message_id=row["message_id"],
        event=row["event"],
        service=service,
        subject=row["subject"],
        sequence=row["sequence"],
        happened_at=row["happened_at"],
        correlation_id=row["correlation_id"],
        causation_id=row["causation_id"],
        traceparent=row["traceparent"],
    )


async def _close_ignoring_faults(closing: Any) -> None:
    """Close a connection that may be broken: closing may fail or hang, and both are ignored."""
    try:
        async with asyncio.timeout(3):
            await closing
    except (*DRIVER_FAULTS, *BROKER_FAULTS):
        return

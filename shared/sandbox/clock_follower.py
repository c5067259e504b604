"""Follows the sandbox clock: one instance writes the clock row of its database and reports what work it still has."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any

import aio_pika
import orjson
from aio_pika.abc import AbstractChannel, AbstractExchange, AbstractIncomingMessage

from shared.clock import written
from shared.db.errors import Contention, DatabaseUnavailable
from shared.db.unit_of_work import Database
from shared.ids import new_id
from shared.messaging.consumer import Backlog, Consumer
from shared.messaging.faults import BROKER_FAULTS, cancelled_by_connection
from shared.messaging.inbox import Inbox
from shared.messaging.relay import Relay
from shared.messaging.topology import SANDBOX_EXCHANGE, clock_queue, queues
from shared.sandbox.clock_messages import ClockUpdate, StatusReport
from shared.service.due import DueWork
from shared.service.in_flight import InFlight
from shared.telemetry.logs import log_seldom, logger

SEND_SECONDS = 5.0
UPDATE, REPORT = "tick", "tock"
"""The routing keys of clock updates and of status reports."""

_SET_CLOCK = """
insert into clock (id, frozen_at, shift, round) values (true, $1, make_interval(secs => $2), $3)
on conflict (id) do update set frozen_at = excluded.frozen_at, shift = excluded.shift, round = excluded.round
where clock.round <= excluded.round
  and (clock.frozen_at, clock.shift) is distinct from (excluded.frozen_at, excluded.shift)
"""
_BACKLOG = """
select (select count(*) from outbox where published_at is null) as unpublished,
       (select count(*) from kept_messages where state = 'waiting') as waiting, market_now() as now
"""


class ClockFollower:
    """The sandbox clock of one service instance, on the connection of its signals."""

    def __init__(
        self,
        service: str,
        instance: str,
        database: Database[Any],
        inbox: Inbox[Any],
        relay: Relay,
        consumer: Consumer,
        in_flight: InFlight,
        due: Sequence[DueWork] = (),
    ) -> None:
        self._service, self._instance, self._database = service, instance, database
        self._inbox, self._relay, self._consumer, self._in_flight = inbox, relay, consumer, in_flight
        self._due = due
        self._channel: AbstractChannel | None = None
        self._exchange: AbstractExchange | None = None
        self._start = ""
        """Identifies this start of the process; set when it begins to follow the clock."""
        self.on_report: Callable[[StatusReport], None] | None = None
        """Set by the scheduler's coordinator, which also receives every report."""
        self.after_update: Callable[[], Awaitable[None]] | None = None
        """Called after an update by which the clock runs, before the report is sent."""
        self._time: tuple[str | None, float] | None = None
        """What this instance has set the clock to; another update with the same need not set it again."""

    @property
    def connected(self) -> bool:
        """Whether clock updates reach this instance."""
        return self._exchange is not None

    @asynccontextmanager
    async def attached(self, channel: AbstractChannel) -> AsyncIterator[None]:
        """Follow the clock on this channel while the block lasts."""
        self._start = self._start or str(new_id())
        self._channel = channel
        self._exchange = await channel.get_exchange(SANDBOX_EXCHANGE, ensure=False)
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._listen(channel)
            yield
        finally:
            self._channel = self._exchange = None

    async def _listen(self, channel: AbstractChannel) -> None:
        queue = await channel.declare_queue(
            clock_queue(self._service, self._instance), exclusive=True, auto_delete=True
        )
        await queue.bind(SANDBOX_EXCHANGE, UPDATE)
        if self.on_report is not None:
            await queue.bind(SANDBOX_EXCHANGE, REPORT)
        await queue.consume(self._on_message, no_ack=True)

    async def send(self, update: ClockUpdate) -> None:
        """Publish the update to every running instance. Raises one of BROKER_FAULTS."""
        if self._exchange is None:
            raise ConnectionResetError("no connection to the broker")
        message = aio_pika.Message(update.body(), message_id=str(new_id()), app_id=self._service)
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._exchange.publish(message, routing_key=UPDATE, mandatory=False)
        except asyncio.CancelledError:
            if not cancelled_by_connection():
                raise
            raise ConnectionResetError("cancelled by the connection") from None

    async def _on_message(self, message: AbstractIncomingMessage) -> None:
        try:
            body = orjson.loads(message.body)
            if message.routing_key == UPDATE:
                await self._on_update(ClockUpdate(**body))
            elif self.on_report is not None:
                self.on_report(StatusReport(**body))
        except (DatabaseUnavailable, Contention, *BROKER_FAULTS) as error:
            log_seldom("clock_update.unanswered", reason=type(error).__name__)
        except (orjson.JSONDecodeError, TypeError) as error:
            logger().error("signals.malformed", reason=str(error))

    async def _on_update(self, update: ClockUpdate) -> None:
        if self._time != (update.frozen_at, update.shift_seconds):
            await self._set_clock(update)
        if self.after_update is not None and update.frozen_at is None:
            await self.after_update()
        report = await self._report(update)
        if self._exchange is not None:
            message = aio_pika.Message(orjson.dumps(asdict(report)), message_id=str(new_id()))
            async with asyncio.timeout(SEND_SECONDS):
                await self._exchange.publish(message, routing_key=REPORT, mandatory=False)

    async def _set_clock(self, update: ClockUpdate) -> None:
        frozen = datetime.fromisoformat(update.frozen_at) if update.frozen_at else None
        self._time = None
        async with self._database.single() as work:
            await work.sql.execute(_SET_CLOCK, frozen, update.shift_seconds, update.round)
        self._time = update.frozen_at, update.shift_seconds

    async def _report(self, update: ClockUpdate) -> StatusReport:
        """Reads in flight, queues, due work, database and in flight again: in this order no work is missed
        (docs/decisions/0100).

        A database that shows another time was set by somebody else since: the next update sets it again.
        """
        in_flight = self._count_in_flight()
        async with asyncio.timeout(SEND_SECONDS):
            consumed = await self._consumer.backlog()
        queued = consumed or await self._queued()
        async with self._database.single() as work:
            due = sum([await each.look(work) for each in self._due])
            row = await work.sql.fetchrow(_BACKLOG)
        assert row is not None
        if update.frozen_at != written(row["now"]):
            self._time = None
        return StatusReport(
            round=update.round,
            service=self._service,
            instance=self._instance,
            now=written(row["now"]),
            outbox_unpublished=row["unpublished"],
            queue_ready=queued.ready,
            in_flight=max(in_flight, self._count_in_flight()),
            retries_due=row["waiting"] + due,
            handled_total=self._inbox.handled_total,
            published_total=self._relay.published_total,
            done_total=self._in_flight.done,
            start=self._start,
            consuming=consumed is not None,
            consumers=queued.consumers,
        )

    def _count_in_flight(self) -> int:
        return self._in_flight.in_flight + self._inbox.in_flight

    async def _queued(self) -> Backlog:
        """The queues' state for an instance that does not consume. Raises ConnectionResetError."""
        if self._channel is None:
            raise ConnectionResetError("no connection to the broker")
        declared = [await self._channel.declare_queue(name, passive=True) for name in queues(self._service)]
        found = [queue.declaration_result for queue in declared]
        return Backlog(sum(each.message_count or 0 for each in found), max(each.consumer_count or 0 for each in found))

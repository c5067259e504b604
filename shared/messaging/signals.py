"""Signs of life and the sandbox clock: short-lived messages that need no outbox (architecture 5, 6).

Every instance sends itself a canary through its own queue. In a sandbox it also hears `tick` on an exclusive queue,
writes the clock row, and answers `tock` with what it still has to do.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import aio_pika
import orjson
from aio_pika.abc import AbstractChannel, AbstractExchange, AbstractIncomingMessage

from shared.clock import written
from shared.db.errors import Contention, DatabaseUnavailable
from shared.db.unit_of_work import Database
from shared.ids import new_id
from shared.in_flight import InFlight
from shared.messaging.consumer import CANARY, Backlog, Consumer
from shared.messaging.faults import BROKER_FAULTS, cancelled_by_connection, connect
from shared.messaging.inbox import Inbox
from shared.messaging.relay import Relay
from shared.messaging.topology import EVENTS_EXCHANGE, SANDBOX_EXCHANGE, canary_key, clock_queue, queues
from shared.telemetry.logs import log_seldom, logger

CANARY_SECONDS = 3.0
CONNECT_SECONDS = 10.0
SEND_SECONDS = 5.0
RETRY_SECONDS = 1.0

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


@dataclass(frozen=True, slots=True)
class ClockUpdate:
    """Set the clock: to stand still at `frozen_at`, or to run `shift_seconds` ahead of real time."""

    round: int
    frozen_at: str | None
    shift_seconds: float

    def body(self) -> bytes:
        """As it travels."""
        return orjson.dumps(asdict(self))


@dataclass(frozen=True, slots=True)
class StatusReport:
    """One instance's answer to a tick: its clock now, everything it still has to do, and how much it has done.

    Why these figures together prove rest, and in which order they are read: docs/decisions/0100.
    """

    round: int
    service: str
    instance: str
    now: str
    outbox_unpublished: int
    queue_ready: int
    in_flight: int
    retries_due: int
    handled_total: int
    published_total: int
    done_total: int
    """Commands answered and the like; a look may come too late to see them under way."""
    life: str
    """Another one after a restart, when the totals begin again."""
    consuming: bool
    """Whether this instance takes messages from its service's queues."""
    consumers: int
    """How many instances of the service do, as the broker counts them."""

    @property
    def backlog(self) -> int:
        """How much is still to be done here."""
        return self.outbox_unpublished + self.queue_ready + self.in_flight + self.retries_due

    @property
    def totals(self) -> tuple[str, int, int, int]:
        """What has been done; unchanged over two rounds means that nothing moved in between."""
        return self.life, self.handled_total, self.published_total, self.done_total


class Signals:
    """The signals of one service instance, on a broker connection of their own."""

    def __init__(
        self,
        service: str,
        instance: str,
        broker_url: str,
        database: Database[Any],
        inbox: Inbox[Any] | None,
        relay: Relay | None,
        consumer: Consumer | None = None,
        *,
        sandbox: bool,
    ) -> None:
        self._service, self._instance, self._url = service, instance, broker_url
        self._database, self._inbox, self._relay, self._consumer = database, inbox, relay, consumer
        self._sandbox = sandbox
        self._events: AbstractExchange | None = None
        self._clock: AbstractExchange | None = None
        self._channel: AbstractChannel | None = None
        self._lifetime = str(new_id())
        self._time: tuple[str | None, float] | None = None
        """What this instance has set the clock to; another update with the same need not set it again."""
        self.in_flight = InFlight()
        """What the instance has in hand besides messages."""
        self.on_report: Callable[[StatusReport], None] | None = None
        """Set by the scheduler, which also hears every answer."""
        self.after_clock_update: Callable[[], Awaitable[None]] | None = None
        """Called after an update by which the clock runs."""

    async def run(self) -> None:
        """Signal until cancelled; a lost connection is made again every second."""
        while True:
            try:
                await self._run_connected()
            except asyncio.CancelledError:
                if not cancelled_by_connection():
                    raise
            except BROKER_FAULTS as error:
                log_seldom("signals.connection_lost", reason=f"{type(error).__name__}: {error}")
            await asyncio.sleep(RETRY_SECONDS)

    async def send_clock_update(self, update: ClockUpdate) -> None:
        """Tell every live instance the time (the scheduler's coordinator only)."""
        if self._clock is None:
            raise ConnectionResetError("no connection to the broker")
        message = aio_pika.Message(update.body(), message_id=str(new_id()), app_id=self._service)
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._clock.publish(message, routing_key="tick", mandatory=False)
        except asyncio.CancelledError:
            if not cancelled_by_connection():
                raise
            raise ConnectionResetError("cancelled by the connection") from None

    async def _run_connected(self) -> None:
        connection = await connect(self._url, CONNECT_SECONDS)
        try:
            channel = await connection.channel(publisher_confirms=True)
            self._channel = channel
            self._events = await channel.get_exchange(EVENTS_EXCHANGE, ensure=False)
            if self._sandbox:
                self._clock = await channel.get_exchange(SANDBOX_EXCHANGE, ensure=False)
                await self._listen(channel)
            while not channel.is_closed:
                await self._send_canary()
                await asyncio.sleep(CANARY_SECONDS)
        finally:
            self._clock = self._events = self._channel = None
            async with asyncio.timeout(3):
                await connection.close()

    async def _listen(self, channel: AbstractChannel) -> None:
        queue = await channel.declare_queue(
            clock_queue(self._service, self._instance), exclusive=True, auto_delete=True
        )
        await queue.bind(SANDBOX_EXCHANGE, "tick")
        if self.on_report is not None:
            await queue.bind(SANDBOX_EXCHANGE, "tock")
        await queue.consume(self._on_signal, no_ack=True)

    async def _send_canary(self) -> None:
        assert self._events is not None
        message = aio_pika.Message(b"{}", headers={"ce-type": CANARY}, message_id=str(new_id()), expiration=30)
        async with asyncio.timeout(SEND_SECONDS):
            await self._events.publish(message, routing_key=canary_key(self._service), mandatory=False)

    async def _on_signal(self, message: AbstractIncomingMessage) -> None:
        try:
            body = orjson.loads(message.body)
            if message.routing_key == "tick":
                await self._on_clock_update(ClockUpdate(**body))
            elif self.on_report is not None:
                self.on_report(StatusReport(**body))
        except (DatabaseUnavailable, Contention, *BROKER_FAULTS) as error:
            log_seldom("clock_update.unanswered", reason=type(error).__name__)
        except (orjson.JSONDecodeError, TypeError) as error:
            logger().error("signals.malformed", reason=str(error))

    async def _on_clock_update(self, update: ClockUpdate) -> None:
        if self._time != (update.frozen_at, update.shift_seconds):
            await self._set_clock(update)
        if self.after_clock_update is not None and update.frozen_at is None:
            await self.after_clock_update()
        await self._answer(update)

    async def _set_clock(self, update: ClockUpdate) -> None:
        frozen = datetime.fromisoformat(update.frozen_at) if update.frozen_at else None
        self._time = None
        async with self._database.single() as work:
            await work.sql.execute(_SET_CLOCK, frozen, update.shift_seconds, update.round)
        self._time = update.frozen_at, update.shift_seconds

    async def _answer(self, update: ClockUpdate) -> None:
        """Answers in an order that leaves no gap: in flight, queues, database, in flight again (docs/decisions/0100).

        A database that shows another time was set by somebody else since: the next update sets it again.
        """
        in_flight = self._in_hand()
        consumed = await self._consumed()
        queued = consumed or await self._queued()
        async with self._database.single() as work:
            row = await work.sql.fetchrow(_BACKLOG)
        assert row is not None
        if update.frozen_at != written(row["now"]):
            self._time = None
        report = StatusReport(
            round=update.round,
            service=self._service,
            instance=self._instance,
            now=written(row["now"]),
            outbox_unpublished=row["unpublished"],
            queue_ready=queued.ready,
            in_flight=max(in_flight, self._in_hand()),
            retries_due=row["waiting"],
            handled_total=self._inbox.handled_total if self._inbox else 0,
            published_total=self._relay.published_total if self._relay else 0,
            done_total=self.in_flight.done,
            life=self._lifetime,
            consuming=consumed is not None,
            consumers=queued.consumers,
        )
        if self._clock is not None:
            message = aio_pika.Message(orjson.dumps(asdict(report)), message_id=str(new_id()))
            async with asyncio.timeout(SEND_SECONDS):
                await self._clock.publish(message, routing_key="tock", mandatory=False)

    def _in_hand(self) -> int:
        return self.in_flight.in_flight + (self._inbox.in_flight if self._inbox else 0)

    async def _consumed(self) -> Backlog | None:
        if self._consumer is None:
            return None
        async with asyncio.timeout(SEND_SECONDS):
            return await self._consumer.backlog()

    async def _queued(self) -> Backlog:
        """The queues' state for an instance that does not consume: a plain channel asks the broker each time."""
        if self._channel is None:
            raise ConnectionResetError("no connection to the broker")
        declared = [await self._channel.declare_queue(name, passive=True) for name in queues(self._service)]
        found = [queue.declaration_result for queue in declared]
        return Backlog(sum(each.message_count or 0 for each in found), max(each.consumer_count or 0 for each in found))

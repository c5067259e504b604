"""Consumes the service's own queues with FastStream and gives each message to the inbox (architecture 5)."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from typing import Any

from aio_pika import RobustConnection
from faststream import AckPolicy
from faststream.rabbit import Channel, RabbitBroker, RabbitMessage, RabbitQueue

from shared.clock import monotonic
from shared.messaging.faults import BROKER_FAULTS, cancelled_by_connection
from shared.messaging.inbox import Inbox, Incoming
from shared.telemetry.logs import log_seldom, logger

CANARY = "canary"
CONNECT_SECONDS = 10.0
"""Without it the library waits for ever for a broker that accepts a connection and sends nothing."""
START_SECONDS = 45
"""Longer than the heartbeat takes, which is the library's own way to give a start up."""
CLOSE_SECONDS = 12
DROP_SECONDS = 3
LOOK_SECONDS = 1.0
RETRY_SECONDS = 1.0
SILENT_SECONDS = 10.0
"""Three canaries; a queue without any message for so long does not reach this instance."""
WEDGED_SECONDS = 60.0
"""After so long without any message the consumers are built again; the library's heartbeat takes half of that."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """The state of a service's queues at the broker."""

    ready: int
    """Messages that were not delivered yet."""
    consumers: int
    """Instances of the service that consume."""


class Consumer:
    """The consumers of one service instance, on a connection of their own, one channel per queue."""

    def __init__(self, broker_url: str, queues: tuple[str, ...], inbox: Inbox[Any], prefetch: int) -> None:
        self._url, self._queues, self._inbox, self._prefetch = broker_url, queues, inbox, prefetch
        self._broker: RabbitBroker | None = None
        self._connection: RobustConnection | None = None
        self._stopping = False
        self._query: asyncio.Task[Backlog | None] | None = None
        self._received = dict.fromkeys(queues, 0.0)
        self._built_at = 0.0
        self.running = False

    @property
    def alive_at(self) -> float:
        """When the most silent queue last delivered a message (monotonic seconds); canaries arrive every 3 seconds."""
        return min(self._received.values())

    async def run(self) -> None:
        """Consume until cancelled; when the broker can't be reached, try again every second."""
        while not self._stopping:
            self._broker, self._built_at = self._build(), monotonic()
            try:
                async with asyncio.timeout(START_SECONDS):
                    await self._broker.start()
                self.running = True
                while self._consuming():
                    await asyncio.sleep(LOOK_SECONDS)
                if self._stopping:
                    return
                logger().warning("consumer.starts_again", silent_seconds=round(monotonic() - self.alive_at))
            except asyncio.CancelledError:
                if not cancelled_by_connection():
                    raise
            except BROKER_FAULTS as error:
                log_seldom("consumer.connection_lost", reason=f"{type(error).__name__}: {error}")
            finally:
                self.running = False
                await self._close()
            await asyncio.sleep(RETRY_SECONDS)

    async def stop_taking(self) -> None:
        """Cancel the consumers, if the broker answers; messages in flight are finished and acknowledged."""
        self._stopping = True
        try:
            async with asyncio.timeout(DROP_SECONDS):
                await self._cancel()
        except asyncio.CancelledError:
            if not cancelled_by_connection():
                raise
        except BROKER_FAULTS as error:
            logger().warning("consumer.stopped_without_broker", reason=type(error).__name__)

    async def _cancel(self) -> None:
        for subscriber in self._broker.subscribers if self._broker and self.running else ():
            queue, tag = getattr(subscriber, "_queue_obj", None), getattr(subscriber, "_consumer_tag", None)
            if queue is not None and tag is not None:
                # FastStream stops listening before it cancels, which would burn delivery attempts (pinned <0.8, tested)
                subscriber._consumer_tag = None  # type: ignore[attr-defined]  # noqa: SLF001
                await queue.cancel(tag)

    async def backlog(self) -> "Backlog | None":
        """What waits in the queues and how many consume there; None while this instance does not consume.

        When the caller is cancelled, the query goes on: to cancel it would close the consumer's channel.
        """
        while self._query is not None and not self._query.done():
            await asyncio.wait({self._query})
        self._query = asyncio.create_task(self._query_backlog())
        self._query.add_done_callback(lambda task: task.cancelled() or task.exception())
        return await asyncio.shield(self._query)

    async def _query_backlog(self) -> "Backlog | None":
        """Queries twice, on each consumer's own channel.

        The second answer arrives after every delivery that the broker had begun before the first, so each message is
        either still waiting or already here (docs/decisions/0100).
        """
        held = [getattr(each, "_queue_obj", None) for each in (self._broker.subscribers if self._broker else ())]
        queues = [queue for queue in held if queue is not None]
        if not self.running or len(queues) < len(self._queues):
            return None
        first = await asyncio.gather(*(queue.declare() for queue in queues))
        await asyncio.gather(*(queue.declare() for queue in queues))
        return Backlog(sum(each.message_count or 0 for each in first), max(each.consumer_count or 0 for each in first))

    async def _on_message(self, queue: str, message: RabbitMessage) -> None:
        """One delivery: a canary only shows that the queue works; all others go through the inbox before their ack."""
        self._received[queue] = monotonic()
        headers = dict(message.raw_message.headers)
        if headers.get("ce-type") != CANARY:
            message_id = (
                message.raw_message.message_id or f"unnamed-{blake2b(message.body, digest_size=16).hexdigest()}"
            )
            await self._inbox.take(Incoming(queue, message_id, message.body, headers))
        await message.ack()

    def _build(self) -> RabbitBroker:
        broker = RabbitBroker(
            self._url,
            logger=None,
            timeout=CONNECT_SECONDS,
            graceful_timeout=10,
            reconnect_interval=1,
            apply_types=False,
        )
        # FastStream learns of its connection only once it is open; one given up before would try for ever (tested)
        broker._connection_kwargs["connection_class"] = self._remembered  # noqa: SLF001
        for name in self._queues:
            queue = RabbitQueue(name, declare=False)
            subscriber = broker.subscriber(
                queue,
                channel=Channel(prefetch_count=self._prefetch),
                ack_policy=AckPolicy.MANUAL,
                no_reply=True,
                decoder=_whole,
            )
            subscriber(partial(self._on_message, name))
        return broker

    def _remembered(self, *given: Any, **named: Any) -> RobustConnection:
        self._connection = RobustConnection(*given, **named)
        return self._connection

    def _consuming(self) -> bool:
        subscribers = self._broker.subscribers if self._broker else ()
        running = all(getattr(each, "running", False) for each in subscribers)
        return running and not self._stopping and not self._wedged()

    def _wedged(self) -> bool:
        """Silence counts only without messages in flight: these may wait for the database, and block others."""
        silent = monotonic() - max(self.alive_at, self._built_at)
        return silent > WEDGED_SECONDS and not self._inbox.in_flight

    async def _close(self) -> None:
        """Let messages in flight finish, then drop the connection in any case: the library would connect again."""
        broker, self._broker = self._broker, None
        connection, self._connection = self._connection, None
        if broker is not None:
            await _ignoring_faults(CLOSE_SECONDS, broker.stop)
        if connection is not None:
            await _ignoring_faults(DROP_SECONDS, connection.close)


async def _ignoring_faults(seconds: float, closing: Callable[[], Awaitable[None]]) -> None:
    """Closing a broken connection may fail, for each queue in its own way, or hang."""
    try:
        async with asyncio.timeout(seconds):
            await closing()
    except* BROKER_FAULTS as faults:
        logger().warning("consumer.close_failed", reason=", ".join(map(repr, faults.exceptions))[:200])


async def _whole(message: RabbitMessage) -> RabbitMessage:
    """Leaves the body as it is: the inbox stores also what can't be decoded."""
    return message

"""Takes messages off the service's own queues with FastStream and hands them to the inbox (architecture 5)."""

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
"""Without it the library waits for ever for a broker that accepts a connection and says nothing."""
START_SECONDS = 45
"""Longer than the heartbeat takes, which is the library's own way to give a start up."""
CLOSE_SECONDS = 12
DROP_SECONDS = 3
LOOK_SECONDS = 1.0
RETRY_SECONDS = 1.0
SILENT_SECONDS = 10.0
"""Three canaries; after so long without any message a queue does not reach us."""
WEDGED_SECONDS = 60.0
"""After so long the consumers are made anew, whatever the library believes; its heartbeat had half of that."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What the broker knows of a service's queues."""

    ready: int
    """Messages that no consumer was given yet."""
    consumers: int
    """Instances of the service that consume."""


class Consumer:
    """The consumers of one service instance, on a connection of their own, one channel per queue."""

    def __init__(self, broker_url: str, queues: tuple[str, ...], inbox: Inbox[Any], prefetch: int) -> None:
        self._url, self._queues, self._inbox, self._prefetch = broker_url, queues, inbox, prefetch
        self._broker: RabbitBroker | None = None
        self._connection: RobustConnection | None = None
        self._stopping = False
        self._asking: asyncio.Task[Backlog | None] | None = None
        self._received = dict.fromkeys(queues, 0.0)
        self._built_at = 0.0
        self.running = False

    @property
    def alive_at(self) -> float:
        """When the most silent queue last gave a message (monotonic seconds); the canaries keep it fresh."""
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
        """Tell the broker to send nothing more, if it listens; what is in hand is finished and acknowledged."""
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
                # FastStream stops listening before it cancels, which would burn delivery attempts (kept <0.8, tested)
                subscriber._consumer_tag = None  # type: ignore[attr-defined]  # noqa: SLF001
                await queue.cancel(tag)

    async def backlog(self) -> "Backlog | None":
        """What waits in the queues and how many consume there; None while this instance does not consume.

        A question that is given up goes on behind: to cancel it would close the consumer's channel.
        """
        while self._asking is not None and not self._asking.done():
            await asyncio.wait({self._asking})
        self._asking = asyncio.create_task(self._ask_for_backlog())
        self._asking.add_done_callback(lambda task: task.cancelled() or task.exception())
        return await asyncio.shield(self._asking)

    async def _ask_for_backlog(self) -> "Backlog | None":
        """Asked twice on each consumer's own channel.

        The second answer comes behind every delivery that the broker had decided on before the first, so a message is
        then either still waiting or already here (docs/decisions/0100).
        """
        held = [getattr(each, "_queue_obj", None) for each in (self._broker.subscribers if self._broker else ())]
        queues = [queue for queue in held if queue is not None]
        if not self.running or len(queues) < len(self._queues):
            return None
        first = await asyncio.gather(*(queue.declare() for queue in queues))
        await asyncio.gather(*(queue.declare() for queue in queues))
        return Backlog(sum(each.message_count or 0 for each in first), max(each.consumer_count or 0 for each in first))

    async def _on_message(self, queue: str, message: RabbitMessage) -> None:
        """One delivery: a canary only shows that we live, everything else goes through the inbox before its ack."""
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
        # FastStream knows its connection only when it stands; one that is given up before would try for ever (tested)
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
        """Silence while messages are in hand is no sign: they may wait for the database, and more are not sent."""
        silent = monotonic() - max(self.alive_at, self._built_at)
        return silent > WEDGED_SECONDS and not self._inbox.in_flight

    async def _close(self) -> None:
        """Let what is in hand be finished, then drop the connection in any case: a forgotten one would come back."""
        broker, self._broker = self._broker, None
        connection, self._connection = self._connection, None
        if broker is not None:
            await _ignoring_faults(CLOSE_SECONDS, broker.stop)
        if connection is not None:
            await _ignoring_faults(DROP_SECONDS, connection.close)


async def _ignoring_faults(seconds: float, closing: Callable[[], Awaitable[None]]) -> None:
    """Closing what is already broken may fail, for each queue in its own way, or hang."""
    try:
        async with asyncio.timeout(seconds):
            await closing()
    except* BROKER_FAULTS as faults:
        logger().warning("consumer.close_failed", reason=", ".join(map(repr, faults.exceptions))[:200])


async def _whole(message: RabbitMessage) -> RabbitMessage:
    """Nothing is decoded before the inbox can keep what can't be decoded."""
    return message

"""Live frames: what instances of one service pass on to each other at once and nobody stores (decision 0012).

The instance that sends a frame has it at once, the others get it from the broker. A frame may be lost or come twice.
Whoever needs the fact reads it from the database; the frame only says it sooner.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

import aio_pika
import orjson
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from shared.ids import new_id
from shared.messaging.faults import BROKER_FAULTS, cancelled_by_connection, connect
from shared.messaging.topology import LIVE_EXCHANGE, live_key, live_queue
from shared.telemetry.logs import log_seldom

CONNECT_SECONDS = 10.0
SEND_SECONDS = 5.0
RETRY_SECONDS = 0.5
WAITING_MAX = 10_000
"""Frames that may wait for the broker; older ones are dropped."""

Frame = dict[str, Any]


class LiveFrames:
    """Passes frames to whoever uses them here, and to the other instances of the service; receives theirs."""

    def __init__(self, service: str, instance: str, broker_url: str) -> None:
        self._service, self._url = service, broker_url
        self._queue = live_queue(service, f"{instance}.{new_id()}")
        """A name of its own for each start: the queue of a killed predecessor goes when the broker notices."""
        self.receive: Callable[[Frame], None] = _ignore
        """What is done with each frame, of this instance and of others; set by whoever uses it."""
        self._waiting: deque[bytes] = deque(maxlen=WAITING_MAX)
        self._wakeup = asyncio.Event()

    def send(self, frame: Frame) -> None:
        """Use a frame here, and pass it on as soon as the broker takes it; never waits, never fails."""
        self._waiting.append(orjson.dumps(frame))
        self._wakeup.set()
        self.receive(frame)

    async def run(self) -> None:
        """Send and receive until cancelled; connects again when a connection is lost."""
        while True:
            try:
                await self._run_connected()
            except asyncio.CancelledError:
                if not cancelled_by_connection():
                    raise
            except BROKER_FAULTS as error:
                log_seldom("live.connection_lost", reason=f"{type(error).__name__}: {error}")
            await asyncio.sleep(RETRY_SECONDS)

    async def _run_connected(self) -> None:
        connection = await connect(self._url, CONNECT_SECONDS)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                channel = await connection.channel(publisher_confirms=False)
                await self._listen(channel)
                exchange = await channel.get_exchange(LIVE_EXCHANGE, ensure=False)
            while not channel.is_closed:
                await self._wakeup_or_a_second()
                while self._waiting and not channel.is_closed:
                    message = aio_pika.Message(self._waiting[0], app_id=self._queue)
                    async with asyncio.timeout(SEND_SECONDS):
                        await exchange.publish(message, routing_key=live_key(self._service), mandatory=False)
                    self._waiting.popleft()
        finally:
            async with asyncio.timeout(3):
                await connection.close()

    async def _wakeup_or_a_second(self) -> None:
        """Wait for a frame; also look once a second whether the channel is still open."""
        if not self._waiting:
            self._wakeup.clear()
            try:
                async with asyncio.timeout(1):
                    await self._wakeup.wait()
            except TimeoutError:
                return

    async def _listen(self, channel: AbstractChannel) -> None:
        queue = await channel.declare_queue(
            self._queue,
            exclusive=True,
            auto_delete=True,
            arguments={"x-max-length": WAITING_MAX, "x-overflow": "drop-head"},
        )
        await queue.bind(LIVE_EXCHANGE, live_key(self._service))
        await queue.consume(self._on_message, no_ack=True)

    async def _on_message(self, message: AbstractIncomingMessage) -> None:
        if message.app_id == self._queue:
            return
        try:
            frame = orjson.loads(message.body)
        except orjson.JSONDecodeError:
            log_seldom("live.unreadable", reason="no JSON")
            return
        self.receive(frame)


def _ignore(_frame: Frame) -> None:
    pass

"""Consumes two events as another team's service would: the money is in escrow, the seller is paid."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aio_pika
from aio_pika.abc import AbstractIncomingMessage

from deploy.local.rabbitmq import ADMIN, VHOST
from deploy.stack import Stack
from shared.messaging.topology import EVENTS_EXCHANGE

PAID, CREDITED = "order.paid", "escrow.released"


class Listener:
    """Lets callers wait for an event about an order."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str], asyncio.Future[None]] = {}

    def expect(self, event: str, number: str) -> "asyncio.Future[None]":
        """Begin to wait; to be called before whatever causes the event."""
        return self._waiting.setdefault((event, number), asyncio.get_running_loop().create_future())

    async def on_message(self, message: AbstractIncomingMessage) -> None:
        """An event passed."""
        about = (message.routing_key or "", str(message.headers.get("ce-subject")))
        waiting = self._waiting.pop(about, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)


def admin_url(stack: Stack) -> str:
    """The broker as its administrator."""
    password = stack.password("broker_admin")
    return f"amqp://{ADMIN}:{password}@127.0.0.1:{stack.ports['amqp']}/{VHOST}"


@asynccontextmanager
async def listening(stack: Stack) -> AsyncIterator[Listener]:
    """Listen as long as the block lasts, on a queue that goes with it."""
    listener = Listener()
    async with await aio_pika.connect(admin_url(stack)) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(exclusive=True, auto_delete=True)
        for event in (PAID, CREDITED):
            await queue.bind(EVENTS_EXCHANGE, event)
        await queue.consume(listener.on_message, no_ack=True)
        yield listener

"""Hears the marketplace's events as any other team's service would: a queue of its own, gone when the demo ends."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aio_pika
import orjson
from aio_pika.abc import AbstractIncomingMessage, AbstractQueue

from deploy.demo.errors import DemoError
from shared.messaging.headers import text
from shared.messaging.topology import EVENTS_EXCHANGE

HEARD = ("listing.*", "checkout.*", "order.*", "payment.*", "escrow.*", "deadline.expired.*")
"""Deadlines that are only set or withdrawn would fill the screen."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One event as it came off the broker."""

    name: str
    service: str
    subject: str
    body: dict[str, Any]


class Ear:
    """Collects what was said; the story asks for it after each step."""

    def __init__(self) -> None:
        self._heard: list[Heard] = []

    def take(self, subjects: Sequence[str]) -> list[Heard]:
        """What was said about these since the last time; others may use the sandbox too."""
        taken, self._heard = self._heard, []
        return [each for each in taken if each.subject in subjects]

    async def on_message(self, message: AbstractIncomingMessage) -> None:
        """Keep one event."""
        headers = dict(message.headers)
        name, subject = text(headers, "ce-type") or "?", text(headers, "ce-subject") or "?"
        self._heard.append(Heard(name, message.app_id or "?", subject, orjson.loads(message.body)))


@asynccontextmanager
async def listening(broker_url: str) -> AsyncIterator[Ear]:
    """Listen as long as the block lasts."""
    ear = Ear()
    try:
        async with asyncio.timeout(10):
            connection = await aio_pika.connect(broker_url)
    except (OSError, TimeoutError, aio_pika.exceptions.AMQPError) as error:
        raise DemoError(f"The broker does not answer: {error}", "How it is: make status") from error
    async with connection:
        queue = await _queue(connection)
        await queue.consume(ear.on_message, no_ack=True)
        yield ear


async def _queue(connection: aio_pika.abc.AbstractConnection) -> AbstractQueue:
    channel = await connection.channel()
    queue = await channel.declare_queue("demo", exclusive=True, auto_delete=True)
    for key in HEARD:
        await queue.bind(EVENTS_EXCHANGE, key)
    return queue

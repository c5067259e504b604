"""Consumes the marketplace's events as another team's service would: with the broker user for other teams, who may bind
public events and publish nothing, and with a queue of its own that is deleted when the demo ends.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aio_pika
import httpx2
import orjson
from aio_pika.abc import AbstractIncomingMessage, AbstractQueue

from deploy.demo.errors import DemoError
from deploy.stack import Stack
from shared.ids import new_id
from shared.messaging.headers import text
from shared.messaging.topology import EVENTS_EXCHANGE, VHOST, definitions

USER = "foreign"
PUBLIC = ("listing.*", "checkout.*", "order.*", "payment.*", "escrow.*")


@dataclass(frozen=True, slots=True)
class Received:
    """One event as it came off the broker."""

    name: str
    service: str
    subject: str
    body: dict[str, Any]


class Listener:
    """Collects events; the demo takes them after each step."""

    def __init__(self) -> None:
        self._received: list[Received] = []

    def take(self, subjects: Sequence[str]) -> list[Received]:
        """The events about these since the last time; others may use the sandbox too."""
        taken, self._received = self._received, []
        return [each for each in taken if each.subject in subjects]

    async def on_message(self, message: AbstractIncomingMessage) -> None:
        """Store one event."""
        headers = dict(message.headers)
        name, subject = text(headers, "ce-type") or "?", text(headers, "ce-subject") or "?"
        self._received.append(Received(name, message.app_id or "?", subject, orjson.loads(message.body)))


@asynccontextmanager
async def listening(stack: Stack, client: httpx2.AsyncClient) -> AsyncIterator[Listener]:
    """Listen as long as the block lasts. Raises DemoError when the broker does not answer."""
    listener, password = Listener(), stack.password(f"broker_{USER}")
    try:
        await _admit(stack, client, password)
        async with asyncio.timeout(10):
            connection = await aio_pika.connect(f"amqp://{USER}:{password}@127.0.0.1:{stack.ports['amqp']}/{VHOST}")
    except (OSError, TimeoutError, httpx2.HTTPError, aio_pika.exceptions.AMQPError) as error:
        raise DemoError(f"The broker does not answer: {error}", "How it is: make status") from error
    async with connection:
        queue = await _queue(connection)
        await queue.consume(listener.on_message, no_ack=True)
        yield listener


async def _admit(stack: Stack, client: httpx2.AsyncClient, password: str) -> None:
    """Make the broker user for foreign teams, with exactly its permissions; harmless to repeat."""
    address = urlsplit(stack.broker_admin_url)
    where = f"http://{address.hostname}:{address.port}/api/definitions"
    login = (address.username or "", address.password or "")
    answer = await client.post(where, json=definitions({USER: password}), auth=login, timeout=30)
    answer.raise_for_status()


async def _queue(connection: aio_pika.abc.AbstractConnection) -> AbstractQueue:
    channel = await connection.channel()
    queue = await channel.declare_queue(f"{USER}.demo.{new_id()}", exclusive=True, auto_delete=True)
    for key in PUBLIC:
        await queue.bind(EVENTS_EXCHANGE, key)
    return queue

"""Faults of the broker as tests use them: messages that come three times in any order, and forged ones."""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import aio_pika
import asyncpg

from deploy.services import SERVICES
from deploy.stack import Stack
from shared.ids import new_id
from shared.messaging.topology import VHOST, events_queue

WAIT_SECONDS = 120
AGAIN = "again-"
"""How the new ids of repeated messages begin."""


async def repeat_and_shuffle(stack: Stack, service: str, seed: int, times: int = 3) -> int:
    """Requeue each message that waits for a stopped service several times, all but once under new ids, in any order."""
    async with admin_channel(stack) as channel:
        queue = await channel.get_queue(events_queue(service), ensure=False)
        waiting = []
        while (message := await queue.get(fail=False, no_ack=True)) is not None:
            if message.headers.get("ce-type") != "canary":
                waiting.append(message)
        again = [(message, turn) for message in waiting for turn in range(times)]
        random.Random(seed).shuffle(again)
        for message, turn in again:
            name = f"{AGAIN}{new_id()}" if turn else message.message_id
            copy = aio_pika.Message(
                message.body,
                headers={**message.headers, "ce-id": name},
                delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
                message_id=name,
            )
            await channel.default_exchange.publish(copy, routing_key=queue.name)
    return len(waiting)


async def forget_repeated(stack: Stack) -> None:
    """Delete the inbox rows of messages under new ids: nobody published those, and invariant I20 would fail."""
    for service in SERVICES:
        connection = await asyncpg.connect(stack.admin_dsn(service))
        try:
            await connection.execute("delete from inbox where message_id like $1", f"{AGAIN}%")
        finally:
            await connection.close()


async def send(stack: Stack, queue: str, body: bytes, headers: Mapping[str, Any], message_id: str | None = None) -> str:
    """Put a forged message into a queue, as it is; returns its id."""
    name = message_id if message_id is not None else str(new_id())
    message = aio_pika.Message(
        body, headers=dict(headers), delivery_mode=aio_pika.DeliveryMode.PERSISTENT, message_id=name
    )
    async with admin_channel(stack) as channel:
        await channel.default_exchange.publish(message, routing_key=queue)
    return name


async def waits(stack: Stack, service: str, count: int) -> None:
    """Wait until so many messages other than canaries wait for the stopped service, or more."""
    async with asyncio.timeout(WAIT_SECONDS), admin_channel(stack) as channel:
        while True:
            found = await channel.declare_queue(events_queue(service), passive=True)
            if (found.declaration_result.message_count or 0) >= count:
                return
            await asyncio.sleep(0.05)


@asynccontextmanager
async def admin_channel(stack: Stack) -> AsyncIterator[aio_pika.abc.AbstractChannel]:
    """The broker as its administrator, on a connection of its own."""
    admin = urlsplit(stack.broker_admin_url)
    url = f"amqp://{admin.username}:{admin.password}@127.0.0.1:{stack.ports['amqp']}/{VHOST}"
    connection = await aio_pika.connect(url)
    try:
        yield await connection.channel()
    finally:
        await connection.close()

"""Faults as tests use them: a service that will die at a point, and messages that come three times in any order."""

import asyncio
import random
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import aio_pika
import httpx2

from deploy.local.stack import Stack
from shared.ids import new_id
from shared.messaging.topology import VHOST, events_queue
from tests.support.crashing import CODE
from tests.support.stacks import ROOT

WAIT_SECONDS = 30


@asynccontextmanager
async def dying(stack: Stack, service: str, point: str, subject: str) -> AsyncIterator[None]:
    """Inside, the service runs and will die at the point; afterwards it has died there and runs again as usual."""
    await asyncio.to_thread(stack.stop, service)
    log = (stack.layout / "logs" / f"{service}.crash.log").open("ab")
    command = (sys.executable, "-m", "tests.support.crashing", service, point, subject)
    environment = stack.service_env(service)
    child = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        await _ready(stack, service, child)
        yield
        async with asyncio.timeout(WAIT_SECONDS):
            await child.wait()
        assert child.returncode == CODE, f"{service} did not die at {point} of {subject} but with {child.returncode}"
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
        log.close()
        await asyncio.to_thread(stack.start, service)


async def repeat_and_shuffle(stack: Stack, service: str, seed: int, times: int = 3) -> int:
    """Give back what waits for a stopped service several times over, under new ids and in any order."""
    async with admin_channel(stack) as channel:
        queue = await channel.get_queue(events_queue(service), ensure=False)
        waiting = []
        while (message := await queue.get(fail=False, no_ack=True)) is not None:
            if message.headers.get("ce-type") != "canary":
                waiting.append(message)
        again = waiting * times
        random.Random(seed).shuffle(again)
        for message in again:
            copy = aio_pika.Message(
                message.body,
                headers={**message.headers, "ce-id": str(new_id())},
                delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
                message_id=str(new_id()),
            )
            await channel.default_exchange.publish(copy, routing_key=queue.name)
    return len(waiting)


async def waits(stack: Stack, service: str, count: int) -> None:
    """Until so many messages other than canaries wait for the stopped service, or more."""
    async with asyncio.timeout(WAIT_SECONDS), admin_channel(stack) as channel:
        while True:
            found = await channel.declare_queue(events_queue(service), passive=True)
            if (found.declaration_result.message_count or 0) >= count:
                return
            await asyncio.sleep(0.05)


@asynccontextmanager
async def admin_channel(stack: Stack) -> AsyncIterator[aio_pika.abc.AbstractChannel]:
    """The broker as its administrator, on a connection of its own."""
    admin = urlsplit(stack.plan.topology_env()["MARKET_BROKER_ADMIN_URL"])
    url = f"amqp://{admin.username}:{admin.password}@127.0.0.1:{stack.ports['amqp']}/{VHOST}"
    connection = await aio_pika.connect(url)
    try:
        yield await connection.channel()
    finally:
        await connection.close()


async def _ready(stack: Stack, service: str, child: Process) -> None:
    async with asyncio.timeout(WAIT_SECONDS), httpx2.AsyncClient() as client:
        while child.returncode is None:
            try:
                if (await client.get(f"http://127.0.0.1:{stack.ports[service]}/readyz")).status_code == 200:
                    return
            except httpx2.HTTPError:
                pass
            await asyncio.sleep(0.05)
    raise AssertionError(f"{service} ended with {child.returncode} before it was ready")

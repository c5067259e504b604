"""The broker's limit: bare messages by aio-pika through a quorum queue of the same broker, no database and no service.

python -m tests.bench.raw URL QUEUE COUNT takes so many messages and prints how long each was on its way, in seconds.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import aio_pika
import orjson
import uvloop
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue

from deploy.local.layout import ROOT
from deploy.stack import Stack
from shared.clock import monotonic
from tests.bench.errors import BenchError
from tests.bench.listener import admin_url

QUEUE = "bench.raw"
BODY = b"x" * 256
GATHERED = 500
PREFETCH = 200
TIMEOUT_SECONDS = 60.0


async def publish(stack: Stack, count: int) -> float:
    """Publish with confirms, gathered by five hundred; answers messages per second. They stay in the queue."""
    async with _channel(admin_url(stack)) as channel:
        await _queue(channel)
        begun = monotonic()
        for _ in range(count // GATHERED):
            await asyncio.gather(*(_send(channel, BODY) for _ in range(GATHERED)))
        return count // GATHERED * GATHERED / (monotonic() - begun)


async def consume(stack: Stack, count: int) -> float:
    """Take and acknowledge what publish() left, one by one; answers messages per second."""
    done, left = asyncio.Event(), count // GATHERED * GATHERED

    async def take(message: AbstractIncomingMessage) -> None:
        nonlocal left
        await message.ack()
        left -= 1
        if not left:
            done.set()

    async with _channel(admin_url(stack)) as channel:
        await channel.set_qos(prefetch_count=PREFETCH)
        queue = await _queue(channel)
        begun = monotonic()
        await queue.consume(take)
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await done.wait()
        return count / (monotonic() - begun)


async def hop(stack: Stack, rate: int, seconds: float) -> list[float]:
    """From publish to arrival in another process, in seconds, at so many messages per second."""
    url, count = admin_url(stack), round(rate * seconds)
    async with _channel(url) as channel:
        queue = await _queue(channel)
        await queue.purge()
        command = (sys.executable, "-m", "tests.bench.raw", url, QUEUE, str(count))
        child = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=-1, stdout=-1, start_new_session=True)
        assert child.stdout is not None
        try:
            await child.stdout.readline()
            begun = monotonic()
            async with asyncio.TaskGroup() as crowd:
                for turn in range(count):
                    await asyncio.sleep(max(0.0, begun + turn / rate - monotonic()))
                    crowd.create_task(_send(channel, f"{time.time():.6f}".encode().ljust(256)))
            result, _ = await child.communicate()
        finally:
            with suppress(ProcessLookupError):  # it has ended by itself, unless this was interrupted
                child.kill()
    if child.returncode:
        raise BenchError("The process that takes bare messages ended early.")
    found: list[float] = orjson.loads(result)
    return found


async def _take(url: str, name: str, count: int) -> list[float]:
    seconds: list[float] = []
    done = asyncio.Event()

    async def take(message: AbstractIncomingMessage) -> None:
        seconds.append(time.time() - float(message.body))
        await message.ack()
        if len(seconds) == count:
            done.set()

    async with _channel(url) as channel:
        await channel.set_qos(prefetch_count=PREFETCH)
        queue = await channel.get_queue(name)
        await queue.consume(take)
        print("ready", flush=True)
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await done.wait()
    return seconds


@asynccontextmanager
async def _channel(url: str) -> AsyncIterator[AbstractChannel]:
    async with await aio_pika.connect(url) as connection:
        yield await connection.channel(publisher_confirms=True)


async def _queue(channel: AbstractChannel) -> AbstractQueue:
    return await channel.declare_queue(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})


async def _send(channel: AbstractChannel, body: bytes) -> None:
    message = aio_pika.Message(body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
    await channel.default_exchange.publish(message, routing_key=QUEUE)


if __name__ == "__main__":
    print(orjson.dumps(uvloop.run(_take(sys.argv[1], sys.argv[2], int(sys.argv[3])))).decode())

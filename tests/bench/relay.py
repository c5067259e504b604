"""How fast committed events leave: the hop from commit to handled at a steady rate, and the draining of a full outbox.

For the hop, this process publishes in the place of orders, with the services' own unit of work and relay; the scheduler
consumes as usual. The draining is done by orders itself.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from deploy.stack import Stack
from shared.clock import monotonic
from shared.contracts.deadlines import DeadlineSet
from shared.db.unit_of_work import Database, UnitOfWork
from shared.ids import new_id
from shared.messaging.relay import Relay
from shared.messaging.topology import events_queue
from tests.bench.databases import Databases
from tests.bench.errors import BenchError
from tests.bench.listener import admin_url

LOOK_SECONDS = 0.02
TIMEOUT_SECONDS = 120.0
FAR = datetime(2100, 1, 1, tzinfo=UTC)

_FILL = """
insert into outbox (message_id, event, routing_key, subject, sequence, body, traceparent, correlation_id, happened_at)
select gen_random_uuid(), 'deadline.set', 'deadline.set', key, 1,
       json_build_object('owner', 'orders', 'key', key, 'subject', key, 'generation', 1, 'kind', 'D1',
                         'due_at', '2100-01-01T00:00:00.000Z'),
       '00-' || md5(key) || '-00f067aa0ba902b7-00', key, clock_timestamp()
from (select $1 || '-' || n as key from generate_series(1, $2::int) n) keys
"""
_SPEED = """
select count(*) / extract(epoch from max(at) - min(at))::float8
from (select pg_xact_commit_timestamp(xmin) as at from inbox where handled_at > $1) taken
"""


async def drain(stack: Stack, databases: Databases, count: int) -> float:
    """Events per second that orders publishes from an outbox of so many, into a queue that nobody empties yet."""
    await asyncio.to_thread(stack.stop, "scheduler")
    return await _publish(databases, "drain", count)


async def set_timers(stack: Stack, databases: Databases, count: int) -> float:
    """Timers per second that the scheduler sets from its full queue."""
    await asyncio.to_thread(stack.stop, "scheduler")
    await _purge(stack, events_queue("scheduler"))
    await _publish(databases, "set", count)
    begun, sql = await databases.now(), databases.of["scheduler"]
    await asyncio.to_thread(stack.start, "scheduler")
    end = monotonic() + TIMEOUT_SECONDS
    while await sql.fetchval("select count(*) from inbox where handled_at > $1", begun) < count:
        if monotonic() > end:
            raise BenchError("The scheduler does not empty its queue.")
        await asyncio.sleep(LOOK_SECONDS * 5)
    speed: float = await sql.fetchval(_SPEED, begun)
    return speed


async def hop(stack: Stack, databases: Databases, rate: int, seconds: float) -> list[float]:
    """Seconds from the writing of an event to the commit of its handling, at so many transactions per second."""
    async with _publisher(stack) as publisher:
        await _speak(publisher, rate, 1.0)  # pools fill, statements are prepared
        begun_at, begun = await databases.now(), monotonic()
        await _speak(publisher, rate, seconds)
        sql, count = databases.of["scheduler"], round(rate * seconds)
        while await sql.fetchval("select count(*) from inbox where handled_at > $1", begun_at) < count:
            if monotonic() - begun > TIMEOUT_SECONDS:
                raise BenchError("The scheduler does not keep up.")
            await asyncio.sleep(LOOK_SECONDS)
    return (await databases.hops(begun_at))["deadline.set"]


@asynccontextmanager
async def _publisher(stack: Stack) -> AsyncIterator[Database[UnitOfWork]]:
    """The outbox of orders with a relay of our own, while orders itself is stopped."""
    await asyncio.to_thread(stack.stop, "orders")
    settings = stack.service_env("orders")
    url, broker = settings["MARKET_DATABASE_URL"], settings["MARKET_BROKER_URL"]
    database, relay = Database(url, "orders", UnitOfWork), Relay("orders", url, broker)
    database.on_commit(relay.wake)
    running = asyncio.create_task(relay.run())
    try:
        yield database
    finally:
        running.cancel()
        await asyncio.wait({running})
        await database.close()
        await asyncio.to_thread(stack.start, "orders")


async def _speak(publisher: Database[UnitOfWork], rate: int, seconds: float) -> None:
    begun = monotonic()
    async with asyncio.TaskGroup() as crowd:
        for turn in range(round(rate * seconds)):
            await asyncio.sleep(max(0.0, begun + turn / rate - monotonic()))
            crowd.create_task(_commit_event(publisher))


async def _commit_event(publisher: Database[UnitOfWork]) -> None:
    key = f"hop-{new_id()}"
    async with publisher.transaction() as work:
        work.outbox.add(
            DeadlineSet(owner="orders", key=key, subject=key, generation=1, kind="D1", due_at=FAR + timedelta(days=1))
        )


async def _publish(databases: Databases, name: str, count: int) -> float:
    """Fill the outbox of orders in one transaction and answer how fast its relay empties it."""
    sql: asyncpg.Connection[Any] = databases.of["orders"]
    await sql.execute(_FILL, f"{name}-{new_id()}", count)
    begun, end = await databases.now(), monotonic() + TIMEOUT_SECONDS
    while await sql.fetchval("select exists (select from outbox where published_at is null)"):
        if monotonic() > end:
            raise BenchError("The relay of orders does not empty its outbox.")
        await asyncio.sleep(LOOK_SECONDS)
    last: datetime = await sql.fetchval("select max(published_at) from outbox where published_at >= $1", begun)
    return count / (last - begun).total_seconds()


async def _purge(stack: Stack, name: str) -> None:
    import aio_pika

    async with await aio_pika.connect(admin_url(stack)) as connection:
        channel = await connection.channel()
        await (await channel.get_queue(name, ensure=False)).purge()

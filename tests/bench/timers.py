"""How late timers fire, and how many per second, while a million others wait.

SQL puts them there, the scheduler fires them. Orders is stopped meanwhile; this process consumes its queue of
deadlines and notes when each one arrives.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import aio_pika
import asyncpg
import orjson
from aio_pika.abc import AbstractIncomingMessage

from deploy.stack import Stack
from shared.messaging.topology import deadlines_queue
from tests.bench import pgbench
from tests.bench.databases import Databases
from tests.bench.errors import BenchError
from tests.bench.listener import admin_url

CHUNK = 100_000
AHEAD_SECONDS = 2.5
TIMEOUT_SECONDS = 120.0

_COLUMNS = "timers (owner, key, subject, kind, generation, due_at, state)"
_PENDING = f"""
insert into {_COLUMNS} select 'orders', 'pending-' || n, 'pending-' || n, 'D3', 1,
       clock_timestamp() + interval '2 days' + random() * interval '28 days', 'pending'
from generate_series($1::int, $2::int) n
"""
_DUE = f"""
insert into {_COLUMNS} select 'orders', $1 || '-' || n, $1 || '-' || n, 'D3', 1,
       clock_timestamp() + make_interval(secs => $3::float8 + n * $4::float8), 'pending'
from generate_series(1, $2::int) n
"""
_INSERT = f"""
\\set i :i + 1
\\set key (:client_id + 1) * 1000000000000000 + :i
insert into {_COLUMNS} values ('orders', :key::text, :key::text, 'D3', 1, now() + interval '3 days', 'pending');
"""


@dataclass(slots=True)
class Arrivals:
    """Deadlines that arrived: when, and how late, in seconds."""

    at: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)

    async def on_message(self, message: AbstractIncomingMessage) -> None:
        """One arrived."""
        now = time.time()
        self.at.append(now)
        self.late.append(now - datetime.fromisoformat(orjson.loads(message.body)["due_at"]).timestamp())

    @property
    def per_second(self) -> float:
        """Between the first and the last."""
        return len(self.at) / (self.at[-1] - self.at[0])


async def insert_limit(stack: Stack, seconds: float) -> float:
    """Timers per second that pgbench inserts with eight clients."""
    file = pgbench.script(stack, "timers", [_INSERT])
    return await pgbench.run(stack, "scheduler", file, 8, "-T", str(max(1, round(seconds))))


async def fill(sql: "asyncpg.Connection[Any]", begin: int, end: int) -> None:
    """Let so many timers wait for days to come."""
    for first in range(begin, end, CHUNK):
        await sql.execute(_PENDING, first + 1, min(first + CHUNK, end))
    await sql.execute("vacuum analyze timers")


async def overdue(stack: Stack, databases: Databases, count: int) -> Arrivals:
    """So many that are due already: the scheduler fires as fast as it can."""
    return await _fired(stack, databases, "overdue", count, -1.0, 0.0)


async def steady(stack: Stack, databases: Databases, rate: int, seconds: float) -> Arrivals:
    """So many due in each second."""
    return await _fired(stack, databases, "steady", round(rate * seconds), AHEAD_SECONDS, 1 / rate)


async def at_once(stack: Stack, databases: Databases, count: int) -> Arrivals:
    """So many due at the same instant."""
    return await _fired(stack, databases, "at-once", count, AHEAD_SECONDS, 0.0)


async def _fired(stack: Stack, databases: Databases, name: str, count: int, ahead: float, step: float) -> Arrivals:
    async with _arriving(stack) as arrivals:
        await databases.of["scheduler"].execute(_DUE, f"{name}-{time.time_ns()}", count, ahead, step)
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                while len(arrivals.at) < count:
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise BenchError(f"Of {count} timers that were due only {len(arrivals.at)} fired.") from None
    return arrivals


@asynccontextmanager
async def _arriving(stack: Stack) -> AsyncIterator[Arrivals]:
    arrivals = Arrivals()
    async with await aio_pika.connect(admin_url(stack)) as connection:
        channel = await connection.channel()
        queue = await channel.get_queue(deadlines_queue("orders"), ensure=False)
        await queue.purge()
        await queue.consume(arrivals.on_message, no_ack=True)
        yield arrivals

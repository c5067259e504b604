"""The first command alone, beside the least that could answer it: FastAPI, asyncpg, two inserts, nothing else.

python -m tests.bench.place DSN PORT runs that least.
"""

import asyncio
import sys
from typing import Any

import asyncpg
import psutil
import uvicorn
import uvloop
from fastapi import FastAPI
from pydantic import BaseModel

from deploy.client.http import Request
from deploy.local.layout import ROOT
from deploy.stack import Stack
from shared.clock import monotonic
from tests.bench.errors import BenchError
from tests.bench.gateway import Gateway
from tests.bench.lifecycles import Load, Seen
from tests.bench.pgbench import limit_dsn
from tests.bench.processes import look

CLIENTS = 16
START_SECONDS = 15.0

_TABLES = """
create table if not exists bare_orders (id bigint generated always as identity primary key, listing_id text not null,
    quantity int not null, buyer text not null, placed_at timestamptz not null default clock_timestamp());
create table if not exists bare_outbox (id bigint generated always as identity primary key, body json not null);
"""


PLACE = Request("POST", "/", {"listing_id": "bench-listing-00", "quantity": 1}, {})


class Line(BaseModel):
    """The body of the bare service's request."""

    listing_id: str
    quantity: int


async def ours(stack: Stack, load: Load, seconds: float) -> tuple[float, float]:
    """Place at the orders service itself: requests per second, and CPU seconds of orders for each, relay included."""
    before, seen = look(stack), Seen()
    end = monotonic() + seconds

    async def client() -> None:
        while monotonic() < end:
            await load.place(seen)

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    after, count = look(stack), len(seen.seconds["place"])
    return count / (after.at - before.at), after.cpu_since(before)["orders"] / count


async def bare(stack: Stack, seconds: float) -> tuple[float, float]:
    """The same of the bare service."""
    port = _free_port()
    command = (sys.executable, "-m", "tests.bench.place", limit_dsn(stack, "orders"), str(port))
    child = await asyncio.create_subprocess_exec(*command, cwd=ROOT, start_new_session=True)
    gateway = Gateway(f"http://127.0.0.1:{port}", prefix="")
    try:
        await _until_up(gateway)
        process, count, end = psutil.Process(child.pid), 0, monotonic() + seconds
        used, begun = process.cpu_times(), monotonic()

        async def client() -> None:
            nonlocal count
            while monotonic() < end:
                await gateway.send(PLACE)
                count += 1

        await asyncio.gather(*(client() for _ in range(CLIENTS)))
        now = process.cpu_times()
        return count / (monotonic() - begun), (now.user + now.system - used.user - used.system) / count
    finally:
        await gateway.close()
        child.terminate()
        await child.wait()


async def _until_up(gateway: Gateway) -> None:
    end = monotonic() + START_SECONDS
    while True:
        try:
            await gateway.send(PLACE)
        except OSError:
            if monotonic() > end:
                raise BenchError("The bare service does not start.") from None
            await asyncio.sleep(0.05)
        else:
            return


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _serve(dsn: str, port: int) -> None:
    pool = await asyncpg.create_pool(dsn, min_size=10, max_size=10)
    app = FastAPI()
    async with pool.acquire() as sql:
        await sql.execute(_TABLES)

    @app.post("/")
    async def place(line: Line) -> dict[str, Any]:
        async with pool.acquire() as sql, sql.transaction():
            number = await sql.fetchval(
                "insert into bare_orders (listing_id, quantity, buyer) values ($1, $2, 'somebody') returning id",
                line.listing_id,
                line.quantity,
            )
            await sql.execute("insert into bare_outbox (body) values ($1)", line.model_dump_json())
        return {"number": number}

    config = uvicorn.Config(app, port=port, log_level="warning", access_log=False, http="httptools")
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    uvloop.run(_serve(sys.argv[1], int(sys.argv[2])))

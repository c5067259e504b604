"""Outages as tests use them: a fault that is always mended, a crowd that trades through it, and what is looked at."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
import httpx2

from deploy.client.http import over_http
from deploy.client.person import Person
from deploy.drill.client import Client
from deploy.drill.crowd import Crowd
from deploy.drill.faults import Fault
from deploy.drill.scenarios import SCENARIOS, Lifecycle, Scenario
from deploy.drill.tally import Tally
from deploy.local import readiness
from deploy.services import SERVICES
from deploy.stack import Stack
from shared.clock import monotonic
from tests.support.effort import SEED
from tests.support.plain import plain_client

LIVELY: Sequence[Scenario] = tuple(scenario for scenario in SCENARIOS if scenario.played == scenario.end)
"""Scenarios that end without a deadline: the clock of the test stack stands still."""
PAID_OUT = SCENARIOS[0]
LOOK_SECONDS = 0.1


@asynccontextmanager
async def suffering(stack: Stack, fault: Fault) -> AsyncIterator[None]:
    """Inside, the fault is there; afterwards it is mended, whatever happened."""
    await asyncio.to_thread(fault.begins, stack)
    try:
        yield
    finally:
        await asyncio.to_thread(fault.ends, stack)


@asynccontextmanager
async def crowd(
    stack: Stack, scenarios: Sequence[Scenario] = LIVELY, addresses: Mapping[str, list[str]] | None = None
) -> AsyncIterator[tuple[Crowd, Client]]:
    """Four pairs of buyers and sellers who have not begun to trade."""
    limits = httpx2.Limits(max_connections=20, keepalive_expiry=5)
    async with plain_client(limits=limits) as client:
        driver = Client(client, addresses or {"": [stack.url]}, Tally(), at_once=6)
        people = Crowd(driver, stack.layout, seed=1 + SEED, scenarios=scenarios)
        await people.arrives(4)
        yield people, driver


@asynccontextmanager
async def trading(people: Crowd, alive: int = 12) -> AsyncIterator[None]:
    """Inside, the crowd trades; afterwards every order that was begun has ended."""
    trade = asyncio.create_task(people.trades(alive))
    try:
        yield
        people.stops()
        await trade
    finally:
        people.stops()
        trade.cancel()
        with suppress(asyncio.CancelledError):
            await trade


def clock(client: httpx2.AsyncClient, stack: Stack, url: str) -> Person:
    """Who moves the sandbox clock, through the gateway or an instance of the scheduler at this address."""
    return Person(over_http(client, url), stack.layout.private_key)


def pids(stack: Stack) -> dict[str, int]:
    """The process of each service."""
    return {name: info.pid for name, info in stack.infos().items() if name in SERVICES}


async def wrong(stack: Stack) -> dict[str, Any]:
    """The faults in each service's readiness; none for a ready one."""
    found: dict[str, Any] = {}
    for name in SERVICES:
        status, text = await asyncio.to_thread(readiness.answer, stack.ports[name])
        if status != 200:
            found[name] = json.loads(text)["wrong"] if status else text
    return found


async def until_red(stack: Stack, seconds: float) -> dict[str, Any]:
    """Wait until the readiness of every service is red; returns the reasons."""
    until = monotonic() + seconds
    while (found := await wrong(stack)).keys() != set(SERVICES):
        assert monotonic() < until, f"after {seconds} s only these are not ready: {found}"
        await asyncio.sleep(LOOK_SECONDS)
    return found


async def until_green(stack: Stack, seconds: float) -> None:
    """Wait until the readiness of every service is green."""
    until = monotonic() + seconds
    while found := await wrong(stack):
        assert monotonic() < until, f"after {seconds} s these are not ready: {found}"
        await asyncio.sleep(LOOK_SECONDS)


async def proved(stack: Stack, people: Crowd) -> list[str]:
    """Everything has arrived everywhere; answers which orders and wallets are not as they were promised."""
    async with plain_client() as client:
        await clock(client, stack, stack.url).advances(by="PT0S")
    return await people.proves(expired=True)


async def last_published(stack: Stack) -> dict[str, int]:
    """The last outbox row of each service, published or not."""
    return {name: await count(stack, name, "select coalesce(max(id), 0) from outbox") for name in SERVICES}


async def until_status(lifecycle: Lifecycle, status: str, seconds: float) -> None:
    """Wait until the buyer sees this status."""
    until = monotonic() + seconds
    while (seen := await lifecycle.pair.buyer.status(lifecycle.number)) != status:
        assert monotonic() < until, f"{lifecycle.number} is {seen} after {seconds} s"
        await asyncio.sleep(LOOK_SECONDS)


async def until_published(stack: Stack, published: Mapping[str, int], seconds: float) -> None:
    """Wait until everything up to these events is published."""
    query = "select count(*) from outbox where published_at is null and id <= $1"
    until = monotonic() + seconds
    for name, last in published.items():
        while left := await count(stack, name, query, last):
            assert monotonic() < until, f"after {seconds} s {left} events of {name} are not published"
            await asyncio.sleep(LOOK_SECONDS)


async def count(stack: Stack, service: str, query: str, *values: object) -> int:
    """A number out of a service's database."""
    connection = await asyncpg.connect(stack.admin_dsn(service))
    try:
        return int(await connection.fetchval(query, *values))
    finally:
        await connection.close()


@asynccontextmanager
async def ledger_held(stack: Stack) -> AsyncIterator[asyncpg.Connection]:
    """Locks the ledger's entries during the block, or until that database session ends."""
    connection = await asyncpg.connect(stack.admin_dsn("payments"))
    try:
        await connection.execute("begin; lock table entries in share row exclusive mode")
        yield connection
    finally:
        connection.terminate()


async def until_waiting(connection: asyncpg.Connection, seconds: float) -> None:
    """Wait until a service waits for what this session holds."""
    waiting = "select count(*) from pg_locks where not granted and relation = 'entries'::regclass"
    until = monotonic() + seconds
    while not await connection.fetchval(waiting):
        assert monotonic() < until, f"nobody wants to write into the ledger after {seconds} s"
        await asyncio.sleep(LOOK_SECONDS)

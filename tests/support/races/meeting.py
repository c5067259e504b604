"""Several requests at once, in a random or in a known order.

Random: all start through one barrier, on connections of their own. Known: a row is locked, the contenders queue up
behind it in this order, and then it is released.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import asyncpg

from deploy.client.http import Answer
from shared.ids import new_id
from tests.support.market import Actor, Market
from tests.support.plain import plain_client

TIMEOUT_SECONDS = 120
LOOK_SECONDS = 0.002

Contender = Callable[[], Awaitable[Any]]
Got = TypeVar("Got")

_WAITING = """
with recursive waiting as materialized (
    select pid, pg_blocking_pids(pid) as blockers from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and application_name like 'holdfast-%'),
behind(pid) as (
    select $1::integer
    union select waiting.pid from waiting join behind on behind.pid = any(waiting.blockers))
select count(*) - 1 from behind
"""
_EXPIRY = """
insert into outbox (message_id, event, routing_key, subject, sequence, body, correlation_id, happened_at)
select $1::uuid, 'deadline.expired', 'deadline.expired.' || owner, key, generation,
       json_build_object('owner', owner, 'key', key, 'subject', subject, 'generation', generation, 'kind', kind,
                         'due_at', to_char(due_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')),
       $1::uuid::text, clock_timestamp()
from timers where owner = $3 and key = $2 and state = 'pending'
"""


class Hold:
    """A transaction of somebody else that holds rows."""

    def __init__(self, sql: "asyncpg.Connection[Any]", looking: "asyncpg.Connection[Any]") -> None:
        self.sql, self._looking = sql, looking

    async def waiting(self, count: int) -> None:
        """Until so many transactions of services wait for these rows, one behind the other."""
        await eventually(lambda: self._has_waiting(count))

    async def _has_waiting(self, count: int) -> bool:
        return bool(await self._looking.fetchval(_WAITING, self.sql.get_server_pid()) >= count)


@asynccontextmanager
async def held(market: Market, database: str, query: str, *values: object) -> AsyncIterator[Hold]:
    """Inside, the rows of the query are locked; then they are let go as they were (rolled back)."""
    dsn = market.stack.admin_dsn(database)
    async with market.client.connection(dsn) as sql, market.client.connection(dsn) as looking:
        transaction = sql.transaction()
        await transaction.start()
        try:
            assert await sql.fetch(f"{query} for update", *values), "there is nothing to hold"
            yield Hold(sql, looking)
        finally:
            await transaction.rollback()


async def in_line(
    market: Market, database: str, query: str, values: tuple[object, ...], *contenders: Contender
) -> list[Any]:
    """What the contenders get who queue up behind the held rows, in this order."""
    async with held(market, database, query, *values) as hold:
        requests = []
        for place, contender in enumerate(contenders, 1):
            requests.append(asyncio.ensure_future(contender()))
            queued = asyncio.ensure_future(hold.waiting(place))
            await asyncio.wait({queued, requests[-1]}, return_when=asyncio.FIRST_COMPLETED)
            if requests[-1].done():
                requests[-1].result()
            await queued
    return list(await asyncio.gather(*requests))


async def at_once(market: Market, *contenders: Callable[[Market], Awaitable[Got]]) -> list[Got]:
    """What contenders get who start together, each on a warm connection of its own."""
    barrier = asyncio.Barrier(len(contenders))

    async def start(contender: Callable[[Market], Awaitable[Got]]) -> Got:
        async with plain_client() as client:
            own = Market(market.stack, client)
            await own.nobody.gets("/payment-methods")
            await barrier.wait()
            return await contender(own)

    return list(await asyncio.gather(*(start(contender) for contender in contenders)))


def elsewhere(actor: Actor, market: Market) -> Actor:
    """The same person in another session."""
    twin = Actor(market, "", (), {})
    twin.name, twin.headers = actor.name, actor.headers
    return twin


async def expiry(market: Market, key: str, owner: str = "orders") -> None:
    """Publish the expiry notification of this order, or of another owner's key, whatever the time."""
    await market.sql("scheduler", _EXPIRY, new_id(), key, owner)


async def eventually(look: Callable[[], Awaitable[bool]]) -> None:
    """Wait until this is true."""
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while not await look():
            await asyncio.sleep(LOOK_SECONDS)


def outcome(answer: Answer) -> str:
    """ "ok" or the refusal's code; any other answer fails."""
    assert answer.status < 500, answer.body
    return answer.code or "ok"

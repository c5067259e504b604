"""The time that decides is read under the lock: not before the moment at which whoever held it before let it go."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.orders.unit_of_work import OrdersWork
from services.payments.unit_of_work import PaymentsWork
from shared.db.unit_of_work import Database
from tests.scenarios.steps import placed
from tests.support.market import Market
from tests.support.races.meeting import held

Lock = Callable[[Any, Any], Awaitable[datetime]]


async def order(work: OrdersWork, number: str) -> datetime:
    locked = await work.orders.lock(number)
    assert locked is not None
    return locked.at


async def listing(work: OrdersWork, listing_id: str) -> datetime:
    _, at = await work.listings.lock_offers([listing_id])
    assert at is not None
    return at


async def payment(work: PaymentsWork, number: str) -> datetime:
    locked = await work.payments.lock(number)
    assert locked is not None
    return locked.at


async def unmatched(work: PaymentsWork, item: UUID) -> datetime:
    found = await work.captures.lock_unmatched(item)
    assert found is not None
    return found[1]


WORK: dict[str, type[Any]] = {"orders": OrdersWork, "payments": PaymentsWork}
LOCKS = (
    ("orders", "orders", "number", order),
    ("orders", "listings", "listing_id", listing),
    ("payments", "payments", "number", payment),
    ("payments", "unmatched_items", "id", unmatched),
)


@pytest.fixture
async def keys(market: Market) -> dict[str, Any]:
    """Something to lock in each table."""
    made = await placed(market)
    attempt = (await market.buyer.attempts(made["payment_number"])).ok()
    await market.buyer.captures(attempt["attempt_id"], amount={"amount": 60_00, "currency": "MYR"})
    query = "select id from unmatched_items where payment_number = $1"
    (item,) = await market.sql("payments", query, made["payment_number"])
    found = {"orders": made["number"], "listings": made["listing_id"], "payments": made["payment_number"]}
    return {**found, "unmatched_items": item["id"]}


@pytest.mark.parametrize(("database", "table", "key", "lock"), LOCKS, ids=[each[1] for each in LOCKS])
class TestSomebodyHeldItBefore:
    async def test_and_rolled_back_while_the_clock_was_moved(
        self, market: Market, keys: dict[str, Any], database: str, table: str, key: str, lock: Lock
    ) -> None:
        later = await self._now(market, database) + timedelta(hours=1)
        async with self._waits(market, database, table, key, keys[table], lock) as waiting:
            await market.sql(database, "update clock set frozen_at = $1", later)
        assert await waiting == later
        await market.advances({"by": "PT1H"})

    async def test_and_rolled_back_while_the_clock_runs(
        self, market: Market, keys: dict[str, Any], database: str, table: str, key: str, lock: Lock
    ) -> None:
        await market.advances({"run": True})
        async with self._waits(market, database, table, key, keys[table], lock) as waiting:
            released_at = await self._now(market, database)
        assert await waiting >= released_at
        await market.settles()

    async def _now(self, market: Market, database: str) -> datetime:
        (row,) = await market.sql(database, "select market_now() as now")
        now: datetime = row["now"]
        return now

    @asynccontextmanager
    async def _waits(
        self, market: Market, database: str, table: str, key: str, value: Any, lock: Lock
    ) -> AsyncIterator[Awaitable[datetime]]:
        """Inside, somebody holds the row and another waits for it; afterwards the first has rolled back."""
        own = Database(market.stack.admin_dsn(database), database, WORK[database])

        async def wait() -> datetime:
            async with own.transaction() as work:
                return await lock(work, value)

        try:
            async with held(market, database, f"select * from {table} where {key} = $1", value) as hold:
                waiting = asyncio.ensure_future(wait())
                await hold.waiting(1)
                yield waiting
            await waiting
        finally:
            await own.close()

"""PostgreSQL restarts under commands: 503 and come again, never 500; the same processes go on when it is back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from deploy.drill.faults import DATABASE_KILLED, DATABASE_STOPPED, Fault
from deploy.drill.tally import NOT_YET, Tally
from deploy.services import SERVICES
from deploy.stack import Stack
from tests.scenarios.steps import delivered
from tests.support.effort import EFFORT
from tests.support.market import Market
from tests.support.outages.system import (
    PAID_OUT,
    crowd,
    ledger_held,
    pids,
    proved,
    suffering,
    trading,
    until_green,
    until_red,
    until_waiting,
)

BACK_SECONDS = 60
BUSY = 40
"""So many accepted commands show that everybody is at work."""
ROUNDS = range(5 if EFFORT > 1 else 1)


class TestPostgresRestartsUnderCommands:
    @pytest.mark.parametrize("fault", [DATABASE_STOPPED, DATABASE_KILLED], ids=["stopped", "killed"])
    @pytest.mark.parametrize("round_", ROUNDS)
    async def test_callers_get_503_with_retry_after_and_nothing_is_doubled(
        self, stack: Stack, fault: Fault, round_: int
    ) -> None:
        before = pids(stack)
        async with crowd(stack) as (people, driver):
            async with trading(people):
                await until_busy(driver.tally)
                async with suffering(stack, fault):
                    await until_turned_away(driver.tally)
                await until_green(stack, BACK_SECONDS)
                await until_busy(driver.tally)
            assert set(driver.tally.by_status()) <= {"200", "201", "202", "404", "409", "503", NOT_YET}
            assert driver.tally.wrong == []
            assert await proved(stack, people) == []
        assert pids(stack) == before


class TestAMessageIsInFlightWhenPostgresDies:
    async def test_it_stays_in_flight_and_is_handled_afterwards(self, stack: Stack) -> None:
        before = pids(stack)
        async with crowd(stack, [PAID_OUT]) as (people, driver):
            lifecycle = people.begins(people.pairs[0])
            await lifecycle.begin(driver)
            await lifecycle.step(driver)
            async with ledger_held(stack) as connection:
                await people.ends(lifecycle)
                await until_waiting(connection, BACK_SECONDS)
                async with suffering(stack, DATABASE_KILLED):
                    pass
            await until_green(stack, BACK_SECONDS)
            assert await proved(stack, people) == []
        assert pids(stack) == before


class TestADatabaseThatOnlyReads:
    async def test_every_service_is_red_at_once_and_green_when_it_writes_again(self, market: Market) -> None:
        stack, order = market.stack, await delivered(market)
        confirm = f"/orders/{order['number']}/confirm"
        async with only_reading(stack):
            found = await until_red(stack, 5)
            refused = await market.buyer.posts(confirm, key="the same")
            assert (await market.buyer.sees(order["number"]))["status"] == "waiting_confirmation"
        assert {name: list(checks) for name, checks in found.items()} == {name: ["database"] for name in SERVICES}
        assert (refused.status, refused.code) == (503, "unavailable")
        await until_green(stack, BACK_SECONDS)
        (await market.buyer.posts(confirm, key="the same")).ok()


@asynccontextmanager
async def only_reading(stack: Stack) -> AsyncIterator[None]:
    """Inside, PostgreSQL takes no write of any service, also in sessions that exist."""
    connection = await asyncpg.connect(stack.admin_dsn(), server_settings={"default_transaction_read_only": "off"})
    try:
        await connection.execute("alter system set default_transaction_read_only = on")
        await connection.execute("select pg_reload_conf()")
        yield
    finally:
        await connection.execute("alter system reset default_transaction_read_only")
        await connection.execute("select pg_reload_conf()")
        await connection.close()


async def until_busy(tally: Tally) -> None:
    """Until the crowd has done some more."""
    wanted = tally.accepted + BUSY
    async with asyncio.timeout(120):
        while tally.accepted < wanted:
            await asyncio.sleep(0.05)


async def until_turned_away(tally: Tally) -> None:
    """Until callers have noticed."""
    async with asyncio.timeout(120):
        while tally.turned_away < 5:
            await asyncio.sleep(0.05)

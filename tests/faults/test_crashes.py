"""A service is killed while people sell, pay and confirm; its supervisor starts it again, and nobody notices."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from deploy.services import SERVICES
from deploy.stack import Stack
from tests.support.crash.retrying import RetryingMarket
from tests.support.effort import EFFORT
from tests.support.plain import plain_client
from tests.support.proof import prove_books
from tests.support.scenarios.ending import check
from tests.support.scenarios.orders import sale

SALES_AT_ONCE = 2 if EFFORT == 1 else 4


@pytest.fixture
async def markets(stack: Stack) -> AsyncIterator[list[RetryingMarket]]:
    async with plain_client() as client:
        yield [RetryingMarket(stack, client) for _ in range(SALES_AT_ONCE)]


@pytest.mark.parametrize("service", SERVICES * EFFORT)
class TestAServiceIsKilledWhileOrdersAreUnderWay:
    async def test_every_order_is_completed_exactly_once(
        self, stack: Stack, markets: list[RetryingMarket], service: str
    ) -> None:
        sales = [asyncio.ensure_future(sale(market)) for market in markets]
        async with asyncio.timeout(60):
            while not any(len(market.sent) > 5 for market in markets):
                await asyncio.sleep(0.01)
        await asyncio.to_thread(stack.signal, service, "KILL")
        for market, ending in zip(markets, await asyncio.gather(*sales), strict=True):
            await check(market, ending)
            await market.repeat_all()
            await check(market, ending)
        await asyncio.to_thread(stack.wait, service)
        await prove_books(stack)

"""Fixtures that every kind of test may ask for; nothing is started unless a test asks."""

from collections.abc import AsyncIterator, Iterator

import httpx2
import pytest

from deploy.local.stack import Stack
from tests.support.market import Market
from tests.support.stacks import running_stack


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The running stack of this test run."""
    with running_stack() as running:
        yield running


@pytest.fixture
async def market(stack: Stack) -> AsyncIterator[Market]:
    """The marketplace at this test's own T0, with a new buyer and a new seller."""
    async with httpx2.AsyncClient() as client:
        market = Market(stack, client)
        await market.starts()
        yield market
        await market.closes_cases()

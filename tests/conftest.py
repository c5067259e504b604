"""Fixtures that every kind of test may ask for; nothing is started unless a test asks. Chance begins with SEED."""

from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import settings

from deploy.stack import Stack
from tests.support.effort import EFFORT, SEED
from tests.support.market import Market
from tests.support.plain import plain_client
from tests.support.stacks import running_stack

EXAMPLES = 50 if EFFORT == 1 else 150
"""Of a hypothesis test that asks for no other number."""


def pytest_configure(config: pytest.Config) -> None:
    """Hypothesis draws the same examples in every run; with another SEED others, which that seed repeats."""
    if SEED:
        config.option.hypothesis_seed = SEED
    settings.register_profile("house", derandomize=not SEED, deadline=None, database=None, max_examples=EXAMPLES)
    settings.load_profile("house")


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The running stack of this test run."""
    with running_stack() as running:
        yield running


@pytest.fixture
async def market(stack: Stack) -> AsyncIterator[Market]:
    """The marketplace at this test's own T0, with a new buyer and a new seller."""
    async with plain_client() as client:
        market = Market(stack, client)
        await market.starts()
        yield market
        await market.closes_cases()

"""The market under attack: one for all tests of a file, because an attack that changes nothing leaves it as it was."""

from collections.abc import AsyncIterator, Iterator

import pytest

from deploy.stack import Stack
from tests.support.malicious.gateway import LOW, second_gateway
from tests.support.malicious.ground import Ground, prepared
from tests.support.market import Market
from tests.support.plain import plain_client


@pytest.fixture(scope="module")
async def ground(stack: Stack) -> AsyncIterator[Ground]:
    """A market with an attacker who has a token, a signature and a finished order."""
    async with plain_client() as client:
        market = Market(stack, client)
        await market.starts()
        yield await prepared(market)


@pytest.fixture(scope="session")
def strict_gateway(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """Another gateway before the same services, with low limits."""
    with second_gateway(stack, tmp_path_factory.mktemp("gateway"), LOW) as address:
        yield address

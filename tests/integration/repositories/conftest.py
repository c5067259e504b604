"""Every test here runs twice: on the storage in memory, and on PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from deploy.stack import Stack
from tests.integration.repositories.storage import T0, InMemory, OnPostgres, Storage, make_databases


@pytest.fixture(scope="session")
def databases(stack: Stack) -> Stack:
    """The stack, with databases of these tests' own."""
    with asyncio.Runner() as runner:
        runner.run(make_databases(stack))
    return stack


@pytest.fixture(params=["memory", "postgres"])
def chosen(request: pytest.FixtureRequest) -> Storage:
    """One of the two; the server is started only for the second."""
    return InMemory() if request.param == "memory" else OnPostgres(request.getfixturevalue("databases"))


@pytest.fixture
async def storage(chosen: Storage) -> AsyncIterator[Storage]:
    """The storage, with its clocks at T0."""
    await chosen.at(T0)
    yield chosen
    await chosen.close()

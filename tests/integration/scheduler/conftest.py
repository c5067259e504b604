"""Schedulers and a played owner of deadlines, inside the test's own event loop, on real servers."""

from collections.abc import AsyncIterator, Iterator

import pytest

from deploy.local.plan import Plan
from tests.integration.scheduler.servers import empty, make_databases, running_servers
from tests.integration.scheduler.world import World

SERVICES = ("scheduler", "orders")


@pytest.fixture(scope="package")
def servers() -> Iterator[Plan]:
    """Stopped after the last of these tests: the others have a stack of their own."""
    with running_servers() as plan:
        yield plan


@pytest.fixture(scope="package")
async def databases(servers: Plan) -> Plan:
    await make_databases(servers, ("orders",))
    return servers


@pytest.fixture(scope="class")
async def refusing(databases: Plan) -> AsyncIterator[World]:
    """A scheduler alone, one for all tests of a class: it is asked only for what it refuses."""
    await empty(databases, SERVICES)
    world = World(databases)
    try:
        await world.scheduler(services="scheduler")
        yield world
    finally:
        await world.ends()


@pytest.fixture
async def world(databases: Plan) -> AsyncIterator[World]:
    """Empty databases and queues; the test starts the instances that it needs."""
    await empty(databases, SERVICES)
    world = World(databases)
    try:
        yield world
    finally:
        await world.ends()

"""RabbitMQ is away, frozen or out of memory: commands go on, and their events are consumed once it is back."""

import asyncio

import pytest

from deploy.drill.client import Client
from deploy.drill.crowd import Crowd
from deploy.drill.faults import BROKER_FROZEN, BROKER_KILLED, BROKER_STARVED, BROKER_STOPPED, Fault
from deploy.drill.scenarios import Lifecycle
from deploy.stack import Stack
from tests.support.effort import EFFORT
from tests.support.outages.system import (
    PAID_OUT,
    crowd,
    last_published,
    pids,
    proved,
    suffering,
    trading,
    until_green,
    until_published,
    until_red,
)

AWAY = [BROKER_KILLED, BROKER_STOPPED] if EFFORT > 1 else [BROKER_KILLED]
AWAY_SECONDS = 30 if EFFORT > 1 else 5
RED_SECONDS = 45
DRAIN_SECONDS = 60


class TestTheBrokerIsAway:
    @pytest.mark.parametrize("fault", AWAY, ids=["killed", "stopped"][: len(AWAY)])
    async def test_commands_go_on_and_every_event_is_consumed_once_it_is_back(self, stack: Stack, fault: Fault) -> None:
        before = pids(stack)
        async with crowd(stack) as (people, driver):
            paid = await some_paid(people, driver, 8)
            async with trading(people, alive=8):
                async with suffering(stack, fault):
                    await asyncio.gather(
                        asyncio.sleep(AWAY_SECONDS), *(end_slowly(lifecycle, driver) for lifecycle in paid)
                    )
                    published = await last_published(stack)
                await until_published(stack, published, DRAIN_SECONDS)
                await until_green(stack, DRAIN_SECONDS)
            assert driver.tally.turned_away == 0
            assert driver.tally.wrong == []
            assert await proved(stack, people) == []
        assert pids(stack) == before


class TestTheBrokerAnswersNothing:
    async def test_frozen_it_is_noticed_and_no_loop_dies_of_it(self, stack: Stack) -> None:
        await noticed_and_survived(stack, BROKER_FROZEN)

    async def test_without_memory_it_is_noticed_and_no_loop_dies_of_it(self, stack: Stack) -> None:
        await noticed_and_survived(stack, BROKER_STARVED)


async def noticed_and_survived(stack: Stack, fault: Fault) -> None:
    """Readiness turns red in time and green again, everything is published, and the same processes run."""
    before = pids(stack)
    async with crowd(stack) as (people, driver):
        paid = await some_paid(people, driver, 4)
        async with trading(people, alive=4):
            async with suffering(stack, fault):
                red = asyncio.create_task(until_red(stack, RED_SECONDS))
                await asyncio.gather(*(end_slowly(lifecycle, driver) for lifecycle in paid))
                why = await red
                published = await last_published(stack)
            await until_published(stack, published, DRAIN_SECONDS)
            await until_green(stack, DRAIN_SECONDS)
        assert all("consumer" in each for each in why.values())
        assert driver.tally.turned_away == 0
        assert driver.tally.wrong == []
        assert await proved(stack, people) == []
    assert pids(stack) == before


async def some_paid(people: Crowd, driver: Client, count: int) -> list[Lifecycle]:
    """Orders that are paid, so that what is left to do needs no other service."""
    lifecycles: list[Lifecycle] = []
    while len(lifecycles) < count:
        lifecycle = people.begins(people.pairs[len(lifecycles) % len(people.pairs)])
        lifecycle.scenario = PAID_OUT
        await lifecycle.begin(driver)
        await lifecycle.step(driver)
        lifecycles.append(lifecycle)
    return lifecycles


async def end_slowly(lifecycle: Lifecycle, driver: Client) -> None:
    """Deliver and confirm, with a pause for thought."""
    while not lifecycle.over:
        await lifecycle.step(driver)
        await asyncio.sleep(0.5)

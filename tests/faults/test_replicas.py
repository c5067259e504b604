"""Two instances of every service at once; one of them freezes while it holds rows, locks and messages."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import httpx2
import pytest

from deploy.drill.scenarios import SCENARIOS
from deploy.stack import Stack
from shared.db.unit_of_work import Database, UnitOfWork
from shared.db.watchdog import end_abandoned
from tests.support.effort import EFFORT
from tests.support.outages.replicas import Replica, left_preparing, replica
from tests.support.outages.system import LIVELY, clock, count, crowd, proved, trading, until_status
from tests.support.plain import plain_client

END_SECONDS = 60
"""Longer than a frozen instance can hold anything: its database session ends after 10 s, its broker's after 30 s."""
DISPUTED = next(scenario for scenario in SCENARIOS if "decide" in scenario.steps)
NOBODY_PAYS = next(scenario for scenario in SCENARIOS if scenario.played == "waiting_payment")
Points = dict[str, tuple[str, str]]
EVERYDAY: Points = {
    "orders": ("relay", "order.completed"),
    "payments": ("handler", "order.completed"),
    "scheduler": ("handler", "deadline.withdrawn"),
    "disputes": ("handler", "order.completed"),
    "chat": ("handler", "order.completed"),
}
OTHERS: Points = {
    "orders": ("handler", "payment.confirmed"),
    "payments": ("relay", "escrow.refunded"),
    "scheduler": ("handler", "deadline.set"),
    "disputes": ("relay", "dispute.opened"),
    "chat": ("handler", "dispute.requested"),
}
ROLES = ["api", "worker"] if EFFORT > 1 else ["api"]
POINTS = [EVERYDAY, OTHERS] if EFFORT > 1 else [EVERYDAY]


class TestOneOfTwoFreezes:
    @pytest.mark.parametrize("points", POINTS, ids=["everyday", "others"][: len(POINTS)])
    async def test_the_other_ends_every_order_and_nothing_is_doubled_when_it_thaws(
        self, stack: Stack, points: Points
    ) -> None:
        async with two_of_each(stack, points) as frozen:
            urls = [stack.url, frozen["orders"].url]
            addresses = {"": [stack.url], "checkouts": urls, "orders": urls}
            scenarios = LIVELY if points is EVERYDAY else [DISPUTED]
            async with crowd(stack, scenarios, addresses) as (people, driver):
                async with asyncio.timeout(END_SECONDS), trading(people):
                    balancer = asyncio.create_task(taken_out(urls, frozen["orders"]))
                    await asyncio.gather(balancer, *(each.until_frozen(END_SECONDS) for each in frozen.values()))
                assert all(each.frozen for each in frozen.values())
                assert await proved(stack, people) == []
                for each in frozen.values():
                    each.thaws()
                    await each.until_ready()
                assert await proved(stack, people) == []
                assert driver.tally.wrong == []


class TestASchedulerFreezesWhileItFires:
    async def test_the_other_fires_instead_and_nothing_fires_twice(self, stack: Stack) -> None:
        async with crowd(stack, [NOBODY_PAYS]) as (people, _), plain_client() as client:
            for pair in people.pairs:
                await people.ends(people.begins(pair))
            await clock(client, stack, stack.url).advances(by="PT1H", fire=False)
            async with replica(stack, "scheduler", "timer_dispatcher") as second:
                await asyncio.to_thread(stack.stop, "scheduler")
                running = asyncio.create_task(clock(client, stack, second.url).advances(run=True))
                await second.until_frozen(END_SECONDS)
                await asyncio.to_thread(stack.start, "scheduler")
                for lifecycle in people.lifecycles:
                    await until_status(lifecycle, "expired", END_SECONDS)
                assert second.frozen
                second.thaws()
                with suppress(httpx2.HTTPError):
                    await running
                await second.until_ready()
                assert await proved(stack, people) == []
            for lifecycle in people.lifecycles:
                published = "select count(*) from outbox where event = 'deadline.expired' and subject = $1"
                assert await count(stack, "scheduler", published, lifecycle.number) == 1


class TestTheWorkIsSplit:
    @pytest.mark.parametrize("role", ROLES)
    async def test_an_instance_with_one_role_is_ready(self, stack: Stack, role: str) -> None:
        async with replica(stack, "payments", role=role) as second, plain_client() as client:
            answer = (await client.get(f"{second.url}/readyz")).json()
            assert (answer["ready"], answer["wrong"]) == (True, {})


class TestASessionStandsBetweenPreparingAndExecuting:
    async def test_postgres_lets_it_hold_its_locks_and_the_watchdog_does_not(self, stack: Stack) -> None:
        url, free = stack.service_env("payments")["MARKET_DATABASE_URL"], "select pg_try_advisory_lock_shared(4711)"
        database = Database(url, "payments", UnitOfWork)
        async with left_preparing(stack, "payments", 4711):
            async with asyncio.timeout(END_SECONDS):
                while not await end_abandoned(database, seconds=1):
                    assert not await count(stack, "payments", free)
                while not await count(stack, "payments", free):
                    await asyncio.sleep(0.05)
        await database.close()


async def taken_out(urls: list[str], instance: Replica) -> None:
    """What a load balancer does: nobody is sent to an instance that does not answer."""
    await instance.until_frozen(END_SECONDS)
    urls.remove(instance.url)


@asynccontextmanager
async def two_of_each(stack: Stack, points: Points) -> AsyncIterator[dict[str, Replica]]:
    """Inside, a second instance of each service runs and will freeze at its point; the first gave it the relay."""
    async with AsyncExitStack() as stacked:
        entered = [stacked.enter_async_context(replica(stack, name, *point)) for name, point in points.items()]
        frozen = {each.service: each for each in await asyncio.gather(*entered)}
        for name in (name for name, (point, _) in points.items() if point == "relay"):
            await asyncio.to_thread(stack.restart, name)
        yield frozen

"""Two instances of every service at once; one of them freezes while it holds rows, locks and messages."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import httpx2

from deploy.drill.clock import advance
from deploy.drill.lives import STORIES
from deploy.local.stack import Stack
from shared.db.unit_of_work import Database, UnitOfWork
from shared.db.watchdog import end_abandoned
from tests.support.outages import count, crowd, proved, trading, until_status
from tests.support.outages_replicas import Replica, left_preparing, replica

END_SECONDS = 60
"""Longer than a frozen instance can hold anything: its database session ends after 10 s, its broker's after 30 s."""
NOBODY_PAYS = next(story for story in STORIES if story.rest == "waiting_payment")
POINTS = {
    "orders": ("relay", "order.completed"),
    "payments": ("handler", "order.completed"),
    "scheduler": ("handler", "deadline.withdrawn"),
    "disputes": ("handler", "order.completed"),
}


class TestOneOfTwoFreezes:
    async def test_the_other_ends_every_life_and_nothing_is_doubled_when_it_thaws(self, stack: Stack) -> None:
        async with two_of_each(stack) as frozen:
            urls = [stack.url, frozen["orders"].url]
            addresses = {"": [stack.url], "checkouts": urls, "orders": urls}
            async with crowd(stack, addresses=addresses) as (people, asker):
                async with asyncio.timeout(END_SECONDS), trading(people):
                    await asyncio.gather(*(each.until_frozen(END_SECONDS) for each in frozen.values()))
                    urls.remove(frozen["orders"].url)
                assert all(each.frozen for each in frozen.values())
                assert await proved(stack, people) == []
                for each in frozen.values():
                    each.thaws()
                    await each.until_ready()
                assert await proved(stack, people) == []
                assert asker.tally.wrong == []


class TestASchedulerFreezesWhileItRings:
    async def test_the_other_rings_instead_and_nothing_rings_twice(self, stack: Stack) -> None:
        async with crowd(stack, [NOBODY_PAYS]) as (people, asker), httpx2.AsyncClient() as client:
            for pair in people.pairs:
                await people.ends(people.begins(pair))
            await advance(client, stack.url, by="PT1H", fire=False)
            async with replica(stack, "scheduler", "ringer") as second:
                await asyncio.to_thread(stack.stop, "scheduler")
                running = asyncio.create_task(advance(client, second.url, run=True))
                await second.until_frozen(END_SECONDS)
                await asyncio.to_thread(stack.start, "scheduler")
                for life in people.lives:
                    await until_status(asker, life, "expired", END_SECONDS)
                assert second.frozen
                second.thaws()
                with suppress(httpx2.HTTPError):
                    await running
                await second.until_ready()
                assert await proved(stack, people) == []
            for life in people.lives:
                said = "select count(*) from outbox where event = 'deadline.expired' and subject = $1"
                assert await count(stack, "scheduler", said, life.number) == 1


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


@asynccontextmanager
async def two_of_each(stack: Stack) -> AsyncIterator[dict[str, Replica]]:
    """Inside, a second instance of each service runs and will freeze at its point; that of orders has the relay."""
    async with AsyncExitStack() as stacked:
        entered = [stacked.enter_async_context(replica(stack, name, *point)) for name, point in POINTS.items()]
        frozen = {each.service: each for each in await asyncio.gather(*entered)}
        await asyncio.to_thread(stack.restart, "orders")
        yield frozen

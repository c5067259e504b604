"""Many messages in flight: one transaction for those of one kind, still once each, none lost for another's fault."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from deploy.stack import Stack
from services.scheduler.subscribers import subscribers
from services.scheduler.unit_of_work import SchedulerWork
from shared.contracts.deadlines import DeadlineSet
from shared.db.unit_of_work import Database
from shared.ids import new_id
from shared.messaging.inbox import Inbox, Incoming, Outcome

DUE = datetime(2100, 1, 1, tzinfo=UTC)


class InFlight:
    """An inbox of the scheduler's, without a broker before it, and the keys that it consumed."""

    def __init__(self, database: Database[SchedulerWork]) -> None:
        self.database, self.run = database, str(new_id())
        self.inbox = Inbox(database, subscribers)

    async def take(self, number: int, owner: str = "orders") -> Outcome:
        """The message with this number; the same number is the same message."""
        key = f"together-{self.run}-{number}"
        event = DeadlineSet(owner=owner, key=key, subject=key, generation=1, kind="D3", due_at=DUE)
        headers = {"ce-type": event.name}
        return await self.inbox.take(Incoming("scheduler.events", key, event.model_dump_json().encode(), headers))

    async def found(self, query: str) -> int:
        """How many rows of this run there are."""
        async with self.database.transaction() as work:
            count: int = await work.sql.fetchval(query, f"together-{self.run}-%")
        return count

    async def timers(self) -> int:
        """How many timers were set."""
        return await self.found("select count(*) from timers where key like $1 and state = 'pending'")

    async def commits(self) -> int:
        """In how many transactions they were taken."""
        return await self.found("select count(distinct xmin::text) from inbox where message_id like $1")


@pytest.fixture
async def in_flight(stack: Stack) -> AsyncIterator[InFlight]:
    url = stack.service_env("scheduler")["MARKET_DATABASE_URL"]
    database = Database(url, "scheduler", SchedulerWork, 10)
    held = InFlight(database)
    yield held
    async with database.transaction() as work:
        for table, column in (("timers", "key"), ("inbox", "message_id"), ("kept_messages", "message_id")):
            await work.sql.execute(f"delete from {table} where {column} like $1", f"together-{held.run}-%")
    await database.close()


class TestManyMessagesInFlight:
    async def test_share_transactions_and_act_once_each(self, in_flight: InFlight) -> None:
        outcomes = await asyncio.gather(*(in_flight.take(number % 60) for number in range(80)))
        assert (outcomes.count(Outcome.HANDLED), outcomes.count(Outcome.DUPLICATE)) == (60, 20)
        assert await in_flight.timers() == 60
        assert await in_flight.commits() < 20

    async def test_of_which_one_is_nonsense_lose_only_that_one(self, in_flight: InFlight) -> None:
        outcomes = await asyncio.gather(
            *(in_flight.take(number, "nobody" if number == 30 else "orders") for number in range(60))
        )
        assert [number for number, each in enumerate(outcomes) if each is Outcome.PARKED] == [30]
        assert outcomes.count(Outcome.HANDLED) == 59
        assert await in_flight.timers() == 59

    async def test_that_were_taken_before_are_duplicates_in_one_batch(self, in_flight: InFlight) -> None:
        await asyncio.gather(*(in_flight.take(number) for number in range(40)))
        assert set(await asyncio.gather(*(in_flight.take(number) for number in range(40)))) == {Outcome.DUPLICATE}

"""An event leaves only when it is confirmed, and a message is gone only when it is handled or kept."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import aio_pika
import asyncpg

from shared.contracts.deadlines import DeadlineExpired
from shared.db.unit_of_work import UnitOfWork
from shared.messaging.topology import EVENTS_EXCHANGE, VHOST, events_queue
from tests.integration.scheduler.servers import app_dsn
from tests.integration.scheduler.world import World, a_set, until

DUE = datetime(2100, 3, 2, tzinfo=UTC)
PAST = datetime(2020, 3, 2, tzinfo=UTC)
WAITS = "select error from outbox where published_at is null and error is not null"
EARLY = """
insert into outbox (message_id, event, routing_key, subject, sequence, body, correlation_id, happened_at)
values (gen_random_uuid(), 'deadline.set', 'deadline.set', 'early', 1, $1, 'c', now())
"""
WAITING = EARLY.replace("happened_at)", "happened_at, retry_at)").replace("now())", "now(), now() + interval '1 hour')")


@asynccontextmanager
async def channel(world: World) -> AsyncIterator[aio_pika.abc.AbstractChannel]:
    """The broker as its administrator."""
    user, secret = "admin", world.plan.passwords.password("broker_admin")
    connection = await aio_pika.connect(f"amqp://{user}:{secret}@127.0.0.1:{world.plan.ports['amqp']}/{VHOST}")
    try:
        yield await connection.channel()
    finally:
        await connection.close()


class TestWhatLeaves:
    async def test_a_publish_that_comes_back_stays_with_its_fault_until_somebody_is_bound(self, world: World) -> None:
        await world.owner()
        await world.scheduler()
        async with channel(world) as admin:
            queue = await admin.get_queue(events_queue("scheduler"), ensure=False)
            await queue.unbind(EVENTS_EXCHANGE, "deadline.set")
            try:
                await world.publish(a_set("K1", DUE))
                (waiting,) = await until(lambda: world.sql("orders", WAITS))
            finally:
                await queue.bind(EVENTS_EXCHANGE, "deadline.set")
        assert "NO_ROUTE" in waiting["error"]
        await until(world.timers)
        assert await world.sql("orders", WAITS) == []

    async def test_what_has_a_lower_id_and_commits_last_is_published_all_the_same(self, world: World) -> None:
        await world.owner()
        await world.scheduler()
        slow = await asyncpg.connect(app_dsn(world.plan, "orders"))
        try:
            await slow.set_type_codec("json", encoder=str, decoder=str, schema="pg_catalog")
            async with slow.transaction():
                await slow.execute(EARLY, a_set("early", DUE).model_dump_json())
                await world.publish(a_set("late", DUE))
                await until(world.timers)
                assert list(await world.timers()) == ["late"]
        finally:
            await slow.close()

        async def both() -> bool:
            return set(await world.timers()) == {"early", "late"}

        await until(both)
        rows = await world.sql("orders", "select subject from outbox order by id")
        assert [row["subject"] for row in rows] == ["early", "late"]

    async def test_what_waits_for_its_next_try_waits_and_holds_nothing_up(self, world: World) -> None:
        await world.owner()
        await world.scheduler()
        await world.sql("orders", WAITING, a_set("early", DUE).model_dump_json())
        await world.publish(a_set("late", DUE))
        assert list(await until(world.timers)) == ["late"]
        (row,) = await world.sql("orders", "select subject from outbox where published_at is null")
        assert row["subject"] == "early"


class TestWhatArrives:
    async def test_a_message_that_can_neither_be_handled_nor_kept_comes_again(self, world: World) -> None:
        async def has_a_bug(_event: DeadlineExpired, _work: UnitOfWork) -> None:
            raise RuntimeError("a bug")

        world.reaction = has_a_bug
        await world.owner()
        await world.scheduler()
        await world.sql("orders", "alter table kept_messages add constraint full_disk check (false)")
        try:
            await world.publish(a_set("K1", PAST))
            await until(lambda: consumed_often(world, 2))
        finally:
            await world.sql("orders", "alter table kept_messages drop constraint full_disk")
        (failed,) = await until(lambda: world.sql("orders", "select state, error from kept_messages"))
        assert (failed["state"], failed["error"]) == ("waiting", "RuntimeError: a bug")
        async with channel(world) as admin:
            dead = await admin.declare_queue("orders.deadlines.dead", passive=True)
            assert dead.declaration_result.message_count == 0


async def consumed_often(world: World, times: int) -> bool:
    return len(world.consumed) >= times

"""Timers on PostgreSQL: the highest generation counts, whatever arrives first, and each fires once, never early."""

import itertools
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import pytest

from deploy.local.plan import Plan
from deploy.local.provision import owner
from services.scheduler import readiness, timer_dispatcher
from services.scheduler.domain.timers import Timer, Tombstone
from services.scheduler.repository import FORGOTTEN
from services.scheduler.timer_dispatcher import TimerDispatcher
from services.scheduler.unit_of_work import SchedulerWork
from shared.contracts.deadlines import DeadlineEvent, DeadlineSet, DeadlineWithdrawn
from shared.db.errors import DatabaseUnavailable
from shared.db.migrations import differences
from shared.db.retention import forget
from shared.db.unit_of_work import Database
from shared.service.in_flight import InFlight
from tests.integration.scheduler.servers import app_dsn
from tests.integration.scheduler.world import World, a_set, a_withdrawal, later, until

DUE = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
async def database(world: World) -> AsyncIterator[Database[SchedulerWork]]:
    database = Database(app_dsn(world.plan, "scheduler"), "scheduler", SchedulerWork, 5)
    yield database
    await database.close()


async def write(database: Database[SchedulerWork], *events: DeadlineEvent) -> None:
    """The messages arrive in this order, each in its own transaction."""
    for event in events:
        async with database.transaction() as work:
            if isinstance(event, DeadlineSet):
                timer = Timer(event.owner, event.key, event.subject, event.kind, event.generation, event.due_at)
                await work.timers.set(timer)
            else:
                await work.timers.withdraw(Tombstone(event.owner, event.key, event.subject, event.generation))


def expected(events: Sequence[DeadlineEvent]) -> tuple[str, int]:
    """The rule in words: the highest generation counts; of a set and a withdrawal of the same one, the withdrawal."""
    last = max(events, key=lambda event: (event.generation, isinstance(event, DeadlineWithdrawn)))
    return ("pending" if isinstance(last, DeadlineSet) else "withdrawn", last.generation)


class TestMessagesInAnyOrder:
    @pytest.mark.parametrize(
        "events",
        [
            (a_set("k", DUE, 1), a_withdrawal("k", 2)),
            (a_set("k", DUE, 1), a_withdrawal("k", 1)),
            (a_set("k", DUE, 1), a_set("k", DUE, 2), a_withdrawal("k", 3), a_set("k", DUE, 4)),
            (a_set("k", DUE, 1), a_set("k", DUE, 1), a_withdrawal("k", 2), a_withdrawal("k", 2)),
            (a_set("k", DUE, 3), a_withdrawal("k", 3), a_set("k", DUE, 5), a_set("k", DUE, 4)),
        ],
    )
    async def test_all_orders_end_alike(
        self, world: World, database: Database[SchedulerWork], events: tuple[DeadlineEvent, ...]
    ) -> None:
        for number, order in enumerate(itertools.permutations(events)):
            key = f"k{number}"
            await write(database, *(event.model_copy(update={"key": key}) for event in order))
            assert (await world.timers())[key] == expected(events), [type(event).__name__ for event in order]

    async def test_what_fired_fires_again_only_with_a_higher_generation(
        self, world: World, database: Database[SchedulerWork]
    ) -> None:
        await write(database, a_set("k", DUE, 2))
        assert len(await fire(database)) == 1
        await write(database, a_set("k", DUE, 2), a_set("k", DUE, 1))
        assert await fire(database) == []
        await write(database, a_set("k", DUE, 3))
        assert [timer.generation for timer in await fire(database)] == [3]
        await write(database, a_withdrawal("k", 3))
        assert await world.timers() == {"k": ("withdrawn", 3)}

    @pytest.mark.usefixtures("world")
    async def test_keys_of_two_owners_are_two_timers(self, database: Database[SchedulerWork]) -> None:
        await write(database, a_set("k", DUE), a_set("k", DUE).model_copy(update={"owner": "others"}))
        await write(database, a_withdrawal("k", 9))
        assert [(timer.owner, timer.key) for timer in await fire(database)] == [("others", "k")]


async def fire(database: Database[SchedulerWork], instant: datetime | None = None, limit: int = 500) -> list[Timer]:
    async with database.transaction() as work:
        return [timer for timer, _ in await work.timers.fire(instant, limit)]


class TestFiring:
    async def test_in_order_of_due_time_and_only_what_is_due(
        self, world: World, database: Database[SchedulerWork]
    ) -> None:
        now = await world.now()
        await write(database, *(a_set(f"k{n}", later(now, hours=-n)) for n in range(1, 6)))
        await write(database, a_set("soon", later(now, minutes=5)))
        assert [timer.key for timer in await fire(database, limit=2)] == ["k5", "k4"]
        assert [timer.key for timer in await fire(database)] == ["k3", "k2", "k1"]
        assert (await world.timers())["soon"] == ("pending", 1)

    async def test_rows_that_another_replica_holds_are_left_to_it(
        self, world: World, database: Database[SchedulerWork]
    ) -> None:
        await write(database, a_set("a", DUE), a_set("b", DUE), a_set("c", DUE))
        with pytest.raises(DatabaseUnavailable):  # noqa: PT012 - what happens while the frozen one holds its rows
            async with database.transaction() as frozen:
                assert len(await frozen.timers.fire(None, 2)) == 2
                assert [timer.key for timer in await fire(database)] == ["c"]
                await world.admin("select pg_terminate_backend($1)", frozen.sql.get_server_pid())
                assert [timer.key for timer in await until(lambda: fire(database))] == ["a", "b"]
                await frozen.now()

    async def test_nobody_fires_while_the_clock_stands_elsewhere(
        self, world: World, database: Database[SchedulerWork]
    ) -> None:
        await write(database, a_set("k", DUE))
        await world.sql("scheduler", "insert into clock (id, frozen_at) values (true, $1)", later(DUE, hours=1))
        assert await fire(database) == []
        assert await fire(database, later(DUE, hours=2)) == []
        assert len(await fire(database, later(DUE, hours=1))) == 1


class TestTwoReplicas:
    async def test_each_fires_once_and_never_early(self, world: World) -> None:
        await world.owner()
        await world.scheduler("scheduler-1")
        await world.scheduler("scheduler-2")
        now = await world.now()
        await world.publish(*(a_set(f"k{n}", later(now, seconds=1, milliseconds=5 * n)) for n in range(200)))
        await until(lambda: _all(len(world.consumed) >= 200))
        assert sorted(event.key for event in world.consumed) == sorted(f"k{n}" for n in range(200))
        assert all(at >= event.due_at for at, event in zip(world.consumed_at, world.consumed, strict=True))
        rows = await world.sql("scheduler", "select fired_at >= due_at as fine from timers where state = 'fired'")
        assert [row["fine"] for row in rows] == [True] * 200
        published = await world.sql("scheduler", "select 1 from outbox where event = 'deadline.expired'")
        assert len(published) == 200

    async def test_set_and_withdrawn_under_load_leaves_nothing_alive(self, world: World) -> None:
        await world.owner()
        await world.scheduler("scheduler-1")
        await world.scheduler("scheduler-2")
        now = await world.now()
        for n in range(100):
            await world.publish(a_set(f"k{n}", later(now, hours=1)), a_withdrawal(f"k{n}", 2))
        await until(lambda: _handled(world, 200))
        assert set((await world.timers()).values()) == {("withdrawn", 2)}
        assert len(await world.timers()) == 100

    async def test_an_earlier_timer_wakes_the_sleeper(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(timer_dispatcher, "LOOK_SECONDS", 3600.0)
        await world.owner()
        await world.scheduler()
        now = await world.now()
        await world.publish(a_set("far", later(now, hours=1)))
        await until(lambda: _stored(world, "far"))
        await world.publish(a_set("near", later(await world.now(), milliseconds=200)))
        await until(lambda: _all(bool(world.consumed)))
        assert [event.key for event in world.consumed] == ["near"]


class TestWhenServersGoAway:
    async def test_the_database_restarts_and_the_loop_goes_on(self, world: World) -> None:
        await world.owner()
        await world.scheduler()
        due = later(await world.now(), seconds=1)
        await world.publish(a_set("k", due))
        await until(lambda: _stored(world, "k"))
        await world.stops("postgres")
        await world.starts("postgres")
        await until(lambda: _all(bool(world.consumed)))
        assert world.consumed_at[0] >= due
        assert not any(task.done() for instance in world.instances for task in instance.tasks)

    async def test_the_broker_restarts_and_the_expiry_notification_arrives(self, world: World) -> None:
        await world.owner()
        await world.scheduler()
        due = later(await world.now(), seconds=1)
        await world.publish(a_set("k", due))
        await until(lambda: _stored(world, "k"))
        await world.stops("rabbitmq")
        await until(lambda: _fired(world))
        await world.starts("rabbitmq")
        await until(lambda: _all(bool(world.consumed)), 60)
        await world.t0()
        assert [event.key for event in world.consumed] == ["k"]


class TestHousekeeping:
    async def test_only_what_was_settled_thirty_days_ago_is_deleted(
        self, world: World, database: Database[SchedulerWork]
    ) -> None:
        await write(database, a_set("fired", DUE), a_withdrawal("gone", 3), a_set("young", DUE))
        await fire(database)
        await write(database, a_set("pending", DUE))
        old = "update timers set changed_at = clock_timestamp() - interval '31 days' where key <> 'young'"
        await world.sql("scheduler", old)
        assert await forget(database, FORGOTTEN) == 2
        assert set(await world.timers()) == {"young", "pending"}

    async def test_an_overdue_timer_turns_readiness_red_unless_the_clock_stands(
        self, world: World, database: Database[SchedulerWork]
    ) -> None:
        idle = TimerDispatcher(database, InFlight(), None)
        assert await readiness.wrong(database, idle) == {}
        await write(database, a_set("k", later(await world.now(), seconds=-29)))
        assert await readiness.wrong(database, idle) == {}
        await write(database, a_set("k", later(await world.now(), seconds=-60), 2))
        assert list(await readiness.wrong(database, idle)) == ["timers"]
        await world.sql("scheduler", "insert into clock (id, frozen_at) values (true, clock_timestamp())")
        assert await readiness.wrong(database, idle) == {}

    async def test_the_models_are_the_migrated_database(self, databases: Plan) -> None:
        assert await differences("scheduler", databases.postgres.dsn("scheduler", owner("scheduler"))) == []


class TestAPoisonousDeadline:
    async def test_of_an_unknown_owner_is_parked_and_holds_nothing_up(self, world: World) -> None:
        await world.owner()
        await world.scheduler()
        now = await world.now()
        await world.publish(a_set("k", now).model_copy(update={"owner": "nobody"}), a_set("k", now))
        await until(lambda: _all(bool(world.consumed)))
        rows = await world.sql("scheduler", "select state, error from kept_messages")
        assert [row["state"] for row in rows] == ["parked"]


async def _all(found: bool) -> bool:
    return found


async def _handled(world: World, number: int) -> bool:
    return len(await world.sql("scheduler", "select 1 from inbox")) >= number


async def _stored(world: World, key: str) -> bool:
    return key in await world.timers()


async def _fired(world: World) -> bool:
    return (await world.timers())["k"] == ("fired", 1)

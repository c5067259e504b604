"""An advance waits until the system is idle: it overlooks no work, wherever it is."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from services.scheduler.sandbox import polling_rounds
from services.scheduler.sandbox.polling_rounds import PollingRounds
from shared.sandbox.clock_messages import ClockUpdate
from tests.integration.scheduler.proxy import HeldWire
from tests.integration.scheduler.world import Instance, World, a_set, an_expiry, later, until


class RoundCount:
    """Counts the rounds that were completed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.done = 0
        poll = PollingRounds.poll

        async def counted(rounds: PollingRounds, *values: Any) -> Any:
            found = await poll(rounds, *values)
            self.done += 1
            return found

        monkeypatch.setattr(PollingRounds, "poll", counted)


@pytest.fixture
def count(monkeypatch: pytest.MonkeyPatch) -> RoundCount:
    return RoundCount(monkeypatch)


async def more(count: Callable[[], int], by: int) -> None:
    """Until the counter has grown."""
    goal = count() + by
    await until(lambda: _true(count() >= goal))


class TestAdvanceWaits:
    async def test_for_a_slow_consumer(self, world: World, count: RoundCount) -> None:
        await world.owner()
        await world.scheduler()
        world.reaction = world.takes_long
        t0 = await world.t0()
        await world.publish(a_set("a", later(t0, hours=1)), a_set("b", later(t0, hours=2)))
        advance = asyncio.create_task(world.advances({"by": "PT2H"}))
        await until(lambda: _true(bool(world.consumed)))
        await more(lambda: count.done, 10)
        assert not advance.done()
        assert await world.now() == later(t0, hours=1)
        world.may_end.set()
        assert len((await advance)["fired"]) == 2

    async def test_for_a_message_that_left_the_broker_and_has_not_arrived(self, world: World) -> None:
        wire = HeldWire(world.plan.ports["amqp"])
        port = await wire.start()
        url = world.plan.rabbitmq.service_url("orders").replace(f":{world.plan.ports['amqp']}/", f":{port}/")
        owner = await world.owner(consumer_url=url)
        scheduler = await world.scheduler()
        t0 = await world.t0()
        wire.hold()
        await world.publish(an_expiry("a", t0), publisher=scheduler)
        await until(lambda: _published(world))
        await until(lambda: _true(wire.held_bytes > 0))
        advance = asyncio.create_task(world.advances({"by": "PT0S"}))
        await _rounds(scheduler, 3)
        assert (advance.done(), world.consumed) == (False, [])
        wire.release()
        await advance
        assert [event.key for event in world.consumed] == ["a"]
        await world.crashes(owner)
        await wire.stop()

    async def test_for_a_replica_that_it_does_not_know(self, world: World) -> None:
        await world.owner("orders-1")
        slow = await world.owner("orders-2")
        may_answer, polled = _holds_its_answers(slow)
        await world.scheduler()
        advance = asyncio.create_task(world.advances({"by": "PT0S"}))
        await until(lambda: _true(len(polled) > 1))
        assert not advance.done()
        may_answer.set()
        await advance

    async def test_but_not_for_one_that_is_gone(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(polling_rounds, "SILENCE_SECONDS", 0.2)
        await world.owner("orders-1")
        other = await world.owner("orders-2")
        await world.scheduler()
        await world.advances({"by": "PT0S"})
        await world.crashes(other)
        await world.advances({"by": "PT1H"})
        assert await world.now("orders") == await world.now("scheduler")

    async def test_for_a_service_that_comes_back(self, world: World) -> None:
        owner = await world.owner()
        scheduler = await world.scheduler()
        t0 = await world.t0()
        await world.publish(a_set("a", later(t0, hours=1)))
        await world.advances({"by": "PT0S"})
        await world.crashes(owner)
        advance = asyncio.create_task(world.advances({"by": "PT1H"}))
        await _rounds(scheduler, 2)
        await world.owner()
        assert len((await advance)["fired"]) == 1
        assert [event.key for event in world.consumed] == ["a"]
        assert world.consumed_at == [later(t0, hours=1)]


class TestItDoesNotBecomeIdle:
    async def test_the_last_reports_name_who_is_at_work(self, world: World) -> None:
        await world.owner()
        await world.scheduler(quiet_seconds=0.5)
        world.reaction = world.takes_long
        t0 = await world.t0()
        await world.publish(a_set("a", later(t0, hours=1)))
        answer = await world.posts_clock({"by": "PT3H"})
        assert (answer.status_code, answer.json()["code"]) == (504, "not_quiet")
        current = answer.json()["current"]
        assert current["now"] == (await world.gets("/sandbox/clock")).json()["now"]
        busy = [report["instance"] for report in current["reports"] if report["in_flight"]]
        assert (busy, current["missing"]) == (["orders-1"], [])
        world.may_end.set()
        done = await world.advances({"by": "PT0S"})
        assert done["now"] == current["now"]

    async def test_a_service_that_is_missing_is_named(self, world: World) -> None:
        await world.scheduler(quiet_seconds=0.5)
        answer = await world.posts_clock({"by": "PT0S"})
        assert (answer.status_code, answer.json()["code"]) == (504, "not_quiet")
        assert answer.json()["current"]["missing"] == ["orders"]


class TestOneAtATime:
    async def test_advances_of_two_replicas_add_up(self, world: World) -> None:
        await world.owner()
        await world.scheduler("scheduler-1")
        await world.scheduler("scheduler-2")
        t0 = await world.t0()
        await world.publish(*(a_set(f"k{n}", later(t0, minutes=20 * n)) for n in range(1, 13)))
        done = await asyncio.gather(*(world.advances({"by": "PT1H"}, at=at) for at in (0, 1, 0, 1)))
        assert await world.now("orders") == later(t0, hours=4)
        assert sum(len(each["fired"]) for each in done) == 12
        assert [event.key for event in world.consumed] == [f"k{n}" for n in range(1, 13)]
        assert world.consumed_at == [event.due_at for event in world.consumed]

    async def test_one_whose_turn_does_not_come_is_refused(self, world: World) -> None:
        await world.owner()
        await world.scheduler()
        await world.scheduler("scheduler-2", advance_seconds=0.5)
        world.reaction = world.takes_long
        t0 = await world.t0()
        await world.publish(a_set("a", later(t0, hours=1)))
        first = asyncio.create_task(world.advances({"by": "PT1H"}))
        await until(lambda: _true(bool(world.consumed)))
        second = await world.posts_clock({"by": "PT1H"}, at=1)
        assert (second.status_code, second.json()["code"]) == (409, "request_in_progress")
        world.may_end.set()
        await first


def _holds_its_answers(instance: Instance) -> tuple[asyncio.Event, list[int]]:
    may_answer, polled = asyncio.Event(), []
    follower = instance.follower
    update_clock = follower._on_update

    async def held(update: ClockUpdate) -> None:
        polled.append(update.round)
        await may_answer.wait()
        await update_clock(update)

    follower._on_update = held  # type: ignore[method-assign]
    return may_answer, polled


async def _published(world: World) -> bool:
    rows = await world.sql("scheduler", "select 1 from outbox where published_at is not null and subject = 'a'")
    return bool(rows)


async def _rounds(scheduler: Instance, number: int) -> None:
    """Until the scheduler itself has been polled so many times more."""
    seen: list[bool] = []
    update_clock = scheduler.follower._on_update

    async def counted(update: ClockUpdate) -> None:
        await update_clock(update)
        seen.append(True)

    scheduler.follower._on_update = counted  # type: ignore[method-assign]
    await until(lambda: _true(len(seen) >= number))


async def _true(found: bool) -> bool:
    return found

"""The sandbox clock: where an advance goes, what fires on the way and what it returns."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.clock import written
from shared.contracts.deadlines import DeadlineExpired
from shared.db.unit_of_work import UnitOfWork
from tests.integration.scheduler.world import World, a_set, a_withdrawal, later, until


class TestIMoveTheClock:
    async def test_deadlines_on_the_way_expire_in_order_each_at_its_own_due_time(self, world: World) -> None:
        await world.owner()
        await world.scheduler()
        t0 = await world.t0()
        await world.publish(
            a_set("b", later(t0, hours=2)), a_set("a", later(t0, hours=1)), a_set("c", later(t0, hours=3))
        )
        done = await world.advances({"by": "PT2H"})
        assert done["now"] == written(later(t0, hours=2))
        assert done["fired"] == [
            {"kind": "D1", "subject": "a", "due_at": written(later(t0, hours=1))},
            {"kind": "D1", "subject": "b", "due_at": written(later(t0, hours=2))},
        ]
        assert done["events"] >= 2
        assert [event.key for event in world.consumed] == ["a", "b"]
        assert world.consumed_at == [later(t0, hours=1), later(t0, hours=2)]
        assert await world.now("orders") == await world.now("scheduler") == later(t0, hours=2)

    async def test_just_before_the_due_time_nothing_fires(self, world: World) -> None:
        await world.owner()
        await world.scheduler()
        t0 = await world.t0()
        await world.publish(a_set("a", later(t0, hours=1)))
        assert (await world.advances({"to": written(later(t0, hours=1, milliseconds=-1))}))["fired"] == []
        assert len((await world.advances({"by": "PT0.001S"}))["fired"]) == 1

    async def test_what_the_first_deadlines_set_fires_in_its_turn(self, world: World) -> None:
        await world.owner()
        await world.scheduler()
        t0 = await world.t0()

        async def goes_on(event: DeadlineExpired, work: UnitOfWork) -> None:
            if event.kind == "D1":
                work.outbox.add(a_set(event.key, later(event.due_at, minutes=30), generation=2, kind="D3"))
            if event.key == "b":
                work.outbox.add(a_withdrawal("never"))

        world.reaction = goes_on
        await world.publish(*(a_set(key, later(t0, hours=n)) for n, key in enumerate(("a", "b", "never"), start=1)))
        done = await world.advances({"by": "PT72H"})
        assert [(each["subject"], each["kind"]) for each in done["fired"]] == [
            ("a", "D1"),
            ("a", "D3"),
            ("b", "D1"),
            ("b", "D3"),
        ]
        assert world.consumed_at == [later(t0, hours=hours) for hours in (1, 1.5, 2, 2.5)]

    async def test_nothing_fires_until_an_advance_that_fires(self, world: World) -> None:
        await world.owner()
        await world.scheduler()
        t0 = await world.t0()
        await world.publish(a_set("late", later(t0, hours=2)), a_set("early", later(t0, hours=1)))
        silent = await world.advances({"by": "PT5H", "fire": False})
        assert (silent["fired"], world.consumed) == ([], [])
        done = await world.advances({"by": "PT0S"})
        assert [each["subject"] for each in done["fired"]] == ["early", "late"]
        assert done["now"] == silent["now"]
        assert set(world.consumed_at) == {later(t0, hours=5)}

    async def test_to_the_next_deadline_and_no_further(self, world: World) -> None:
        await world.owner()
        await world.scheduler()
        t0 = await world.t0()
        assert (await world.advances({"to": "next_deadline"}))["now"] == written(t0)
        await world.publish(a_set("b", later(t0, days=3)), a_set("a", later(t0, days=1)))
        done = await world.advances({"to": "next_deadline"})
        assert (done["now"], len(done["fired"])) == (written(later(t0, days=1)), 1)
        silent = await world.advances({"to": "next_deadline", "fire": False})
        assert (silent["now"], silent["fired"]) == (written(later(t0, days=3)), [])
        assert len((await world.advances({"to": "next_deadline"}))["fired"]) == 1

    async def test_a_crowd_due_at_one_moment_fires_in_several_transactions(self, world: World) -> None:
        await world.owner()
        await world.scheduler()
        t0 = await world.t0()
        await world.publish(*(a_set(f"k{n:04}", later(t0, hours=1)) for n in range(520)))
        done = await world.advances({"by": "PT1H"})
        assert [each["subject"] for each in done["fired"]] == [f"k{n:04}" for n in range(520)]
        assert len(world.consumed) == 520


class TestTheClockStandsOrRuns:
    async def test_the_first_advance_stops_it_and_no_service_ever_sees_it_go_back(self, world: World) -> None:
        await world.owner()
        await world.scheduler()
        assert (await world.gets("/sandbox/clock")).json()["frozen"] is False
        before = max(await world.now("orders"), await world.now())
        t0 = await world.t0()
        assert before < t0 < later(before, seconds=30)
        assert (await world.gets("/sandbox/clock")).json() == {"now": written(t0), "frozen": True}

    async def test_run_lets_it_run_on_from_where_it_stood_and_the_fire_loop_goes_on(self, world: World) -> None:
        await world.owner()
        await world.scheduler()
        t0 = await world.t0()
        await world.publish(a_set("a", later(t0, hours=1)), a_set("b", later(t0, hours=1, milliseconds=300)))
        await world.advances({"by": "PT1H", "fire": False})
        done = await world.advances({"run": True})
        assert (done["fired"], done["events"]) == ([], 0)
        await until(lambda: _true(len(world.consumed) == 2))
        assert later(t0, hours=1) <= await world.now("orders") < later(t0, hours=1, minutes=1)
        assert all(at >= event.due_at for at, event in zip(world.consumed_at, world.consumed, strict=True))
        again = await world.advances({"run": True})
        assert datetime.fromisoformat(again["now"]) >= datetime.fromisoformat(done["now"])

    async def test_it_never_goes_backwards(self, world: World) -> None:
        await world.owner()
        await world.scheduler()
        running = await world.posts_clock({"to": "2020-01-01T00:00:00Z"})
        assert (running.status_code, running.json()["code"]) == (422, "clock_backwards")
        assert (await world.gets("/sandbox/clock")).json()["frozen"] is False
        t0 = await world.t0()
        bodies = ({"to": written(later(t0, milliseconds=-1))}, {"by": "-PT1S"}, {"by": "-P999999W"})
        for body in bodies:
            answer = await world.posts_clock(body)
            assert (answer.status_code, answer.json()["code"]) == (422, "clock_backwards")
        assert (await world.advances({"to": written(t0)}))["now"] == written(t0)

    async def test_finer_than_a_millisecond_is_cut_off(self, world: World) -> None:
        await world.scheduler(services="scheduler")
        t0 = await world.t0()
        exact = later(t0, seconds=1).astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "999+00:00")
        assert (await world.advances({"to": exact}))["now"] == written(later(t0, seconds=1))

    async def test_a_production_has_no_such_routes(self, world: World) -> None:
        await world.scheduler(profile="production", token_issuer="somebody")
        assert (await world.gets("/sandbox/clock")).status_code == 404
        assert (await world.posts_clock({"by": "PT1H"})).status_code == 404


class TestABodyThatCannotBeRight:
    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"by": "PT1H", "to": "next_deadline"},
            {"by": "PT1H", "run": True},
            {"run": False},
            {"run": 1},
            {"by": 3600},
            {"by": "1 hour"},
            {"by": "P1M"},
            {"by": "PT"},
            {"by": "PT9999999999S9"},
            {"to": "tomorrow"},
            {"to": "2026-13-01T00:00:00Z"},
            {"to": "2026-03-01T00:00:00"},
            {"to": 1770000000},
            {"to": "9999-12-31T23:59:59-23:59"},
            {"to": "2200-01-01T00:00:00Z"},
            {"by": "P99999W"},
            {"by": "PT1H", "fire": "no"},
            {"by": "PT1H", "speed": 2},
            [],
        ],
    )
    async def test_is_refused(self, refusing: World, body: Mapping[str, Any]) -> None:
        answer = await refusing.posts_clock(body)
        assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed"), answer.text


async def _true(found: bool) -> bool:
    return found

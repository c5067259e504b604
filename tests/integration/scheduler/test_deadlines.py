"""GET /deadlines: who may look, what is shown."""

from datetime import UTC, datetime

import pytest

from shared.clock import written
from shared.http.pages import cursor
from tests.integration.scheduler.world import World, a_set, a_withdrawal, later, until

DUE = datetime(2100, 3, 2, tzinfo=UTC)


async def three(world: World) -> None:
    """One pending, one withdrawn that was never set, one of another subject."""
    await world.owner()
    await world.scheduler()
    await world.publish(a_set("K1", DUE, 7, "D3"), a_withdrawal("K2", 4), a_set("K3", later(DUE, hours=1)))

    async def stored() -> bool:
        return len(await world.timers()) == 3

    await until(stored)


class TestWhoMayLook:
    @pytest.mark.parametrize("role", ["operator", "support"])
    async def test_operators_and_support(self, world: World, role: str) -> None:
        await three(world)
        answer = await world.gets("/deadlines?subject=K1", "user", role)
        assert answer.status_code == 200
        assert answer.json() == {
            "items": [
                {
                    "owner": "orders",
                    "key": "K1",
                    "subject": "K1",
                    "kind": "D3",
                    "generation": 7,
                    "due_at": written(DUE),
                    "state": "pending",
                    "fired_at": None,
                }
            ],
            "next_cursor": None,
        }

    async def test_nobody_else(self, world: World) -> None:
        await world.scheduler()
        found = [await world.gets("/deadlines?subject=K1", *roles) for roles in ((), ("user",), ("service",))]
        assert [answer.json()["code"] for answer in found] == ["unauthenticated", "forbidden", "forbidden"]


class TestTheList:
    async def test_pages_follow_each_other(self, world: World) -> None:
        await three(world)
        seen, path = [], "/deadlines?limit=2"
        for _ in range(2):
            page = (await world.gets(path, "operator")).json()
            seen += [(item["key"], item["state"], item["kind"]) for item in page["items"]]
            path = f"/deadlines?limit=2&cursor={page['next_cursor']}"
        assert seen == [("K1", "pending", "D3"), ("K2", "withdrawn", None), ("K3", "pending", "D1")]
        assert page["next_cursor"] is None

    async def test_an_unknown_subject_has_none(self, world: World) -> None:
        await world.scheduler()
        assert (await world.gets("/deadlines?subject=nothing", "support")).json() == {"items": [], "next_cursor": None}


class TestAQuestionThatCannotBeRight:
    @pytest.mark.parametrize(
        "query",
        [
            "subject=",
            "subject=%00",
            "subject=a%20b",
            f"subject={'x' * 201}",
            "limit=0",
            "limit=101",
            "cursor=x",
            f"cursor={cursor('orders', 'a', 'b')}",
            f"cursor={cursor('deadlines', 1, 'b')}",
        ],
    )
    async def test_is_refused(self, refusing: World, query: str) -> None:
        answer = await refusing.gets(f"/deadlines?{query}", "operator")
        assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")

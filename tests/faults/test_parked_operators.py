"""What an operator does with a parked message: see it, replay it or skip it; everything is recorded."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from deploy.services import SERVICES
from deploy.stack import Stack
from tests.scenarios.steps import placed
from tests.support.market import Actor, Market
from tests.support.messages.broker import send
from tests.support.messages.poison import (
    bug,
    captured,
    event_headers,
    give_everything_up,
    log_lines,
    nonsense,
    tried_again,
    until_failed,
)
from tests.support.proof import prove_books
from tests.support.races.meeting import in_line, outcome

BECAUSE = {"reason": "Looked at it with the payments team"}
HOLD = "select id from kept_messages where id = $1"


@pytest.fixture(scope="module", autouse=True)
async def books_hold_at_the_end(stack: Stack) -> AsyncIterator[None]:
    """Over everything that these tests did; nothing that breaks them could be undone by a later test."""
    yield
    await prove_books(stack)


@pytest.fixture(autouse=True)
async def nothing_is_left(market: Market) -> AsyncIterator[None]:
    await give_everything_up(market)
    yield
    await give_everything_up(market)
    await market.settles()


@pytest.fixture
def operator(market: Market) -> Actor:
    return market.someone("operator", "operator")


class TestWhoMay:
    @pytest.mark.parametrize("service", SERVICES)
    async def test_only_operators(self, market: Market, service: str) -> None:
        row = await nonsense(market, service)
        for person, refusal in ((market.buyer, "forbidden"), (market.support, "forbidden"), (market.nobody, None)):
            for method, path in (("GET", ""), ("GET", f"/{row}"), ("POST", f"/{row}/replay"), ("POST", f"/{row}/skip")):
                answer = await person.sends(
                    method, f"/ops/{service}/parked{path}", BECAUSE if method == "POST" else None
                )
                assert outcome(answer) == (refusal or "unauthenticated")
        assert (await state(market, service, row))["state"] == "parked"


class TestIReplayAMessage:
    async def test_whose_handler_was_mended_and_it_is_handled_once(self, market: Market, operator: Actor) -> None:
        order, row = await parked_payment(market)
        url = f"/ops/orders/parked/{row['id']}/replay"
        first = (await operator.posts(url, BECAUSE, key="again")).ok()
        await market.settles()
        assert (await operator.posts(url, BECAUSE, key="again")).body == first
        late = await operator.posts(url, BECAUSE)
        assert (outcome(late), late.body["current"]) == ("wrong_status", {"state": "handled"})
        assert await market.published(order["number"]) == ["order.placed", "order.paid"]
        assert (await market.buyer.wallet())["in_escrow"] == 100_00
        audit = await state(market, "orders", row["id"])
        assert (audit["state"], audit["settled_by"], audit["settled_why"]) == (
            "handled",
            operator.name,
            BECAUSE["reason"],
        )
        assert log_lines(market, "orders", "message.replayed")[-1]["user"] == operator.name

    async def test_that_cannot_be_right_and_it_is_parked_again(self, market: Market, operator: Actor) -> None:
        row = await nonsense(market, "payments")
        (await operator.posts(f"/ops/payments/parked/{row}/replay", BECAUSE)).ok()
        await market.settles()
        seen = (await operator.gets(f"/ops/payments/parked/{row}")).ok()
        assert (seen["state"], seen["attempts"], seen["settled_by"]) == ("parked", 1, operator.name)


class TestISkipAMessage:
    async def test_it_is_never_handled_also_when_it_comes_again(self, market: Market, operator: Actor) -> None:
        order, row = await parked_payment(market)
        skipped = (await operator.posts(f"/ops/orders/parked/{row['id']}/skip", BECAUSE)).ok()
        assert skipped["state"] == "skipped"
        await send(market.stack, row["consumer"], row["body"], event_headers(row["event"]), row["message_id"])
        await market.settles()
        assert await market.buyer.status(order["number"]) == "waiting_payment"
        seen = (await operator.gets(f"/ops/orders/parked/{row['id']}")).ok()
        assert (seen["state"], seen["settled_by"], seen["settled_why"]) == ("skipped", operator.name, BECAUSE["reason"])
        assert seen["settled_at"] >= seen["kept_at"]
        assert log_lines(market, "orders", "message.skipped")[-1]["failed_id"] == row["id"]
        await paid_by_hand(market, order, row)

    @pytest.mark.parametrize("body", [{}, {"reason": None}, {"reason": ""}, {"reason": "  \n"}])
    @pytest.mark.parametrize("act", ["skip", "replay"])
    async def test_not_without_a_reason(self, market: Market, operator: Actor, act: str, body: Any) -> None:
        row = await nonsense(market, "scheduler")
        refused = await operator.posts(f"/ops/scheduler/parked/{row}/{act}", body)
        assert (refused.status, refused.code) == (422, "reason_required")
        assert (await state(market, "scheduler", row))["state"] == "parked"


class TestTwoOperatorsAtOnce:
    @pytest.mark.parametrize("acts", [("replay", "skip"), ("skip", "replay"), ("skip", "skip")])
    async def test_the_second_learns_what_the_first_has_done(self, market: Market, acts: tuple[str, str]) -> None:
        row = await nonsense(market, "payments")
        url = f"/ops/payments/parked/{row}"
        people = [market.someone("operator", "operator") for _ in acts]
        requests = [performs(who, f"{url}/{act}") for who, act in zip(people, acts, strict=True)]
        first, second = await in_line(market, "payments", HOLD, (row,), *requests)
        assert (outcome(first), outcome(second)) == ("ok", "wrong_status")
        assert second.body["current"] == {"state": first.body["state"]}
        assert (await state(market, "payments", row))["settled_by"] == people[0].name


class TestILookAround:
    async def test_page_by_page_oldest_first(self, market: Market, operator: Actor) -> None:
        rows = [await nonsense(market, "payments") for _ in range(5)]
        seen: list[int] = []
        cursor: str | None = ""
        while cursor is not None:
            page = (await operator.gets(f"/ops/payments/parked?limit=2{cursor}")).ok()
            seen += [message["id"] for message in page["items"]]
            cursor = f"&cursor={page['next_cursor']}" if page["next_cursor"] else None
        assert seen == rows

    async def test_at_what_was_settled_too(self, market: Market, operator: Actor) -> None:
        row = await nonsense(market, "payments")
        (await operator.posts(f"/ops/payments/parked/{row}/skip", BECAUSE)).ok()
        assert (await operator.gets("/ops/payments/parked")).ok()["items"] == []
        skipped = (await operator.gets("/ops/payments/parked?state=skipped&limit=100")).ok()["items"]
        assert row in [message["id"] for message in skipped]

    async def test_not_at_what_never_was(self, operator: Actor) -> None:
        assert (await operator.gets("/ops/payments/parked/999999999")).code == "not_found"
        assert (await operator.posts("/ops/payments/parked/999999999/skip", BECAUSE)).code == "not_found"
        assert (await operator.gets("/ops/payments/parked?state=lost")).code == "validation_failed"


async def parked_payment(market: Market) -> tuple[Any, dict[str, Any]]:
    """A captured order whose payment orders could not handle eight times, until the bug was mended."""
    order = await placed(market)
    async with bug(market, "orders", "orders", f"new.number = '{order['number']}'"):
        message_id = await captured(market, order)
        row = await until_failed(market, "orders", message_id, "waiting")
        last = "update kept_messages set attempts = 7 where id = $1"
        await market.sql("orders", last, row["id"])
        row = await tried_again(market, "orders", message_id)
    assert row["state"] == "parked"
    return order, row


async def paid_by_hand(market: Market, order: Any, row: dict[str, Any]) -> None:
    """The skipped payment's money is still on its way; another message about the same capture takes it home."""
    again = await send(market.stack, row["consumer"], row["body"], event_headers(row["event"]))
    await market.settles()
    assert await market.buyer.status(order["number"]) == "waiting_delivery"
    await market.sql("orders", "delete from inbox where message_id = $1", again)


async def state(market: Market, service: str, row: int) -> dict[str, Any]:
    (found,) = await market.sql(service, "select state, settled_by, settled_why from kept_messages where id = $1", row)
    return found


def performs(who: Actor, url: str) -> Any:
    return lambda: who.posts(url, BECAUSE)

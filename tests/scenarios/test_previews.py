"""A preview shows what the action then does: each action in each state, just before the deadline and after.

A preview takes no lock and leaves no trace: no event, no new version, nothing kept under its Idempotency-Key.
"""

from collections.abc import Iterable
from typing import Any

import pytest

from tests.scenarios.steps import paid
from tests.support.effort import EFFORT
from tests.support.market import Market
from tests.support.races.actions import (
    CONFIRM,
    DELETE,
    DELIVER,
    FORCE_PAY,
    FORCE_REFUND,
    PARTY_ACTIONS,
    REVIEW,
    PartyAction,
    person,
)
from tests.support.races.meeting import held
from tests.support.races.orders import CLOCKED, EVERYWHERE, HOLD, State, orders_in

MONEY = ("to_buyer", "fee", "tax", "net")
SOME = {"waiting_payment", "waiting_delivery", "asked_after_delivery", "refused", "completed", "reviewed", "reported"}
"""Together they have every action; `make test-long` previews in all, tests/unit/orders/test_preview.py always."""
IN_TIME = [state for state in EVERYWHERE if EFFORT > 1 or state.name in SOME]
LATE = [state for state in CLOCKED if EFFORT > 1 or state.name in {"waiting_payment", "asked_after_delivery"}]
TRACES = """
select version, generation, xmin::text, xmax::text,
       (select count(*) from outbox where subject = $1) as events,
       (select count(*) from history where number = $1) as lines,
       (select count(*) from reviews where number = $1) as reviews,
       (select count(*) from answers where route like '%' || $1 || '%') as answers
from orders where number = $1
"""


@pytest.mark.parametrize("state", IN_TIME, ids=lambda state: state.name)
class TestAPreviewShowsWhatTheActionThenDoes:
    async def test_in_time(self, market: Market, state: State) -> None:
        works = (*state.acts, *([FORCE_PAY] if FORCE_REFUND in state.acts else []))
        allowed = [act for act in PARTY_ACTIONS if act in works]
        first, *numbers = await orders_in(market, state, 1 + len(allowed))
        if state.due:
            await market.at(before(state), fire=False)
        shown = await previews(market, PARTY_ACTIONS, first)
        assert {name for name, each in shown.items() if each["allowed"]} == {each.name for each in allowed}
        for act in PARTY_ACTIONS:
            if act.name in shown and not shown[act.name]["allowed"]:
                await agrees(market, act, first, shown[act.name])
        for act, number in zip(allowed, numbers, strict=True):
            await agrees(market, act, number, await previewed(market, act, number))
        await market.settles()


@pytest.mark.parametrize("state", LATE, ids=lambda state: state.name)
class TestAPreviewOfWhatIsOverdue:
    async def test_shows_the_time_out_that_the_action_would_apply(self, market: Market, state: State) -> None:
        acts = [*state.acts, REVIEW, *([DELETE] if DELETE not in state.acts else [])]
        first, *numbers = await orders_in(market, state, 1 + len(acts))
        await market.at(state.due, fire=False)
        shown = await previews(market, PARTY_ACTIONS, first)
        assert {each["deadline_before"]["due_at"] for each in shown.values()} == {market.written(state.due)}
        for act, number in zip(acts, numbers, strict=True):
            await agrees(market, act, number, shown[act.name])
        await market.at(state.due)


class TestAPreviewOfSomebodyElsesAction:
    async def test_is_refused_as_the_action_is_and_a_stranger_sees_nothing(self, market: Market) -> None:
        order = await paid(market)
        parties = (market.buyer, market.seller)
        for act in PARTY_ACTIONS:
            for who in (*parties, market.someone("eve")):
                if who is not person(market, act):
                    shown, answer = [await ask(who, order["number"]) for ask in (act.preview, act.perform)]
                    if who in parties or person(market, act) in parties:
                        assert shown.body["code"] == answer.code
                    else:  # the order is no stranger's to read, and the route is support's
                        assert (shown.body["code"], answer.code) == ("order_not_found", "forbidden")
                    assert shown.status == (200 if who in parties else 404)
                    assert shown.status == 200 or "status" not in shown.body.get("current", {})

    async def test_of_a_suspended_account_too(self, market: Market) -> None:
        order = await paid(market)
        reason = {"freeze": False, "permanent": False, "reason": "Asked to wait"}
        (await market.support.posts(f"/conduct/{market.seller.name}/suspend", reason)).ok()
        await market.settles()
        shown = await previewed(market, DELIVER, order["number"])
        assert shown["code"] == "account_suspended"
        await agrees(market, DELIVER, order["number"], shown)


class TestAPreviewTakesNoLock:
    async def test_it_answers_while_somebody_holds_the_order(self, market: Market) -> None:
        order = await paid(market)
        async with held(market, "orders", HOLD, order["number"]) as hold:
            assert (await previewed(market, DELIVER, order["number"]))["row"] == "T7"
            assert (await previewed(market, CONFIRM, order["number"]))["code"] == "wrong_status"
            await hold.waiting(0)

    async def test_it_needs_no_idempotency_key(self, market: Market) -> None:
        order = await paid(market)
        url = f"{market.stack.url}/v1/orders/{order['number']}/deliver?preview=true"
        assert (await market.client.post(url, headers=market.seller.headers)).json()["row"] == "T7"


def before(state: State) -> str:
    """The last millisecond before the deadline."""
    hours = int(state.due.split(":")[0]) - 1
    return f"{hours:02}:59:59.999"


async def previews(market: Market, acts: Iterable[PartyAction], number: str) -> dict[str, Any]:
    """What each action would do, by its name; the previews leave no trace.

    A side that can't read the order, the seller of an unpaid one, gets the same 404 from preview and action.
    """
    left = await market.sql("orders", TRACES, number)
    answers = {act.name: await act.preview(person(market, act), number) for act in acts}
    assert await market.sql("orders", TRACES, number) == left
    for act in acts:
        who = person(market, act)
        if (await who.gets(f"/orders/{number}")).status == 404:
            for answer in (answers.pop(act.name), await act.perform(who, number)):
                assert (answer.status, answer.code) == (404, "order_not_found")
    assert {answer.status for answer in answers.values()} == {200}, "a preview is told to whoever may read the order"
    return {name: answer.body for name, answer in answers.items()}


async def previewed(market: Market, act: PartyAction, number: str) -> Any:
    """What this action would do."""
    answer = await act.preview(person(market, act), number)
    assert answer.status == 200, "a preview is always told"
    return answer.body


async def agrees(market: Market, act: PartyAction, number: str, shown: Any) -> None:
    """The action has the same answer, row and event, the same status and deadlines, and moves the same money."""
    known = len(await market.events(number))
    answer = await act.perform(person(market, act), number)
    assert (shown["allowed"], shown["code"]) == (answer.code is None, answer.code)
    seen = await market.buyer.sees(number)
    clock = seen["deadline"] and {name: seen["deadline"][name] for name in ("kind", "due_at")}
    assert (seen["status"], clock) == (shown["status"], shown["deadline_after"])
    lines = (await market.buyer.gets(f"/orders/{number}/history")).ok()["items"]
    published = (await market.events(number))[known:]
    moved = [each["body"]["settlement"] for each in published if "settlement" in each["body"]]
    settled = {name: sum(each[name] for each in moved) for name in MONEY}
    assert {name: shown["settlement"][name]["amount"] for name in MONEY} == settled
    assert shown["event"] == (published[-1]["event"] if published else None)
    assert shown["row"] in (None, lines[-1]["row"]) or shown["row"].startswith("R")

"""A deadline passes while somebody acts: from the due time on the time-out wins, whoever comes first to the order."""

import asyncio
from datetime import timedelta

import pytest

from deploy.client.http import Answer
from shared.clock import written
from tests.support.effort import EFFORT
from tests.support.market import Market
from tests.support.races.actions import DELIVER, PartyAction
from tests.support.races.meeting import Contender, expiry, held, in_line
from tests.support.races.orders import CLOCKED, HOLD, STATES, UNPAID, State, orders_in, outcomes_of, performing, result

EACH_STATE = pytest.mark.parametrize("state", CLOCKED, ids=lambda state: state.name)
MILLISECOND = timedelta(milliseconds=1)


@EACH_STATE
class TestTheExpiryNotificationMeetsACommand:
    async def test_at_the_due_time_the_deadline_wins_in_both_orders(self, market: Market, state: State) -> None:
        numbers = await orders_in(market, state, 3 * len(state.raced))
        await market.at(state.due, fire=False)
        outcomes = await self._meet(market, state, numbers)
        assert outcomes == {"ok" if state is UNPAID else "deadline_passed"}
        await market.at(state.due)

    async def test_a_millisecond_before_the_command_wins_in_both_orders(self, market: Market, state: State) -> None:
        numbers = await orders_in(market, state, 3 * len(state.raced))
        await just_before(market, state)
        assert await self._meet(market, state, numbers) == {"ok"}
        await market.settles()

    async def _meet(self, market: Market, state: State, numbers: list[str]) -> set[str]:
        """Each action alone, before an expiry notification and behind one: always the same."""
        answers = []
        for act, *three in zip(state.raced, *(numbers[n::3] for n in range(3)), strict=True):
            alone, first, second = (performing(market, act, number) for number in three)
            before = await in_line(market, "orders", HOLD, (three[1],), first, expiring(market, three[1]))
            behind = await in_line(market, "orders", HOLD, (three[2],), expiring(market, three[2]), second)
            answers.append(({outcomes_of([await alone()]), outcomes_of(before[:1]), outcomes_of(behind[1:])}, three))
        await market.settles()
        for outcomes, three in answers:
            assert len(outcomes) == len({await result(market, number) for number in three}) == 1
        return {outcome for outcomes, _ in answers for ((outcome, _),) in outcomes}


@EACH_STATE
class TestTheExpiryNotificationComesTwice:
    async def test_the_deadline_expires_once(self, market: Market, state: State) -> None:
        (number,) = await orders_in(market, state, 1)
        before = len((await result(market, number))[1])
        await market.at(state.due, fire=False)
        await in_line(market, "orders", HOLD, (number,), *[expiring(market, number)] * 2)
        await market.at(state.due)
        history = (await market.buyer.gets(f"/orders/{number}/history")).ok()["items"]
        assert [line["at"] for line in history[before:]] == [market.written(state.due)]
        assert history[-1]["by"]["deadline"] is not None


@EACH_STATE
class TestACommandWaitsForTheLock:
    async def test_and_is_late_when_the_deadline_passed_meanwhile(self, market: Market, state: State) -> None:
        twins = await orders_in(market, state, 2 * len(state.raced))
        await just_before(market, state)
        waited = [await self._over_time(market, state, *each) for each in zip(state.raced, twins[::2], strict=True)]
        await market.at(state.due, fire=False)
        for act, number, (answer, there) in zip(state.raced, twins[1::2], waited, strict=True):
            assert outcomes_of([answer]) == outcomes_of([await performing(market, act, number)()])
            assert await result(market, there) == await result(market, number)
        await market.at(state.due)

    async def _over_time(self, market: Market, state: State, act: PartyAction, number: str) -> tuple[Answer, str]:
        """Acts while the order is locked by somebody who rolls back when the deadline has passed."""
        async with held(market, "orders", HOLD, number) as hold:
            performed = asyncio.ensure_future(performing(market, act, number)())
            await hold.waiting(1)
            await market.sql("orders", "update clock set frozen_at = $1", market.when(state.due))
        answer = await performed
        await market.sql("orders", "update clock set frozen_at = $1", market.when(state.due) - MILLISECOND)
        return answer, number


class TestTheClockRuns:
    async def test_each_order_has_one_of_the_two_endings(self, market: Market) -> None:
        """The sellers deliver, one order after the other, while the moment passes at which all are refunded."""
        numbers = await orders_in(market, STATES[0], 20 * EFFORT)
        due = market.when(STATES[0].due)
        await market.advances({"to": written(due - 60 * MILLISECOND)})
        await market.advances({"run": True})
        answers = {number: await performing(market, DELIVER, number)() for number in numbers}
        await market.settles()
        back = 0
        for number, answer in answers.items():
            rows = (await market.buyer.gets(f"/orders/{number}/history")).ok()["items"]
            if answer.code is None:
                assert [row["row"] for row in rows] == ["T1", "T3", "T7"]
                assert rows[-1]["at"] < written(due)
            else:
                assert (answer.code, answer.body["current"]["status"]) == ("deadline_passed", "refunded")
                assert [row["row"] for row in rows] == ["T1", "T3", "T9"]
                assert rows[-1]["at"] == written(due)
                back += 100_00
        assert (await market.buyer.wallet())["balance"] == back


async def just_before(market: Market, state: State) -> None:
    """The last moment at which nothing is late."""
    await market.advances({"to": written(market.when(state.due) - MILLISECOND)})


def expiring(market: Market, number: str) -> Contender:
    return lambda: expiry(market, number)

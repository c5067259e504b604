"""Two do something about one case at the same moment, or somebody does while the reminder comes."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest

from tests.scenarios.steps import disputed
from tests.support.market import Market
from tests.support.races.meeting import Contender, expiry, in_line, outcome
from tests.support.races.orders import DISPUTED, orders_in
from tests.support.scenarios.conduct import ruling

HOLD_CASE = "select id from cases where id = $1::text::uuid"
EVIDENCE, ASSIGN, DECIDE = "evidence", "assign", "decision"
BODIES: dict[str, Any] = {EVIDENCE: {"text": "The trade log"}, ASSIGN: None, DECIDE: ruling("split", 40_00)}
REMINDER = "25:00:00"
"""A day after the cases of `orders_in` were opened."""


class TestTwoAtTheSameMoment:
    async def test_behind_the_lock_the_second_meets_what_the_first_has_made(self, market: Market) -> None:
        pairs = list(product(BODIES, repeat=2))
        cases = await cases_of(market, await orders_in(market, DISPUTED, 2 * len(pairs)))
        for pair, calm, raced in zip(pairs, cases[::2], cases[1::2], strict=True):
            expected = [outcome(await doing(market, each, calm)()) for each in pair]
            in_turn = [doing(market, each, raced) for each in pair]
            answers = await in_line(market, "disputes", HOLD_CASE, (raced,), *in_turn)
            assert [outcome(each) for each in answers] == expected
        await market.settles()
        for calm, raced in zip(cases[::2], cases[1::2], strict=True):
            assert await rows(market, raced) == await rows(market, calm)


@pytest.mark.parametrize("clock_first", [True, False])
class TestTheReminderComesWhile:
    @pytest.mark.parametrize("deed", BODIES)
    async def test_somebody_works_on_the_case(self, market: Market, deed: str, clock_first: bool) -> None:
        """Behind the reminder the deed is done all the same; behind the deed the reminder is an old one."""
        (case,) = await cases_of(market, await orders_in(market, DISPUTED, 1))
        await market.at(REMINDER, fire=False)
        contenders: list[Contender] = [lambda: expiry(market, case, "disputes"), doing(market, deed, case)]
        in_turn = contenders if clock_first else contenders[::-1]
        answers = await in_line(market, "disputes", HOLD_CASE, (case,), *in_turn)
        assert outcome(answers[1 if clock_first else 0]) == "ok"
        done = {EVIDENCE: "C1", ASSIGN: "C2", DECIDE: "C3"}[deed]
        await market.at(REMINDER)
        found = await rows(market, case)
        assert found[: 3 if clock_first else 2] == ["C0", *(["C5"] if clock_first else []), done]
        assert found.count("C5") == clock_first

    async def test_the_reminder_itself_comes_twice(self, market: Market, clock_first: bool) -> None:
        order = await disputed(market)
        await market.at("68:00:00", fire=False)
        again = [lambda: expiry(market, order["dispute_id"], "disputes")] * 2
        await in_line(market, "disputes", HOLD_CASE, (order["dispute_id"],), *again)
        await market.at("68:00:00", fire=clock_first)
        assert await rows(market, order["dispute_id"]) == ["C0", "C5"]


async def cases_of(market: Market, numbers: Sequence[str]) -> list[str]:
    """The cases of these orders."""
    query = "select id::text, number from cases where number = any($1::text[])"
    found = {row["number"]: row["id"] for row in await market.sql("disputes", query, list(numbers))}
    return [found[number] for number in numbers]


def doing(market: Market, deed: str, case: str) -> Contender:
    """Somebody who will do it: the seller adds evidence, support takes the case and rules."""
    who = market.seller if deed == EVIDENCE else market.support
    return lambda: who.posts(f"/disputes/{case}/{deed}", BODIES[deed])


async def rows(market: Market, case: str) -> list[str]:
    """The trail of the case."""
    return [step["row"] for step in (await market.support.gets(f"/disputes/{case}")).ok()["steps"]]

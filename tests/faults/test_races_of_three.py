"""The buyer, the seller and the clock come to one order at once: one of them ends it, and the others are refused.

Each race has to end as it could have ended if they had come one after the other, in whatever order; the pure rules
decide which endings these are.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import combinations, pairwise

import pytest

from deploy.client.http import Answer
from shared.clock import written
from tests.support.effort import EFFORT
from tests.support.market import Market
from tests.support.proof import prove_books
from tests.support.races.actions import (
    AGREE,
    CONFIRM,
    DELIVER,
    ESCALATE,
    FORCE_REFUND,
    GIVE_BACK,
    REFUSE,
    REQUEST,
    TAKE_BACK,
    PartyAction,
    person,
)
from tests.support.races.meeting import at_once, elsewhere, in_line
from tests.support.races.model import (
    CLOCK,
    Deed,
    doing,
    ended,
    endings,
    one_after_the_other,
    played_to,
)
from tests.support.races.orders import HOLD, STATES, State, orders_in

DELIVERY, REQUESTED_BEFORE, CONFIRMATION, REQUESTED_AFTER, REFUSED = STATES
TRIPLES: tuple[tuple[State, PartyAction, PartyAction], ...] = (
    (DELIVERY, DELIVER, GIVE_BACK),
    (REQUESTED_BEFORE, DELIVER, AGREE),
    (CONFIRMATION, CONFIRM, REQUEST),
    (REQUESTED_AFTER, CONFIRM, AGREE),
    (REQUESTED_AFTER, CONFIRM, REFUSE),
    (REFUSED, CONFIRM, AGREE),
)
"""With the clock the third: D3, D4, D5, D6 twice, D7."""
MORE: tuple[tuple[State, PartyAction, PartyAction], ...] = (
    (REQUESTED_BEFORE, TAKE_BACK, AGREE),
    (REQUESTED_AFTER, TAKE_BACK, REFUSE),
    (REQUESTED_AFTER, CONFIRM, FORCE_REFUND),
    (REFUSED, ESCALATE, AGREE),
)
PLAYED = (*TRIPLES, *MORE) if EFFORT > 1 else TRIPLES
MILLISECOND = timedelta(milliseconds=1)
HEAD_START, GAP = 40 * MILLISECOND, 15 * MILLISECOND
"""About: so long takes a clock to be started, and between two races; half of them shall be over when it expires."""
Pair = tuple[PartyAction, PartyAction]


@pytest.mark.parametrize(
    ("state", "one", "other"), PLAYED, ids=[f"{each[0].name}-{each[1].name}-{each[2].name}" for each in PLAYED]
)
class TestTwoActAndTheDeadlineExpires:
    async def test_behind_the_lock_it_is_as_if_they_had_come_one_after_the_other(
        self, market: Market, state: State, one: PartyAction, other: PartyAction
    ) -> None:
        """Each in turn is the first behind the lock; who of the others is next, the database may choose."""
        lines: list[list[Deed]] = [[one, other, CLOCK], [other, one, CLOCK], [CLOCK, one, other]]
        numbers = await orders_in(market, state, 2 * len(lines))
        due = market.when(state.due)
        for at, some in ((due - MILLISECOND, numbers[::2]), (due, numbers[1::2])):
            await market.advances({"to": written(at), "fire": False})
            result = []
            for number, line in zip(some, lines, strict=True):
                contenders = [doing(market, each, number) for each in line]
                result.append(await in_line(market, "orders", HOLD, (number,), *contenders))
            start = played_to(state, market)
            for number, (first, *others), answers in zip(some, lines, result, strict=True):
                found = await ended(market, number, zip((first, *others), answers, strict=True))
                turns = ((first, *others), (first, *others[::-1]))
                assert found in [one_after_the_other(start, [(each, at) for each in turn], at) for turn in turns]
                assert at < due or len(found.rows) == len(start.rows) + 1, "the clock alone has won"
        await market.settles()


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
class TestAllStartTogetherWhileTheClockRunsOut:
    async def test_every_ending_is_a_possible_one(self, market: Market, state: State) -> None:
        """The clock runs, nobody is held up: what meets whom, and in which order, is left to chance."""
        for _ in range(EFFORT):
            await market.starts()
            races = list(combinations(state.acts, 2)) if EFFORT > 1 else list(pairwise(state.acts))
            numbers = await orders_in(market, state, len(races))
            due, begin = market.when(state.due), market.when(state.due) - HEAD_START - GAP * len(races) / 2
            await market.advances({"to": written(begin)})
            result = await self.start(market, list(zip(races, numbers, strict=True)))
            if (await market.settles())["now"] < written(due):
                await market.at(state.due)
            start = played_to(state, market)
            for pair, number, answers in zip(races, numbers, result, strict=True):
                possible = set(endings(start, (*pair, CLOCK), (begin, due)))
                found = await ended(market, number, zip(pair, answers, strict=True))
                assert found in possible, [each.name for each in pair]
        await prove_books(market.stack)

    async def start(self, market: Market, races: list[tuple[Pair, str]]) -> list[tuple[Answer, Answer]]:
        """Let the clock run, and then one pair after the other, each at once, while it runs out."""
        running = asyncio.Event()

        async def runs(own: Market) -> Answer:
            answer = await own.nobody.posts("/sandbox/clock/advance", {"run": True})
            running.set()
            return answer

        def performs(turn: int, act: PartyAction, number: str) -> Callable[[Market], Awaitable[Answer]]:
            async def perform(own: Market) -> Answer:
                await running.wait()
                await asyncio.sleep(turn * GAP.total_seconds())
                return await act.perform(elsewhere(person(market, act), own), number)

            return perform

        performing = [performs(turn, each, number) for turn, (pair, number) in enumerate(races) for each in pair]
        _, *answers = await at_once(market, runs, *performing)
        return list(zip(answers[::2], answers[1::2], strict=True))

"""Two people act at the same moment.

Behind the order's lock, in each order of arrival, it must be as if the second had come later; all at once, as if one
of them had.
"""

import itertools
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from deploy.client.http import Answer
from tests.support.effort import EFFORT
from tests.support.market import Market
from tests.support.races.actions import PartyAction, person
from tests.support.races.meeting import at_once, elsewhere, in_line
from tests.support.races.orders import EVERYWHERE, HOLD, Outcomes, State, orders_in, outcomes_of, performing, result


@pytest.mark.parametrize("state", EVERYWHERE, ids=lambda state: state.name)
class TestTwoActAtTheSameMoment:
    async def test_behind_the_lock_the_second_meets_what_the_first_has_made(self, market: Market, state: State) -> None:
        forth = paired(state.acts)
        neighbours = [*forth, *(pair for pair in paired(state.acts, -1) if pair not in forth)]
        pairs = list(itertools.product(state.acts, repeat=2) if EFFORT > 1 else neighbours)
        numbers = await orders_in(market, state, 2 * len(pairs))
        for pair, calm, raced in zip(pairs, numbers[::2], numbers[1::2], strict=True):
            expected = await calmly(market, pair, calm)
            in_turn = [performing(market, act, raced) for act in pair]
            answers = await in_line(market, "orders", HOLD, (raced,), *in_turn)
            assert (outcomes_of(answers), await result(market, raced)) == expected
        await market.settles()

    async def test_all_at_once_it_is_as_if_one_had_come_later(self, market: Market, state: State) -> None:
        every = itertools.combinations_with_replacement(state.acts, 2)
        pairs = list(every) * EFFORT if EFFORT > 1 else paired(state.raced)
        numbers = await orders_in(market, state, 3 * len(pairs))
        groups = zip(pairs, numbers[::3], numbers[1::3], numbers[2::3], strict=True)
        for pair, one, other, raced in groups:
            legal = [await calmly(market, pair, one), await calmly(market, pair[::-1], other)]
            answers = await at_once(market, *(racing(market, act, raced) for act in pair))
            found = await result(market, raced)
            outcomes = outcomes_of(answers)
            assert (outcomes, found) in legal or (outcomes[::-1], found) in legal
        await market.settles()


def paired(acts: Sequence[PartyAction], step: int = 1) -> list[tuple[PartyAction, PartyAction]]:
    """Each action with the next one, or the one before: what `make test` plays of all pairs."""
    return [(act, acts[(place + step) % len(acts)]) for place, act in enumerate(acts)]


async def calmly(market: Market, pair: Sequence[PartyAction], number: str) -> tuple[Outcomes, tuple[Any, ...]]:
    """One after the other: the result of each, and the state of the order then."""
    answers = [await act.perform(person(market, act), number) for act in pair]
    return outcomes_of(answers), await result(market, number)


def racing(market: Market, act: PartyAction, number: str) -> Callable[[Market], Awaitable[Answer]]:
    return lambda own: act.perform(elsewhere(person(market, act), own), number)

"""Is every meeting raced? The tables of orders and of reviews say what can meet: a new row needs a race."""

from collections.abc import Callable, Iterator
from itertools import combinations_with_replacement
from typing import Any

import pytest

from services.orders.domain import lifecycle, review
from services.orders.domain.lifecycle import Place
from services.orders.domain.order import Status
from services.orders.domain.request import Action
from services.orders.domain.review import ReviewAction
from tests.faults import test_races_about_money as money
from tests.faults import test_races_at_the_deadline as deadline
from tests.faults import test_races_of_three as three
from tests.faults import test_races_with_support as support
from tests.support.races.orders import CLOCKED, COMPLETED, EVERYWHERE, HELD, REPORTED, REVIEWED

A = Action
PLACES = sorted({place for row in lifecycle.TABLE for place in row.sources})
Pair = frozenset[Action]
ELSEWHERE: dict[Pair, Callable[..., Any]] = {
    frozenset({A.TIME_OUT}): deadline.TestTheExpiryNotificationComesTwice.test_the_deadline_expires_once,
    frozenset({A.CHARGE_BACK}): support.TestTheBankReportsItTwice.test_the_order_is_disputed_once,
    frozenset({A.DECIDE}): support.TestTwoOfSupportRuleAtOnce.test_one_ruling_is_written_and_the_other_is_refused,
    frozenset(
        {A.DECIDE, A.AGREE_REFUND}
    ): support.TestSupportRulesWhileAPartyEndsTheDispute.test_whoever_comes_to_the_order_first,
    frozenset(
        {A.DECIDE, A.CONFIRM}
    ): support.TestSupportRulesWhileAPartyEndsTheDispute.test_whoever_comes_to_the_order_first,
    frozenset(
        {A.DECIDE, A.CHARGE_BACK}
    ): support.TestSupportRulesWhileTheBankTakesTheMoneyBack.test_the_buyers_part_is_given_once,
    frozenset(
        {A.CONFIRM_PAYMENT}
    ): money.TestThePaymentIsCapturedTwice.test_the_second_time_the_money_goes_to_the_balance,
    frozenset({A.CONFIRM_PAYMENT, A.DELETE}): money.TestTheMoneyComesWhile.test_the_order_is_removed,
    frozenset({A.CONFIRM_PAYMENT, A.TIME_OUT}): money.TestTheMoneyComesWhile.test_the_hour_ends,
}
"""Races of what is no action of a party, and the test that plays each."""


def actions(place: Place) -> set[Action]:
    """The actions that the table has there."""
    return {row.action for row in lifecycle.TABLE if place in row.sources}


def raced(place: Place) -> Iterator[Pair]:
    """The pairs that the tests play there."""
    for state in EVERYWHERE:
        performed = {Action(each.given.action) for each in state.acts if each.given.action in set(Action)}
        if state.place == place:
            yield from (frozenset(pair) for pair in combinations_with_replacement(sorted(performed), 2))
            yield from (frozenset({each, A.TIME_OUT}) for each in performed if state in CLOCKED)
            above = {A.TIME_OUT} if state in CLOCKED else set()
            yield from (frozenset({each, A.CHARGE_BACK}) for each in performed | above if state in HELD)


class TestIsEveryMeetingRaced:
    @pytest.mark.parametrize("place", PLACES, ids=str)
    def test_of_every_two_that_the_table_answers_in_one_status(self, place: Place) -> None:
        pairs = {frozenset(pair) for pair in combinations_with_replacement(sorted(actions(place)), 2)}
        missing = pairs - set(raced(place)) - set(ELSEWHERE)
        assert not missing, (
            "give the state its action in tests/support/races/orders.py, or write a race and name it in ELSEWHERE"
        )

    def test_of_every_two_that_can_be_said_about_one_review(self) -> None:
        found = {each.given.action for state in (COMPLETED, REVIEWED, REPORTED) for each in state.acts}
        assert found == {row.action for row in review.TABLE} == set(ReviewAction)

    def test_of_the_clock_with_every_two_parties(self) -> None:
        ticking = {place for row in lifecycle.TABLE if row.action is A.TIME_OUT for place in row.sources}
        played = {state.place for state, _, _ in three.TRIPLES}
        assert ticking - played == {(Status.WAITING_PAYMENT, None)}, "the buyer is alone with an unpaid order"

    def test_nothing_is_named_that_can_not_meet(self) -> None:
        possible = [frozenset(pair) for place in PLACES for pair in combinations_with_replacement(actions(place), 2)]
        assert set(ELSEWHERE) <= set(possible)

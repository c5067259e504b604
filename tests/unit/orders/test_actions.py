"""The list of actions: each side sees every name in a fixed order, and an allowed action works."""

from datetime import timedelta

import pytest

from services.orders.domain.actions import NAMES, REVIEWS, next_actions
from services.orders.domain.order import Order
from services.orders.domain.parties import refusal, side
from services.orders.domain.request import Action, Outcome, Request, Role
from services.orders.domain.transition import decide
from services.orders.queries import see
from services.orders.refusals import OrdersRefusal
from shared.actor import Actor
from shared.refusals import Refusal, RefusalCode
from tests.unit.orders.examples import MILLISECOND, A, R, a_request, due, examples, hours, moments

EXAMPLES = examples()
EVERY_EXAMPLE = pytest.mark.parametrize("order", EXAMPLES.values(), ids=list(EXAMPLES))


def performed(order: Order, name: str, role: Role, order_at: Request) -> RefusalCode | None:
    """Why this action is refused with every field filled in, None if it works."""
    if name == "pay":
        exact = {"amount": order.amount, "currency": order.currency}
        return decide(order, a_request(A.CONFIRM_PAYMENT, R.PROVIDER, 0, fee_rate=0, tax_rate=0, **exact)).refusal
    filled = Request(Action(name), role, order_at.at, reason="other", description="d", outcome=Outcome.COMPLETE)
    return decide(order, filled).refusal


class TestWhichActionsDoISee:
    def test_the_names_of_my_side_in_their_fixed_order(self) -> None:
        buyer = ["pay", "delete", "request_refund", "cancel_refund_request", "confirm", "escalate", "review"]
        seller = ["deliver", "refund", "agree_refund", "refuse_refund", "reply_review", "report_review"]
        shown = {role: [each.name for each in next_actions(EXAMPLES["paid"], role, hours(2))] for role in NAMES}
        assert shown == {Role.BUYER: buyer, Role.SELLER: seller, Role.SUPPORT: ["force_decision"]}

    @EVERY_EXAMPLE
    @pytest.mark.parametrize("role", NAMES)
    def test_an_action_is_allowed_exactly_when_the_table_accepts_it(self, order: Order, role: Role) -> None:
        for at in moments(order):
            now = see(order, role, at)
            for act in now.actions:
                if act.name in REVIEWS | {"pay"}:
                    continue
                answer = performed(now.order, act.name, role, Request(A.TIME_OUT, R.CLOCK, at))
                assert act.allowed == (answer is None)
                assert act.code is answer

    @pytest.mark.parametrize(("example", "allowed"), [("placed", True), ("expired", False), ("paid", False)])
    def test_pay_is_allowed_while_the_order_can_be_paid(self, example: str, allowed: bool) -> None:
        act = next_actions(EXAMPLES[example], Role.BUYER, hours(0.5))[0]
        assert (act.name, act.allowed) == ("pay", allowed)

    def test_a_completed_order_can_be_reviewed_and_no_other(self) -> None:
        for example, allowed in (("confirmed", True), ("delivered", False), ("paid", False)):
            acts = next_actions(EXAMPLES[example], Role.BUYER, hours(12))
            assert [each.allowed for each in acts if each.name == "review"] == [allowed]

    def test_a_suspended_side_has_no_action(self) -> None:
        acts = next_actions(EXAMPLES["paid"], Role.SELLER, hours(1), suspended=True)
        assert {each.code for each in acts} == {Refusal.ACCOUNT_SUSPENDED}


class TestFromWhenAndUntilWhen:
    def test_an_allowed_action_says_until_when_it_works(self) -> None:
        acts = next_actions(EXAMPLES["paid"], Role.SELLER, hours(1))
        assert {each.until for each in acts if each.allowed} == {hours(72)}

    def test_a_refund_that_comes_later_says_from_when(self) -> None:
        act = next_actions(EXAMPLES["paid"], Role.BUYER, hours(0.5))[2]
        assert (act.code, act.available_at, act.until) == (OrdersRefusal.REFUND_TOO_EARLY, hours(1), hours(72))

    @pytest.mark.parametrize("example", ["paid", "confirmed"])
    def test_a_refused_action_promises_nothing(self, example: str) -> None:
        refused = [each for each in next_actions(EXAMPLES[example], Role.BUYER, hours(12)) if not each.allowed]
        assert {(each.available_at, each.until) for each in refused} == {(None, None)}


class TestWhatDoISeeAfterTheDeadline:
    def test_just_before_it_the_order_is_as_it_is(self) -> None:
        seen = see(EXAMPLES["paid"], Role.BUYER, due(EXAMPLES["paid"]) - MILLISECOND)
        assert (seen.pending, seen.order.status) == (False, "waiting_delivery")

    @pytest.mark.parametrize("late", [timedelta(0), timedelta(days=2)])
    def test_from_it_on_the_order_as_if_its_deadline_had_expired(self, late: timedelta) -> None:
        seen = see(EXAMPLES["paid"], Role.BUYER, due(EXAMPLES["paid"]) + late)
        assert (seen.pending, seen.order.status, seen.order.closed_at) == (True, "refunded", hours(72))
        assert seen.default_outcome is None


class TestWhoSeesAnOrder:
    @pytest.mark.parametrize(
        ("actor", "role"),
        [
            (Actor("alice"), Role.BUYER),
            (Actor("bob"), Role.SELLER),
            (Actor("carol"), None),
            (Actor("carol", "support"), Role.SUPPORT),
            (Actor("alice", "support"), Role.BUYER),
            (Actor("helper", acting_for="bob"), Role.SELLER),
            (Actor("helper", acting_for="alice"), None),
        ],
    )
    def test_its_parties_support_and_who_acts_for_the_seller(self, actor: Actor, role: Role | None) -> None:
        assert side(EXAMPLES["paid"], actor) is role

    @pytest.mark.parametrize("example", ["placed", "expired", "deleted"])
    @pytest.mark.parametrize("sub", ["bob", "helper"])
    def test_the_seller_only_once_it_is_paid(self, example: str, sub: str) -> None:
        assert side(EXAMPLES[example], Actor(sub, acting_for="bob")) is None


class TestWhoMayPerformAnAction:
    @pytest.mark.parametrize(
        ("actor", "buyers", "sellers", "supports"),
        [
            (Actor("alice"), None, "not_a_party", "not_a_party"),
            (Actor("bob"), "not_a_party", None, "not_a_party"),
            (Actor("helper", acting_for="bob"), "not_a_party", None, "not_a_party"),
            (Actor("helper", acting_for="alice"), "order_not_found", "order_not_found", "order_not_found"),
            (Actor("eve"), "order_not_found", "order_not_found", "order_not_found"),
            (Actor("sue", "support"), "not_a_party", "not_a_party", None),
            (Actor("alice", "support"), None, "not_a_party", "not_a_party"),
            (Actor("bob", "support"), "not_a_party", None, "not_a_party"),
        ],
    )
    def test_each_side_its_own(
        self, actor: Actor, buyers: str | None, sellers: str | None, supports: str | None
    ) -> None:
        found = [refusal(EXAMPLES["paid"], actor, role) for role in (Role.BUYER, Role.SELLER, Role.SUPPORT)]
        assert found == [buyers, sellers, supports]

    @pytest.mark.parametrize("role", [Role.BUYER, Role.SELLER, Role.SUPPORT])
    def test_the_seller_of_an_unpaid_order_none(self, role: Role) -> None:
        assert refusal(EXAMPLES["placed"], Actor("bob"), role) == "order_not_found"

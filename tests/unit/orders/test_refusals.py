"""Which refusal it is: the deadline is checked first, then status, gate, once, amount and reason (rules 3.3.11)."""

import pytest

from services.orders.domain.order import Status
from services.orders.domain.request import Action, Outcome, Role
from services.orders.domain.transition import decide
from services.orders.refusals import OrdersRefusal
from shared.refusals import Refusal
from tests.unit.orders.examples import A, R, a_request, an_order, examples, pays, play, refused, take, wants_back

EXAMPLES = examples()
LATE = 10_000.0


class TestAmITooLateOrIsItTheWrongStatus:
    @pytest.mark.parametrize(
        ("example", "action", "role"),
        [
            ("expired", A.CONFIRM_PAYMENT, R.PROVIDER),
            ("not delivered", A.DELIVER, R.SELLER),
            ("completed by silence", A.CONFIRM, R.BUYER),
            ("silence refunded", A.REFUSE_REFUND, R.SELLER),
            ("silence refunded", A.CANCEL_REFUND_REQUEST, R.BUYER),
            ("waived", A.ESCALATE, R.BUYER),
            ("waived", A.FORCE_DECISION, R.SUPPORT),
        ],
    )
    def test_what_the_deadline_took_away_is_deadline_passed(self, example: str, action: Action, role: Role) -> None:
        assert refused(EXAMPLES[example], a_request(action, role, LATE)) is Refusal.DEADLINE_PASSED

    @pytest.mark.parametrize(
        ("example", "action", "role"),
        [
            ("refunded", A.DELIVER, R.SELLER),
            ("confirmed", A.REQUEST_REFUND, R.BUYER),
            ("not delivered", A.CONFIRM, R.BUYER),
            ("completed by silence", A.DELIVER, R.SELLER),
            ("deleted", A.DELETE, R.BUYER),
            ("refund requested", A.REFUSE_REFUND, R.SELLER),
            ("refund requested", A.REQUEST_REFUND, R.BUYER),
            ("delivered", A.REFUND, R.SELLER),
            ("refused", A.CANCEL_REFUND_REQUEST, R.BUYER),
            ("disputed", A.FORCE_DECISION, R.SUPPORT),
            ("expired", A.ESCALATE, R.BUYER),
        ],
    )
    def test_what_was_never_possible_is_wrong_status(self, example: str, action: Action, role: Role) -> None:
        at = 7.5 if example == "refund requested" else 41
        assert refused(EXAMPLES[example], a_request(action, role, at)) is Refusal.WRONG_STATUS

    @pytest.mark.parametrize("example", ["paid", "delivered", "refund requested", "refund requested after delivery"])
    def test_a_dispute_before_the_seller_refused_is_not_allowed(self, example: str) -> None:
        assert refused(EXAMPLES[example], a_request(A.ESCALATE, R.BUYER, 7)) is OrdersRefusal.ESCALATION_NOT_ALLOWED

    def test_the_answer_is_the_same_whatever_expired_the_deadline(self) -> None:
        late, order = a_request(A.DELIVER, R.SELLER, 73), EXAMPLES["paid"]
        decision = decide(order, late)
        assert [each.row.id for each in decision.steps] == ["T9"]
        assert decision.refusal is refused(EXAMPLES["not delivered"], late) is Refusal.DEADLINE_PASSED

    def test_the_place_before_the_expiry_counts_with_its_stage(self) -> None:
        refund_by_silence = take(EXAMPLES["refund requested"], a_request(A.TIME_OUT, R.CLOCK, 9)).after
        assert refused(refund_by_silence, a_request(A.AGREE_REFUND, R.SELLER, 9)) is Refusal.DEADLINE_PASSED
        assert refused(refund_by_silence, a_request(A.REFUSE_REFUND, R.SELLER, 9)) is Refusal.WRONG_STATUS

    def test_guards_are_not_checked_again_after_the_expiry(self) -> None:
        without_reason = a_request(A.REFUND, R.SELLER, 73, reason=None, description=None)
        assert refused(EXAMPLES["paid"], without_reason) is Refusal.DEADLINE_PASSED

    def test_what_is_legal_after_the_expiry_succeeds_in_one_go(self) -> None:
        decision = decide(EXAMPLES["placed"], a_request(A.DELETE, R.BUYER, 1))
        assert ([each.row.id for each in decision.steps], decision.refusal) == (["T4", "T5"], None)
        assert decision.after(EXAMPLES["placed"]).status is Status.DELETED

    def test_after_a_later_step_the_old_expiry_is_forgotten(self) -> None:
        deleted = play(EXAMPLES["expired"], a_request(A.DELETE, R.BUYER, 2))
        assert deleted.expiry is None
        assert refused(deleted, pays(deleted, 3)) is Refusal.WRONG_STATUS


class TestWhyIsMyRefundRequestRefused:
    @pytest.mark.parametrize("amount", [0, -1, 100_01, 2**62])
    @pytest.mark.parametrize(("example", "at"), [("paid", 2), ("delivered", 11)])
    def test_the_amount_is_more_than_nothing_and_at_most_what_is_held(
        self, example: str, at: float, amount: int
    ) -> None:
        assert refused(EXAMPLES[example], wants_back(at, amount)) is Refusal.REFUND_AMOUNT_INVALID

    @pytest.mark.parametrize("amount", [1, 99_99, 100_00, None])
    def test_every_amount_in_between_is_taken(self, amount: int | None) -> None:
        assert play(EXAMPLES["delivered"], wants_back(11, amount)).requested_amount == (amount or 100_00)

    def test_the_amount_is_in_the_currency_of_the_order(self) -> None:
        request = a_request(A.REQUEST_REFUND, R.BUYER, 2, amount=1, currency="USD")
        assert refused(EXAMPLES["paid"], request) is Refusal.REFUND_AMOUNT_INVALID

    @pytest.mark.parametrize("reason", [None, "", "because", "out_of_stock"])
    def test_it_needs_one_of_the_buyers_reasons(self, reason: str | None) -> None:
        request = a_request(A.REQUEST_REFUND, R.BUYER, 2, reason=reason)
        assert refused(EXAMPLES["paid"], request) is OrdersRefusal.REFUND_REASON_REQUIRED

    @pytest.mark.parametrize("text", [None, "", " \n", "x" * 1001])
    def test_it_needs_a_description_of_at_most_a_thousand_characters(self, text: str | None) -> None:
        request = a_request(A.REQUEST_REFUND, R.BUYER, 2, description=text)
        assert refused(EXAMPLES["paid"], request) is OrdersRefusal.REFUND_REASON_REQUIRED

    def test_a_description_of_exactly_a_thousand_characters_is_taken(self) -> None:
        request = a_request(A.REQUEST_REFUND, R.BUYER, 2, description="x" * 1000)
        assert play(EXAMPLES["paid"], request).status is Status.REFUNDING

    @pytest.mark.parametrize(
        ("example", "at"), [("request cancelled", 4), ("part given back", 4), ("request cancelled after delivery", 22)]
    )
    def test_there_is_one_request_and_none_after_a_cancelled_one(self, example: str, at: float) -> None:
        assert refused(EXAMPLES[example], wants_back(at)) is OrdersRefusal.REFUND_ALREADY_USED

    @pytest.mark.parametrize("example", ["delivered instead", "part given back"])
    def test_a_request_that_the_seller_ended_leaves_the_one_after_delivery(self, example: str) -> None:
        order = EXAMPLES[example]
        delivered = order if order.delivered_at else play(order, a_request(A.DELIVER, R.SELLER, 10))
        assert play(delivered, wants_back(20)).requested_amount == order.held

    def test_a_request_cancelled_before_delivery_bars_the_one_after_it(self) -> None:
        delivered = play(EXAMPLES["request cancelled"], a_request(A.DELIVER, R.SELLER, 5))
        assert refused(delivered, wants_back(6)) is OrdersRefusal.REFUND_ALREADY_USED

    def test_the_first_broken_rule_is_the_refusal(self) -> None:
        wrong = {"amount": -1, "reason": None, "description": None}
        paid, cancelled = EXAMPLES["paid"], EXAMPLES["request cancelled"]
        assert refused(paid, a_request(A.REQUEST_REFUND, R.BUYER, 0.5, **wrong)) is OrdersRefusal.REFUND_TOO_EARLY
        assert refused(cancelled, a_request(A.REQUEST_REFUND, R.BUYER, 4, **wrong)) is OrdersRefusal.REFUND_ALREADY_USED
        assert refused(paid, a_request(A.REQUEST_REFUND, R.BUYER, 4, **wrong)) is Refusal.REFUND_AMOUNT_INVALID
        assert refused(paid, a_request(A.REQUEST_REFUND, R.BUYER, 73, **wrong)) is Refusal.DEADLINE_PASSED


class TestWhoHasToGiveAReason:
    @pytest.mark.parametrize("reason", [None, "", "not_received", "OUT_OF_STOCK"])
    def test_a_seller_who_gives_the_money_back(self, reason: str | None) -> None:
        assert (
            refused(EXAMPLES["paid"], a_request(A.REFUND, R.SELLER, 1, reason=reason))
            is OrdersRefusal.REFUND_REASON_REQUIRED
        )

    @pytest.mark.parametrize("reason", [None, "", "  ", "\u200b", "x" * 1001])
    def test_a_seller_who_refuses(self, reason: str | None) -> None:
        request = a_request(A.REFUSE_REFUND, R.SELLER, 21, reason=reason)
        assert refused(EXAMPLES["refund requested after delivery"], request) is OrdersRefusal.REFUSAL_REASON_REQUIRED

    @pytest.mark.parametrize("outcome", [Outcome.BUYER_WINS, Outcome.SELLER_WINS])
    def test_support_that_decides(self, outcome: Outcome) -> None:
        request = a_request(A.DECIDE, R.SUPPORT, 41, outcome=outcome, reason="\u3164")
        assert refused(EXAMPLES["disputed"], request) is Refusal.REASON_REQUIRED

    @pytest.mark.parametrize("amount", [None, -1, 100_01])
    def test_a_split_is_between_nothing_and_all_that_is_held(self, amount: int | None) -> None:
        request = a_request(A.DECIDE, R.SUPPORT, 41, outcome=Outcome.SPLIT, amount=amount)
        assert refused(EXAMPLES["disputed"], request) is Refusal.REFUND_AMOUNT_INVALID


class TestWhoCanEndADispute:
    @pytest.mark.parametrize(("action", "role"), [(A.AGREE_REFUND, R.SELLER), (A.CONFIRM, R.BUYER)])
    @pytest.mark.parametrize("example", ["charged back", "charged back in dispute"])
    def test_after_a_charge_back_only_support(self, example: str, action: Action, role: Role) -> None:
        assert refused(EXAMPLES[example], a_request(action, role, 50)) is Refusal.WRONG_STATUS
        decided = a_request(A.DECIDE, R.SUPPORT, 50, outcome=Outcome.SELLER_WINS)
        assert play(EXAMPLES[example], decided).status is Status.COMPLETED

    def test_after_an_escalation_each_side_may_give_in(self) -> None:
        assert play(EXAMPLES["disputed"], a_request(A.AGREE_REFUND, R.SELLER, 50)).status is Status.REFUNDED
        assert play(EXAMPLES["disputed"], a_request(A.CONFIRM, R.BUYER, 50)).status is Status.COMPLETED

    def test_a_ruling_counts_once(self) -> None:
        ruling = a_request(A.DECIDE, R.SUPPORT, 50, outcome=Outcome.BUYER_WINS)
        assert refused(play(EXAMPLES["disputed"], ruling), ruling) is Refusal.WRONG_STATUS


class TestHowAnOrderIsPaid:
    @pytest.mark.parametrize(("amount", "currency"), [(99_99, "MYR"), (100_01, "MYR"), (100_00, "SGD")])
    def test_by_exactly_its_amount_in_its_currency(self, amount: int, currency: str) -> None:
        order = an_order()
        request = a_request(A.CONFIRM_PAYMENT, R.PROVIDER, 0.5, amount=amount, currency=currency)
        assert refused(order, request) is OrdersRefusal.PAYMENT_AMOUNT_MISMATCH

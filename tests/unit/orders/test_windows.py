"""Every window is half-open: just before its edge an action is in time, at the edge the default has happened."""

from datetime import datetime, timedelta

import pytest

from services.orders.domain import deadlines
from services.orders.domain.actions import default_outcome, next_actions
from services.orders.domain.order import Order, Status
from services.orders.domain.request import Action, Request, Role
from services.orders.domain.review import Review, ReviewAction
from services.orders.domain.review import decide as decide_review
from services.orders.domain.transition import decide, expire
from services.orders.refusals import OrdersRefusal
from shared.refusals import Refusal
from tests.unit.orders.examples import (
    MILLISECOND,
    A,
    R,
    a_request,
    due,
    examples,
    expired,
    hours,
    pays,
    play,
    refused,
    take,
    wants_back,
)

EXAMPLES = examples()
IN_THE_LAST_MOMENT = [
    ("D1", "placed", A.CONFIRM_PAYMENT, R.PROVIDER, Status.EXPIRED),
    ("D3", "paid", A.DELIVER, R.SELLER, Status.REFUNDED),
    ("D3", "paid", A.REFUND, R.SELLER, Status.REFUNDED),
    ("D3", "paid", A.REQUEST_REFUND, R.BUYER, Status.REFUNDED),
    ("D4", "refund requested", A.DELIVER, R.SELLER, Status.REFUNDED),
    ("D4", "refund requested", A.AGREE_REFUND, R.SELLER, Status.REFUNDED),
    ("D4", "part requested", A.CANCEL_REFUND_REQUEST, R.BUYER, Status.REFUNDED),
    ("D5", "delivered", A.CONFIRM, R.BUYER, Status.COMPLETED),
    ("D5", "delivered", A.REQUEST_REFUND, R.BUYER, Status.COMPLETED),
    ("D6", "refund requested after delivery", A.REFUSE_REFUND, R.SELLER, Status.REFUNDED),
    ("D6", "part requested after delivery", A.AGREE_REFUND, R.SELLER, Status.COMPLETED),
    ("D6", "refund requested after delivery", A.CONFIRM, R.BUYER, Status.REFUNDED),
    ("D7", "refused", A.ESCALATE, R.BUYER, Status.COMPLETED),
    ("D7", "refused", A.AGREE_REFUND, R.SELLER, Status.COMPLETED),
]


def at(order: Order, action: Action, role: Role, moment: datetime) -> Request:
    """The request, filled in correctly, at this very moment."""
    count = (moment - hours(0)) / timedelta(hours=1)
    exact = pays(order, count)
    return exact if action is A.CONFIRM_PAYMENT else a_request(action, role, count)


class TestUntilWhenCanIAct:
    @pytest.mark.parametrize(("kind", "example", "action", "role", "default"), IN_THE_LAST_MOMENT)
    def test_just_before_the_deadline_it_works(
        self, kind: str, example: str, action: Action, role: Role, default: Status
    ) -> None:
        order = EXAMPLES[example]
        assert deadlines.current(order) == deadlines.Deadline(kind, due(order))
        done = take(order, at(order, action, role, due(order) - MILLISECOND))
        assert done.row.role is role, f"not the clock's {default}"

    @pytest.mark.parametrize(("kind", "example", "action", "role", "default"), IN_THE_LAST_MOMENT)
    @pytest.mark.parametrize("late", [timedelta(0), MILLISECOND, timedelta(days=9)])
    def test_from_the_deadline_on_the_default_has_won(
        self, kind: str, example: str, action: Action, role: Role, default: Status, late: timedelta
    ) -> None:
        order = EXAMPLES[example]
        decision = decide(order, at(order, action, role, due(order) + late))
        after = decision.after(order)
        assert decision.refusal is Refusal.DEADLINE_PASSED
        assert after.status is default
        assert after.expiry is not None
        assert after.expiry.kind == kind

    @pytest.mark.parametrize("example", ["placed", "paid", "part requested", "delivered", "refused"])
    def test_a_deadline_does_not_expire_early(self, example: str) -> None:
        order = EXAMPLES[example]
        assert expire(order, due(order) - MILLISECOND) is None

    @pytest.mark.parametrize("late", [timedelta(0), timedelta(days=30)])
    def test_a_time_out_is_dated_with_its_due_time_however_late_it_comes(self, late: timedelta) -> None:
        order = EXAMPLES["delivered"]
        done = take(order, Request(A.TIME_OUT, R.CLOCK, due(order) + late))
        assert (done.at, done.after.closed_at, done.deadline) == (due(order), due(order), "D5")


class TestFromWhenCanIAskForARefund:
    def test_just_before_one_hour_after_the_payment_it_is_too_early(self) -> None:
        order = EXAMPLES["paid"]
        request = at(order, A.REQUEST_REFUND, R.BUYER, hours(1) - MILLISECOND)
        assert refused(order, request) is OrdersRefusal.REFUND_TOO_EARLY

    @pytest.mark.parametrize("late", [timedelta(0), MILLISECOND])
    def test_from_one_hour_after_the_payment_on_it_works(self, late: timedelta) -> None:
        order = EXAMPLES["paid"]
        assert take(order, at(order, A.REQUEST_REFUND, R.BUYER, hours(1) + late)).row.id == "T10"

    def test_after_delivery_there_is_no_gate(self) -> None:
        delivered = play(EXAMPLES["paid"], a_request(A.DELIVER, R.SELLER, 5 / 60))
        requested = play(delivered, wants_back(20 / 60))
        assert due(requested) == hours(20 / 60) + timedelta(hours=24)


class TestWhichDeadlineCounts:
    def test_the_earlier_of_delivery_and_answer(self) -> None:
        early, late = play(EXAMPLES["paid"], wants_back(2)), play(EXAMPLES["paid"], wants_back(67))
        assert deadlines.current(early) == deadlines.Deadline("D4", hours(8))
        assert deadlines.current(late) == deadlines.Deadline("D3", hours(72))

    def test_a_tie_shows_as_delivery(self) -> None:
        assert deadlines.current(play(EXAMPLES["paid"], wants_back(66))) == deadlines.Deadline("D3", hours(72))

    def test_a_cancelled_request_leaves_the_delivery_deadline_as_it_was(self) -> None:
        assert deadlines.current(EXAMPLES["request cancelled"]) == deadlines.Deadline("D3", hours(72))

    def test_a_request_after_delivery_suspends_the_confirmation(self) -> None:
        requested = play(EXAMPLES["delivered"], wants_back(81))
        assert deadlines.current(requested) == deadlines.Deadline("D6", hours(105))

    def test_cancelled_in_time_the_confirmation_goes_on_with_its_old_due_time(self) -> None:
        order = EXAMPLES["request cancelled after delivery"]
        assert deadlines.current(order) == deadlines.Deadline("D5", hours(82))
        assert expired(order).closed_at == hours(82)

    @pytest.mark.parametrize(("late", "status"), [(-MILLISECOND, "waiting_confirmation"), (timedelta(0), "completed")])
    def test_cancelled_when_the_confirmation_is_over_the_order_completes_now(
        self, late: timedelta, status: str
    ) -> None:
        requested = play(EXAMPLES["delivered"], wants_back(81))
        done = take(requested, at(requested, A.CANCEL_REFUND_REQUEST, R.BUYER, hours(82) + late))
        assert (done.row.id, done.after.status) == ("T21", status)
        assert done.after.closed_at == (hours(82) if status == "completed" else None)

    def test_after_a_refusal_the_buyer_has_the_time_from_the_refusal_on(self) -> None:
        assert EXAMPLES["refused"].requests[-1].requested_at == hours(20)
        assert deadlines.current(EXAMPLES["refused"]) == deadlines.Deadline("D7", hours(30 + 72))

    def test_in_dispute_there_is_no_deadline(self) -> None:
        assert deadlines.current(EXAMPLES["disputed"]) is None
        assert default_outcome(EXAMPLES["charged back"]) is None

    def test_the_default_outcome_says_what_each_side_will_get(self) -> None:
        result = default_outcome(EXAMPLES["delivered"])
        assert result is not None
        assert (result.kind, result.outcome, result.settlement.net) == ("D5", Status.COMPLETED, 94_60)
        result = default_outcome(EXAMPLES["part requested"])
        assert result is not None
        assert (result.kind, result.outcome, result.settlement.to_buyer) == ("D4", Status.REFUNDED, 100_00)


class TestUntilWhenCanIReview:
    COMPLETED = EXAMPLES["confirmed"]
    CLOSES = hours(11) + timedelta(days=30)
    REVIEW = Review(5, "Fine", hours(50))

    def until(self, name: str, role: Role, review: Review | None) -> datetime | None:
        """Until when an action of the review is shown as allowed, read in good time."""
        found = {each.name: each for each in next_actions(self.COMPLETED, role, hours(60), review)}
        return found[name].until

    def test_thirty_days_after_the_completion(self) -> None:
        late = decide_review(self.COMPLETED, None, ReviewAction.REVIEW, self.CLOSES)
        in_time = decide_review(self.COMPLETED, None, ReviewAction.REVIEW, self.CLOSES - MILLISECOND)
        assert late is OrdersRefusal.WINDOW_CLOSED
        assert in_time is not OrdersRefusal.WINDOW_CLOSED
        assert self.until("review", Role.BUYER, None) == self.CLOSES

    def test_a_report_thirty_days_after_the_review(self) -> None:
        closes = self.REVIEW.posted_at + timedelta(days=30)
        late = decide_review(self.COMPLETED, self.REVIEW, ReviewAction.REPORT_REVIEW, closes)
        in_time = decide_review(self.COMPLETED, self.REVIEW, ReviewAction.REPORT_REVIEW, closes - MILLISECOND)
        assert late is OrdersRefusal.WINDOW_CLOSED
        assert in_time is not OrdersRefusal.WINDOW_CLOSED
        assert self.until("report_review", Role.SELLER, self.REVIEW) == closes

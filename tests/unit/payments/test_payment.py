"""When a payment can be paid, and what an attempt can become."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from services.payments.domain import attempt as attempts
from services.payments.domain import line as lines
from services.payments.domain.attempt import OPEN, POLL_AFTER, AttemptAction, AttemptStatus
from services.payments.domain.line import Line, LineAction, LineState
from shared.refusals import Refusal
from tests.unit.payments.examples import CAPTURE, DUE, T0, a_payment, an_attempt

P, OFFERED, PAID, X, D = LineState.PAYABLE, LineState.OFFERED, LineState.PAID, LineState.EXPIRED, LineState.DELETED
HOLDS = (AttemptAction.RELEASE, AttemptAction.VOID)
BEFORE = DUE - timedelta(milliseconds=1)


def test_until_just_before_the_hour_it_can_be_paid() -> None:
    payment = a_payment(P)
    assert payment.refusal(BEFORE) is None
    assert payment.refusal(DUE) is Refusal.DEADLINE_PASSED
    assert payment.status(BEFORE) == "waiting_payment"
    assert payment.status(DUE) == "closed"


@pytest.mark.parametrize("at", [T0, DUE])
def test_a_deleted_payment_is_a_wrong_status_at_any_time(at: object) -> None:
    assert a_payment(D, D).refusal(DUE if at is DUE else T0) is Refusal.WRONG_STATUS


def test_a_captured_payment_is_a_wrong_status_also_after_the_hour() -> None:
    for state in (OFFERED, PAID):
        payment = a_payment(state, captured_by=CAPTURE)
        assert payment.refusal(T0) is payment.refusal(DUE) is Refusal.WRONG_STATUS
        assert payment.status(DUE) == "captured"


def test_an_order_that_refused_its_money_is_paid_again_in_time() -> None:
    payment = a_payment(PAID, P, captured_by=CAPTURE)
    assert (payment.refusal(BEFORE), payment.status(BEFORE), payment.due()) == (None, "waiting_payment", 40_00)
    assert (payment.refusal(DUE), payment.status(DUE)) == (Refusal.DEADLINE_PASSED, "captured")


def test_the_payment_of_an_expired_order_is_over() -> None:
    assert a_payment(X).refusal(DUE) is Refusal.DEADLINE_PASSED
    assert a_payment(X, D).refusal(DUE) is Refusal.DEADLINE_PASSED


def test_a_deleted_order_leaves_the_others_to_be_paid() -> None:
    payment = a_payment(P, D)
    assert payment.refusal(T0) is None
    assert payment.due() == 100_00


def test_a_payment_that_a_bank_took_back_is_charged_back_and_can_not_be_paid_again() -> None:
    payment = a_payment(PAID, captured_by=CAPTURE)
    taken = replace(payment, lines=tuple(replace(line, charged_back_by="sandbox") for line in payment.lines))
    assert (taken.status(T0), taken.refusal(T0)) == ("charged_back", Refusal.WRONG_STATUS)


def test_every_state_has_an_answer() -> None:
    for states, captured, at in product(product(LineState, repeat=2), (None, CAPTURE), (BEFORE, DUE)):
        payment = a_payment(*states, captured_by=captured)
        can_pay = at < DUE and P in states and X not in states
        assert (payment.refusal(at) is None) == can_pay


def test_a_line_ends_once_and_never_after_it_was_paid() -> None:
    paid, expired, deleted, offered = (Line("K1", "seller", 1, state) for state in (PAID, X, D, OFFERED))
    assert all(lines.apply(paid, action) is None for action in LineAction)
    assert lines.apply(expired, LineAction.DELETE) == deleted
    assert lines.apply(deleted, LineAction.EXPIRE) is None
    assert lines.apply(offered, LineAction.RELEASE) == Line("K1", "seller", 1)


def test_orders_is_believed_when_it_took_the_money_of_a_line_in_any_state() -> None:
    for state in set(LineState) - {PAID}:
        funded = lines.apply(Line("K1", "seller", 1, state), LineAction.FUND)
        assert funded == Line("K1", "seller", 1, PAID)


def after(status: AttemptStatus, action: AttemptAction) -> AttemptStatus | None:
    attempt = attempts.apply(replace(an_attempt(a_payment(P)), status=status), action, "why")
    assert attempt is None or attempt.reason == "why"
    return attempt.status if attempt is not None else None


def test_money_is_believed_in_every_status_and_nothing_else_after_it() -> None:
    for status in AttemptStatus:
        assert after(status, AttemptAction.CAPTURE) is AttemptStatus.CAPTURED
        assert after(status, AttemptAction.CHARGE_BACK) is AttemptStatus.REVERSED
        for action in set(AttemptAction) - {AttemptAction.CAPTURE, AttemptAction.CHARGE_BACK, *HOLDS}:
            assert status in OPEN or after(status, action) is None


def test_a_hold_that_nobody_needs_is_released_until_its_provider_has_confirmed_it() -> None:
    for status in (*OPEN, AttemptStatus.ABANDONED, AttemptStatus.FAILED):
        assert after(status, AttemptAction.RELEASE) is AttemptStatus.VOID_PENDING
    assert after(AttemptStatus.VOID_PENDING, AttemptAction.VOID) is AttemptStatus.VOIDED
    for status in (AttemptStatus.CAPTURED, AttemptStatus.REVERSED, AttemptStatus.VOIDED):
        assert after(status, AttemptAction.RELEASE) is None
        assert after(status, AttemptAction.VOID) is None


class TestWhenTheProviderIsPolled:
    def test_after_1_5_and_15_minutes_then_every_hour_until_an_hour_after_the_validity(self) -> None:
        attempt = replace(
            an_attempt(a_payment(P)), created_at=T0, poll_at=T0 + POLL_AFTER[0], valid_until=T0 + timedelta(hours=1)
        )
        moments = []
        while attempt.poll_at is not None:
            moments.append(attempt.poll_at - T0)
            attempt = attempts.polled(attempt, attempt.poll_at, None)
        assert [each.total_seconds() / 60 for each in moments] == [1, 5, 15, 75, 120]

    def test_for_a_voucher_as_long_as_it_can_be_paid_though_its_order_has_expired(self) -> None:
        begun = replace(an_attempt(a_payment(P)), created_at=T0, valid_until=T0 + timedelta(hours=1))
        late, over = T0 + timedelta(days=2), T0 + timedelta(days=3, hours=1)
        assert attempts.polled(begun, late, timedelta(days=3)).poll_at == late + POLL_AFTER[1]
        assert attempts.polled(begun, over, timedelta(days=3)).poll_at is None

    def test_for_a_hold_until_it_is_voided(self) -> None:
        attempt = replace(an_attempt(a_payment(P)), status=AttemptStatus.VOID_PENDING, created_at=T0, poll_at=T0)
        late = T0 + timedelta(days=9)
        assert attempts.polled(attempt, late, None).poll_at == late + POLL_AFTER[1]

    @pytest.mark.parametrize("action", [AttemptAction.CAPTURE, AttemptAction.FAIL, AttemptAction.VOID])
    def test_no_more_once_its_outcome_is_known(self, action: AttemptAction) -> None:
        attempt = replace(an_attempt(a_payment(P)), poll_at=T0)
        after_ = attempts.apply(attempt, action)
        assert after_ is not None
        assert after_.poll_at is None


def test_every_other_step_leaves_an_open_attempt() -> None:
    assert after(AttemptStatus.PENDING, AttemptAction.AUTHORISE) is AttemptStatus.AUTHORISED
    assert after(AttemptStatus.AUTHORISED, AttemptAction.AUTHORISE) is None
    for status in OPEN:
        assert after(status, AttemptAction.FAIL) is AttemptStatus.FAILED
        assert after(status, AttemptAction.VOID) is AttemptStatus.VOIDED
        assert after(status, AttemptAction.ABANDON) is AttemptStatus.ABANDONED

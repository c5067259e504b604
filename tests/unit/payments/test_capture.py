"""Every captured amount has exactly one disposition with a reason, and all of it is somewhere (rules 6.6)."""

from datetime import timedelta
from itertools import product

import pytest

from services.payments.domain.capture import Disposition, Reason, Verdict, judge
from services.payments.domain.line import LineState
from services.payments.domain.payment import Payment
from shared.money import AMOUNT_MAX
from tests.unit.payments.examples import CAPTURE, T0, a_payment, an_attempt

P, OFFERED, PAID, X, D = LineState.PAYABLE, LineState.OFFERED, LineState.PAID, LineState.EXPIRED, LineState.DELETED
BY_REASON = {
    Reason.EXACT: Disposition.OFFERED,
    Reason.OVERPAID: Disposition.OFFERED,
    Reason.LATE: Disposition.CREDITED,
    Reason.DUPLICATE: Disposition.CREDITED,
    Reason.UNDERPAID: Disposition.UNMATCHED,
    Reason.WRONG_CURRENCY: Disposition.UNMATCHED,
    Reason.UNKNOWN_REFERENCE: Disposition.UNMATCHED,
    Reason.TOO_LARGE: Disposition.UNMATCHED,
}


def judged(payment: Payment, amount: int, currency: str = "MYR", fee: int = 0, *, late: bool = False) -> Verdict:
    at = payment.due_at if late else payment.due_at - timedelta(milliseconds=1)
    return judge(payment, an_attempt(payment, fee=fee), amount, currency, at)


def parts(verdict: Verdict) -> list[tuple[str | None, int, str]]:
    return [(credit.order_number, credit.amount, credit.reason) for credit in verdict.credits]


def test_every_case_has_one_disposition_and_no_cent_is_lost() -> None:
    seen = set()
    for size in (1, 2, 3):
        for states, captured, fee in product(product(LineState, repeat=size), (None, CAPTURE), (0, 110)):
            payment = a_payment(*states, captured_by=captured)
            subsets = {line.amount for line in payment.lines} | {payment.due(), payment.amount}
            amounts = {amount + fee + change for amount in subsets for change in (-1, 0, 1)} | {1, 10**9, 10**13}
            for amount in (each for each in amounts if each > 0):
                for currency, late in product(("MYR", "EUR"), (False, True)):
                    verdict = judged(payment, amount, currency, fee, late=late)
                    check(payment, verdict, amount, currency, fee)
                    assert not (late and verdict.reason is Reason.UNDERPAID)
                    seen.add(verdict.reason)
    assert seen == set(Reason) - {Reason.UNKNOWN_REFERENCE, Reason.CLAIMED, Reason.REFERENCE_CLAIMED}


def check(payment: Payment, verdict: Verdict, amount: int, currency: str, fee: int) -> None:
    assert verdict.disposition is BY_REASON[verdict.reason]
    assert (verdict.reason is Reason.WRONG_CURRENCY) == (currency != payment.currency)
    booked = sum(line.amount for line in verdict.offers) + sum(each.amount for each in verdict.credits) + verdict.fee
    assert booked == (0 if verdict.disposition is Disposition.UNMATCHED else amount)
    assert all(each.amount > 0 for each in verdict.credits)
    assert verdict.offers == (payment.payable() if verdict.disposition is Disposition.OFFERED else ())
    if verdict.disposition is Disposition.OFFERED:
        assert amount - fee >= payment.due()
    if verdict.reason is Reason.UNDERPAID:
        assert amount - fee < payment.due()


class TestOneOrder:
    def test_the_exact_amount_is_offered(self) -> None:
        assert judged(a_payment(P), 100_00) == Verdict(Disposition.OFFERED, Reason.EXACT, a_payment(P).lines)

    def test_too_much_is_offered_and_the_rest_credited(self) -> None:
        verdict = judged(a_payment(P), 105_00)
        assert (verdict.reason, verdict.offers) == (Reason.OVERPAID, a_payment(P).lines)
        assert parts(verdict) == [(None, 5_00, "excess")]

    def test_more_than_anybody_can_owe_goes_to_the_review_queue(self) -> None:
        assert judged(a_payment(P), AMOUNT_MAX + 1) == Verdict(Disposition.UNMATCHED, Reason.TOO_LARGE)
        assert judged(a_payment(P), AMOUNT_MAX).reason is Reason.OVERPAID

    def test_the_largest_order_is_paid_with_the_fee_on_top(self) -> None:
        payment = a_payment(P, amounts=(AMOUNT_MAX,))
        verdict = judged(payment, AMOUNT_MAX + 1_10, fee=1_10)
        assert (verdict.disposition, verdict.reason, verdict.fee) == (Disposition.OFFERED, Reason.EXACT, 1_10)
        assert judged(payment, AMOUNT_MAX + 1_11, fee=1_10).reason is Reason.TOO_LARGE

    def test_several_of_the_largest_orders_are_paid_together(self) -> None:
        payment = a_payment(P, P, amounts=(AMOUNT_MAX, AMOUNT_MAX))
        assert judged(payment, 2 * AMOUNT_MAX).reason is Reason.EXACT
        assert judged(payment, 2 * AMOUNT_MAX + 1).reason is Reason.TOO_LARGE

    def test_one_cent_too_little_goes_to_the_review_queue(self) -> None:
        verdict = judged(a_payment(P), 99_99)
        assert verdict == Verdict(Disposition.UNMATCHED, Reason.UNDERPAID)

    @pytest.mark.parametrize("state", [X, D])
    @pytest.mark.parametrize("amount", [1, 99_99, 100_00])
    def test_money_for_a_closed_order_is_late_whatever_the_amount(self, state: LineState, amount: int) -> None:
        verdict = judged(a_payment(state), amount)
        assert (verdict.disposition, verdict.reason) == (Disposition.CREDITED, Reason.LATE)
        assert parts(verdict) == [("K0", amount, "late")]

    def test_late_and_too_much(self) -> None:
        assert parts(judged(a_payment(X), 100_01)) == [("K0", 100_00, "late"), (None, 1, "excess")]

    @pytest.mark.parametrize("state", [OFFERED, PAID])
    def test_a_second_capture_is_a_duplicate_also_before_orders_has_answered(self, state: LineState) -> None:
        verdict = judged(a_payment(state, captured_by=CAPTURE), 100_00)
        assert (verdict.disposition, verdict.reason) == (Disposition.CREDITED, Reason.DUPLICATE)
        assert parts(verdict) == [("K0", 100_00, "duplicate")]

    def test_a_second_capture_of_an_order_that_took_nothing_is_late_again(self) -> None:
        assert judged(a_payment(X, captured_by=CAPTURE), 100_00).reason is Reason.LATE

    def test_a_wrong_currency_goes_to_the_review_queue_even_when_it_is_late(self) -> None:
        assert judged(a_payment(X), 100_00, "EUR").reason is Reason.WRONG_CURRENCY

    def test_the_processing_fee_is_never_credited(self) -> None:
        assert parts(judged(a_payment(X), 101_10, fee=1_10)) == [("K0", 100_00, "late")]
        assert judged(a_payment(P), 101_10, fee=1_10).fee == 1_10
        assert judged(a_payment(P), 101_09, fee=1_10).reason is Reason.UNDERPAID

    def test_less_than_the_fee_credits_nothing(self) -> None:
        verdict = judged(a_payment(X), 1_00, fee=1_10)
        assert (verdict.fee, verdict.credits) == (1_00, ())

    def test_too_little_waits_for_support_until_the_time_to_pay_is_over_and_goes_back_from_then_on(self) -> None:
        assert judged(a_payment(P), 90_00) == Verdict(Disposition.UNMATCHED, Reason.UNDERPAID)
        late = judged(a_payment(P), 90_00, late=True)
        assert (late.disposition, parts(late)) == (Disposition.CREDITED, [("K0", 90_00, "late")])

    def test_enough_is_offered_also_when_it_is_late(self) -> None:
        assert judged(a_payment(P), 100_00, late=True) == judged(a_payment(P), 100_00)


class TestSeveralOrders:
    def test_a_closed_order_gets_its_share_back_and_the_others_are_offered(self) -> None:
        verdict = judged(a_payment(P, D), 140_00)
        assert [line.number for line in verdict.offers] == ["K0"]
        assert parts(verdict) == [("K1", 40_00, "late")]

    def test_what_is_due_now_is_enough_for_an_attempt_over_more(self) -> None:
        assert judged(a_payment(P, D), 100_00).reason is Reason.EXACT

    def test_a_rest_smaller_than_the_closed_share_is_part_of_it(self) -> None:
        assert parts(judged(a_payment(P, D), 120_00)) == [("K1", 20_00, "late")]

    def test_an_order_closed_before_the_attempt_has_no_share(self) -> None:
        payment = a_payment(P, D)
        verdict = judge(payment, an_attempt(payment, covers=("K0",)), 100_05, "MYR", payment.placed_at)
        assert parts(verdict) == [(None, 5, "excess")]

    def test_a_duplicate_of_several_orders_names_none(self) -> None:
        assert parts(judged(a_payment(PAID, X, captured_by=CAPTURE), 140_00)) == [(None, 140_00, "duplicate")]

    def test_all_closed_is_late_share_by_share(self) -> None:
        assert parts(judged(a_payment(X, D), 140_00)) == [("K0", 100_00, "late"), ("K1", 40_00, "late")]

    def test_an_order_that_refused_an_earlier_capture_is_offered_the_next(self) -> None:
        payment = a_payment(PAID, P, captured_by=CAPTURE)
        verdict = judge(payment, an_attempt(payment, covers=("K1",)), 40_00, "MYR", payment.placed_at)
        assert verdict == Verdict(Disposition.OFFERED, Reason.EXACT, payment.lines[1:])

    def test_no_money_is_offered_while_an_order_has_not_answered(self) -> None:
        assert judged(a_payment(OFFERED, D, captured_by=CAPTURE), 140_00).reason is Reason.DUPLICATE


def test_money_for_a_reference_that_nobody_knows_goes_to_the_review_queue() -> None:
    assert judge(None, None, 1, "MYR", T0) == Verdict(Disposition.UNMATCHED, Reason.UNKNOWN_REFERENCE)

"""The history has one sentence for each step."""

import re
from dataclasses import replace

import pytest

from services.orders.domain.history import _WHY, placed, why
from services.orders.domain.lifecycle import TABLE, Row, find_row
from services.orders.domain.order import Order
from services.orders.domain.request import Outcome
from services.orders.domain.transition import step
from tests.unit.orders.examples import A, R, a_request, an_order, examples, expired, questions, take, wants_back
from tests.unit.orders.test_settlement import SPLIT_40

EXAMPLES = examples()


class TestWhyIsMyOrderWhereItIs:
    def test_every_row_has_a_sentence_and_no_sentence_is_left_over(self) -> None:
        assert set(_WHY) == {row.id for row in TABLE} | {"T1"}

    @pytest.mark.parametrize("order", EXAMPLES.values(), ids=list(EXAMPLES))
    def test_every_possible_step_has_one_filled_in_sentence(self, order: Order) -> None:
        for question in questions(order):
            if isinstance(row := find_row(order, question), Row):
                result = why(step(order, question, row))
                assert re.fullmatch(r"[A-Z][^{}]*[^{} :]", result), result
                assert "None" not in result

    def test_an_order_begins_with_what_was_ordered(self) -> None:
        order = an_order(quantity=2, unit_price=50_00, title="{gold} 100 %")
        assert placed(order) == "The buyer ordered 2 x {gold} 100 %."

    def test_a_time_out_names_the_moment_and_the_money(self) -> None:
        done = take(EXAMPLES["paid"], a_request(A.TIME_OUT, R.CLOCK, 999))
        expected = "Refunded MYR 100.00 because the seller did not deliver by 2026-03-05 00:00:00 UTC."
        assert why(done) == expected

    def test_a_request_names_amount_and_reason(self) -> None:
        done = take(EXAMPLES["delivered"], wants_back(20, 30_00))
        assert why(done) == "The buyer asked for MYR 30.00 back after delivery: other."

    @pytest.mark.parametrize(
        ("currency", "text"),
        [("KRW", "KRW 3,000"), ("LAK", "LAK 30.00"), ("RSD", "RSD 30.00"), ("IQD", "IQD 3.000"), ("CLF", "CLF 0.3000")],
    )
    def test_an_amount_has_the_decimals_that_iso_4217_gives_its_currency(self, currency: str, text: str) -> None:
        paid_in = replace(EXAMPLES["delivered"], currency=currency)
        requested = replace(wants_back(20, 30_00), currency=currency)
        assert why(take(paid_in, requested)) == f"The buyer asked for {text} back after delivery: other."

    def test_a_refusal_repeats_the_sellers_words(self) -> None:
        refusing = a_request(A.REFUSE_REFUND, R.SELLER, 21, reason="Delivered at 10:00, see {log}.")
        result = why(take(EXAMPLES["refund requested after delivery"], refusing))
        assert result == "The seller refused the refund: Delivered at 10:00, see {log}."

    def test_a_ruling_names_what_each_side_gets(self) -> None:
        result = why(take(EXAMPLES["disputed"], SPLIT_40))
        assert result == "Support decided the dispute: MYR 40.00 to the buyer, MYR 56.76 to the seller."

    def test_a_request_taken_back_says_when_it_ends_the_order(self) -> None:
        requested = take(EXAMPLES["delivered"], wants_back(81)).after
        result = [why(take(requested, a_request(A.CANCEL_REFUND_REQUEST, R.BUYER, at))) for at in (81.5, 83)]
        assert result[0] == "The buyer took the refund request back."
        assert result[1] == "The buyer took the refund request back; the seller receives MYR 94.60."

    def test_silence_about_a_part_names_both_sides_parts(self) -> None:
        result = why(take(EXAMPLES["part requested after delivery"], a_request(A.TIME_OUT, R.CLOCK, 99)))
        assert result.startswith("Refunded MYR 30.00 because")
        assert result.endswith("; the seller receives MYR 66.22.")

    def test_a_forced_decision_repeats_supports_reason_for_it_stands_nowhere_else(self) -> None:
        forced = a_request(A.FORCE_DECISION, R.SUPPORT, 20, outcome=Outcome.COMPLETE, reason="Both_agreed by phone")
        result = why(take(EXAMPLES["delivered"], forced))
        assert result == "Support decided, MYR 0.00 to the buyer and MYR 94.60 to the seller: Both_agreed by phone"

    def test_the_seller_who_gives_back_is_quoted_too(self) -> None:
        giving = a_request(A.REFUND, R.SELLER, 1, reason="out_of_stock", description="Sold {elsewhere}")
        result = why(take(EXAMPLES["paid"], giving))
        assert result == "The seller gave MYR 100.00 back to the buyer, out of stock: Sold {elsewhere}"

    def test_the_end_by_silence_names_what_the_seller_receives(self) -> None:
        order = EXAMPLES["delivered"]
        result = why(take(order, a_request(A.TIME_OUT, R.CLOCK, 82)))
        assert "the seller receives MYR 94.60" in result
        assert expired(order).closed_at is not None

"""Where the money goes: every cent that was paid is refunded, earned, a fee, a tax or still held."""

from dataclasses import asdict
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.orders.domain.lifecycle import TABLE, Row, find_row
from services.orders.domain.order import FINAL, Order, Status
from services.orders.domain.request import Action, Outcome, Request, Role
from services.orders.domain.transition import Settlement, decide, restock, step
from shared.money import AMOUNT_MAX
from tests.unit.orders.examples import (
    A,
    R,
    a_request,
    an_order,
    examples,
    expired,
    moments,
    pays,
    play,
    questions,
    take,
    wants_back,
)
from tests.unit.shares import shares

EXAMPLES = examples()
SPLIT_40 = a_request(A.DECIDE, R.SUPPORT, 50, outcome=Outcome.SPLIT, amount=40_00)


def paid(amount: int, currency: str = "MYR", category: str = "item") -> Order:
    """A paid order of this amount."""
    order = an_order(amount=amount, unit_price=amount, currency=currency, category=category)
    return play(order, pays(order))


def completed(order: Order) -> Settlement:
    """What moves when the buyer confirms."""
    return take(play(order, a_request(A.DELIVER, R.SELLER, 10)), a_request(A.CONFIRM, R.BUYER, 11)).settlement


def shares_of(order: Order, moved: Settlement) -> tuple[int, int, int]:
    """Fee, tax and net of what leaves escrow for the seller's side, by the order's pinned rates."""
    return shares(moved.gross, order.fee_rate or 0, order.tax_rate or 0)


class TestWhatDoesTheSellerReceive:
    @pytest.mark.parametrize(
        ("currency", "category", "gross", "fee", "tax", "net"),
        [
            ("MYR", "item", 100_00, 5_00, 40, 94_60),
            ("MYR", "account", 250_00, 25_00, 2_00, 223_00),
            ("KRW", "item", 33_000, 1_650, 132, 31_218),
            ("SGD", "item", 19_99, 1_00, 8, 18_91),
            ("KWD", "item", 10_001, 500, 40, 9_461),
            ("MYR", "item", 1, 0, 0, 1),
            ("MYR", "item", 9, 0, 0, 9),  # rounded twice, a fee of 0.45 would be 1
            ("MYR", "item", 1_20, 6, 0, 1_14),  # and so would a tax of 0.48
        ],
    )
    def test_the_amount_minus_fee_and_tax_on_the_fee(
        self, currency: str, category: str, gross: int, fee: int, tax: int, net: int
    ) -> None:
        assert completed(paid(gross, currency, category)) == Settlement(0, gross, fee, tax, net)

    def test_of_a_partly_refunded_order_fee_and_tax_are_on_the_rest(self) -> None:
        order = play(EXAMPLES["delivered"], wants_back(20, 30_00))
        agreed = take(order, a_request(A.AGREE_REFUND, R.SELLER, 21))
        assert agreed.settlement == Settlement(30_00, 70_00, 3_50, 28, 66_22)
        assert (agreed.after.status, agreed.after.refunded_amount) == (Status.COMPLETED, 30_00)

    def test_of_a_split_dispute_fee_and_tax_are_on_the_sellers_part(self) -> None:
        assert take(EXAMPLES["disputed"], SPLIT_40).settlement == Settlement(40_00, 60_00, 3_00, 24, 56_76)

    def test_the_rates_are_those_of_the_moment_of_payment(self) -> None:
        order = play(
            an_order(),
            a_request(A.CONFIRM_PAYMENT, R.PROVIDER, 0, amount=100_00, currency="MYR", fee_rate=0, tax_rate=0),
        )
        assert completed(order).net == 100_00


class TestWhatDoesTheBuyerGetBack:
    @pytest.mark.parametrize("example", ["paid", "refund requested", "part requested"])
    def test_everything_when_the_seller_is_silent_before_delivery(self, example: str) -> None:
        assert (expired(EXAMPLES[example]).refunded_amount, expired(EXAMPLES[example]).status) == (
            100_00,
            Status.REFUNDED,
        )

    def test_only_what_was_asked_when_the_seller_is_silent_after_delivery(self) -> None:
        order = expired(EXAMPLES["part requested after delivery"])
        assert (order.refunded_amount, order.status) == (30_00, Status.COMPLETED)

    def test_a_part_agreed_before_delivery_leaves_the_rest_in_escrow(self) -> None:
        order = EXAMPLES["part given back"]
        assert (order.status, order.held, order.refunded_amount) == (Status.WAITING_DELIVERY, 70_00, 30_00)
        assert completed(order) == Settlement(0, 70_00, 3_50, 28, 66_22)

    def test_all_of_the_rest_is_a_whole_refund(self) -> None:
        delivered = play(EXAMPLES["part given back"], a_request(A.DELIVER, R.SELLER, 10))
        order = play(delivered, wants_back(11, 70_00), a_request(A.AGREE_REFUND, R.SELLER, 12))
        assert (order.status, order.refunded_amount) == (Status.REFUNDED, 100_00)

    @pytest.mark.parametrize(("amount", "status"), [(0, "completed"), (1, "completed"), (100_00, "refunded")])
    def test_a_split_of_all_is_a_win_and_of_nothing_a_loss(self, amount: int, status: str) -> None:
        split = a_request(A.DECIDE, R.SUPPORT, 50, outcome=Outcome.SPLIT, amount=amount)
        done = take(EXAMPLES["disputed"], split)
        assert (done.after.status, done.settlement.to_buyer) == (status, amount)


class TestDoesEveryCentAddUp:
    @pytest.mark.parametrize("name", EXAMPLES)
    def test_the_parts_of_every_possible_step_are_what_leaves_escrow(self, name: str) -> None:
        order = EXAMPLES[name]
        for question in questions(order):
            if not isinstance(row := find_row(order, question), Row):
                continue
            done = step(order, question, row)
            moved, incoming = done.settlement, order.amount if row.id == "T3" else 0
            assert all(part >= 0 for part in asdict(moved).values())
            assert (moved.fee, moved.tax, moved.net) == shares_of(order, moved)
            assert order.held + incoming == moved.to_buyer + moved.gross + done.after.held

    @settings(max_examples=60)
    @given(
        st.data(),
        st.one_of(st.sampled_from((1, 2, AMOUNT_MAX - 1, AMOUNT_MAX)), st.integers(1, AMOUNT_MAX)),
        st.sampled_from(["KRW", "MYR", "KWD", "UYW"]),
        st.sampled_from(["item", "account"]),
    )
    def test_over_any_life_cycle_the_shares_are_exact_and_paid_is_refunded_plus_net_plus_fee_plus_tax_plus_held(
        self, data: st.DataObject, amount: int, currency: str, category: str
    ) -> None:
        order = paid(amount, currency, category)
        net = fees = 0
        for _ in range(10):
            if not (open_to := _allowed(order)):
                break
            done = take(order, data.draw(st.sampled_from(open_to)))
            assert (done.settlement.fee, done.settlement.tax, done.settlement.net) == shares_of(order, done.settlement)
            order, net = done.after, net + done.settlement.net
            fees += done.settlement.fee + done.settlement.tax
            assert order.amount == order.refunded_amount + net + fees + order.held
            assert 0 <= order.held <= order.amount - order.refunded_amount <= order.amount
        assert order.status not in FINAL or order.held == 0
        assert order.status is not Status.REFUNDED or net + fees == 0

    def test_only_ends_and_parts_given_back_move_money(self) -> None:
        ends = FINAL | {Status.WAITING_DELIVERY}
        assert {row.id for row in TABLE if row.moves != "nothing" and row.target not in ends} == set()


def _allowed(order: Order) -> list[Request]:
    """A few commands that this order accepts an hour after its last step, and the expiry of its deadline."""
    times = (order.request.requested_at, order.request.answered_at) if order.request else ()
    last = max(moment for moment in (order.placed_at, order.paid_at, order.delivered_at, *times) if moment is not None)
    questions_ = [
        Request(action, role, last + timedelta(hours=1), amount=amount, reason="other", description="-", outcome=ruling)
        for action in Action
        for role in Role
        for amount in (order.held // 3 or None, order.held or None)
        for ruling in (Outcome.SPLIT, Outcome.REFUND, Outcome.COMPLETE)
    ]
    found = [question for question in questions_ if decide(order, question).refusal is None]
    clock = Request(A.TIME_OUT, R.CLOCK, moments(order)[-1])
    return [*found, clock] if isinstance(find_row(order, clock), Row) else found


class TestWhatGoesBackOnSale:
    @pytest.mark.parametrize(
        ("example", "request_"),
        [
            ("placed", a_request(A.TIME_OUT, R.CLOCK, 1)),
            ("placed", a_request(A.DELETE, R.BUYER, 0.5)),
            ("paid", a_request(A.TIME_OUT, R.CLOCK, 72)),
            ("paid", a_request(A.REFUND, R.SELLER, 1)),
            ("refund requested", a_request(A.AGREE_REFUND, R.SELLER, 3)),
            ("refund requested", a_request(A.TIME_OUT, R.CLOCK, 8)),
            ("part given back", a_request(A.TIME_OUT, R.CLOCK, 72)),
            ("paid", a_request(A.FORCE_DECISION, R.SUPPORT, 3, outcome=Outcome.REFUND)),
        ],
    )
    def test_what_ends_without_ever_having_been_delivered(self, example: str, request_: Request) -> None:
        many = examples(quantity=3, unit_price=30_00, amount=90_00)
        assert restock(take(many[example], request_)) == 3

    @pytest.mark.parametrize(
        ("example", "request_"),
        [
            ("paid", a_request(A.REFUND, R.SELLER, 1, reason="out_of_stock")),
            ("expired", a_request(A.DELETE, R.BUYER, 2)),
            ("part requested", a_request(A.AGREE_REFUND, R.SELLER, 3)),
            ("delivered", a_request(A.CONFIRM, R.BUYER, 11)),
            ("delivered", a_request(A.TIME_OUT, R.CLOCK, 82)),
            ("refund requested after delivery", a_request(A.AGREE_REFUND, R.SELLER, 21)),
            ("refund requested after delivery", a_request(A.TIME_OUT, R.CLOCK, 44)),
            ("disputed", a_request(A.DECIDE, R.SUPPORT, 50, outcome=Outcome.BUYER_WINS)),
            ("paid", a_request(A.DELIVER, R.SELLER, 10)),
        ],
    )
    def test_never_what_was_delivered_sold_out_given_back_in_part_or_freed_before(
        self, example: str, request_: Request
    ) -> None:
        assert restock(take(EXAMPLES[example], request_)) == 0

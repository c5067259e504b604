"""When a bank takes money back, what is held is no loss, and every cent that it took is borne by exactly one."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.domain import charge_back
from services.payments.domain.capture import Disposition
from services.payments.domain.charge_back import Capture, ChargeBack, Given, Held
from services.payments.domain.ledger import Kind
from services.payments.domain.line import LineState
from services.payments.domain.proof import Movement, prove
from shared.money import settle
from tests.unit.payments.examples import CAPTURE, T0, a_payment, a_settlement

PAID, EXPIRED = LineState.PAID, LineState.EXPIRED
IDS = (UUID(int=9), "sandbox", "e", "t", UUID(int=1), "P1", CAPTURE)
BACK = ChargeBack(*IDS, amount=140_00, currency="MYR", waiting=140_00, aside=False, reason="fraud", at=T0)
SECOND = timedelta(seconds=1)


def a_capture(at: int, left: int, currency: str = "MYR") -> Capture:
    return Capture(UUID(int=at), 100_00, currency, Disposition.OFFERED, left)


class TestWhichCapture:
    def test_a_part_fits_into_what_is_left(self) -> None:
        captures = (a_capture(1, 40_00), a_capture(2, 100_00))
        wanted = [(1, 1), (40_00, 1), (40_01, 2), (100_00, 2), (100_01, None)]
        found = [charge_back.fitting(captures, amount, "MYR") for amount, _ in wanted]
        assert [each.id.int if each else None for each in found] == [at for _, at in wanted]

    def test_the_one_that_it_uses_up_comes_first(self) -> None:
        found = charge_back.fitting((a_capture(1, 100_00), a_capture(2, 60_00)), 60_00, "MYR")
        assert found is not None
        assert found.id.int == 2

    def test_another_currency_fits_nothing(self) -> None:
        assert charge_back.fitting((a_capture(1, 100_00),), 100_00, "EUR") is None
        assert charge_back.fitting((), 1, "MYR") is None


class TestTheShares:
    @pytest.mark.parametrize(
        ("amount", "shares"),
        [
            (70_00, {"K0": 50_00, "K1": 20_00}),
            (140_00, {"K0": 100_00, "K1": 40_00}),
            (200_00, {"K0": 100_00, "K1": 40_00}),
            (1, {"K0": 1}),
            (3, {"K0": 2, "K1": 1}),
            (4, {"K0": 3, "K1": 1}),
            (0, {}),
        ],
    )
    def test_are_by_largest_remainder(self, amount: int, shares: dict[str, int]) -> None:
        assert charge_back.split(amount, {"K0": 100_00, "K1": 40_00}) == shares

    @given(st.integers(0, 10**6), st.lists(st.integers(1, 10**6), min_size=1, max_size=20))
    def test_sum_up_and_never_exceed_what_an_order_holds(self, amount: int, rooms: list[int]) -> None:
        of = {f"K{at}": held for at, held in enumerate(rooms)}
        shares = charge_back.split(amount, of)
        assert sum(shares.values()) == min(amount, sum(rooms))
        for number, share in shares.items():
            assert share <= of[number]
            assert abs(share - min(amount, sum(rooms)) * of[number] / sum(rooms)) < 1

    def test_only_orders_that_hold_something_untaken_have_room(self) -> None:
        payment = a_payment(PAID, PAID, EXPIRED, captured_by=CAPTURE)
        payment = payment.changed(replace(payment.lines[0], charged_back=30_00))
        assert charge_back.room(BACK, payment, Held(0, {"K0": 100_00, "K1": 0})) == {"K0": 70_00}


class TestWhoBearsIt:
    @pytest.mark.parametrize(
        ("was_given", "spendable", "frozen", "from_balance", "from_frozen"),
        [
            (140_00, 140_00, 0, 140_00, 0),
            (140_00, 0, 140_00, 0, 140_00),
            (100_00, 500_00, 0, 100_00, 0),
            (140_00, 30_00, 0, 30_00, 0),
            (500_00, 500_00, 0, 140_00, 0),
            (-5_00, 500_00, 0, 0, 0),
            (0, 0, 0, 0, 0),
        ],
    )
    def test_the_buyer_as_far_as_it_was_given_and_is_there(
        self, was_given: int, spendable: int, frozen: int, from_balance: int, from_frozen: int
    ) -> None:
        of = Given("buyer", was_given, {Kind.BUYER_BALANCE: spendable, Kind.FROZEN_BALANCE: frozen})
        entry = charge_back.taken("r", BACK, 140_00, of, T0, "K0")
        booked = {str(account): amount for account, _, amount in entry.lines()}
        lost = 140_00 - from_balance - from_frozen
        wanted = {
            "buyer_balance:buyer": -from_balance,
            "frozen_balance:buyer": -from_frozen,
            "charge_back_loss": -lost,
            "provider:sandbox": 140_00,
        }
        assert booked == {name: amount for name, amount in wanted.items() if amount}
        assert charge_back.loss(entry) == lost

    def test_support_finds_the_loss_with_its_buyer(self) -> None:
        item = charge_back.review(BACK, UUID(int=3), "buyer", 60_00, T0)
        assert (item.reason, item.amount, item.currency, item.buyer) == ("charged_back", 60_00, "MYR", "buyer")

    def test_what_is_put_aside_is_about_the_whole_amount(self) -> None:
        item = charge_back.put_aside(replace(BACK, capture_id=None), UUID(int=3), None)
        assert (item.reason, item.amount, item.buyer, item.capture_id) == ("charge_back_aside", 140_00, None, None)


class TestWhatIsDecidedAfterwards:
    shares = settle(60_00, 500, 800)
    split = a_settlement(to_buyer=40_00, gross=60_00, fee=shares.fee, tax=shares.tax, net=shares.net)
    line = a_payment(PAID).lines[0]

    @pytest.mark.parametrize(("taken", "direct"), [(0, 0), (30_00, 30_00), (40_00, 40_00), (100_00, 40_00)])
    def test_of_the_buyers_part_the_banks_share_goes_to_the_provider(self, taken: int, direct: int) -> None:
        line = replace(self.line, charged_back=taken)
        assert [charge_back.direct(line, self.split, since) for since in (T0 - SECOND, T0)] == [direct, direct]
        booked = {str(account): amount for account, _, amount in self.split.entry("sandbox", direct).lines()}
        wanted = {
            "escrow:K0": -100_00,
            "provider:sandbox": direct,
            "buyer_balance:buyer": 40_00 - direct,
            "seller_available:seller": 56_76,
            "fee_revenue": 3_00,
            "service_tax_payable": 24,
        }
        assert booked == {name: amount for name, amount in wanted.items() if amount}

    def test_what_was_decided_before_the_bank_came_was_the_buyers_first(self) -> None:
        line = replace(self.line, charged_back=100_00)
        assert charge_back.direct(line, self.split, T0 + SECOND) == 0

    def test_the_proof_of_the_order_holds(self) -> None:
        entry = self.split.entry("sandbox", 30_00)
        moved = [
            Movement(1, Kind.INCOMING, "P1", -100_00),
            Movement(1, Kind.ESCROW, "K0", 100_00),
            *(Movement(2, account.kind, account.owner, amount) for account, _, amount in entry.lines()),
            Movement(3, Kind.CHARGE_BACK_LOSS, "", -60_00),
            Movement(3, Kind.PROVIDER, "sandbox", 60_00),
        ]
        proof = prove("K0", moved)
        assert proof.holds
        assert (proof.refunded, proof.net) == (40_00, 56_76)

"""When a bank takes money back, what is held is no loss, and what was passed on is exactly one."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.domain import charge_back
from services.payments.domain.capture import Disposition
from services.payments.domain.charge_back import Capture, ChargeBack, Held
from services.payments.domain.ledger import Kind
from services.payments.domain.payment import LineState, Payment
from services.payments.domain.proof import Movement, prove
from shared.money import settle
from tests.unit.payments.examples import CAPTURE, T0, a_payment, a_settlement

PAID, EXPIRED, PAYABLE = LineState.PAID, LineState.EXPIRED, LineState.PAYABLE
TOLD = ChargeBack(UUID(int=9), "sandbox", "e", "t", UUID(int=1), "P1", CAPTURE, "fraud", T0)


def lost(payment: Payment, amount: int, held: Held, disposition: Disposition = Disposition.OFFERED) -> dict[str, int]:
    entries = charge_back.losses(TOLD, Capture(CAPTURE, amount, "MYR", disposition), payment, held)
    for entry in entries:
        assert {str(account) for account, _, _ in entry.lines()} == {"charge_back_loss", "provider:sandbox"}
    return {entry.order_number or "": sum(posting.amount for posting in entry.postings) for entry in entries}


def test_what_is_still_held_is_no_loss() -> None:
    payment = a_payment(PAID, PAYABLE, captured_by=CAPTURE)
    assert lost(payment, 140_00, Held(40_00, {"K0": 100_00})) == {}


def test_what_left_escrow_is_the_loss_of_its_order() -> None:
    payment = a_payment(PAID, PAID, captured_by=CAPTURE)
    assert lost(payment, 140_00, Held(0, {"K0": 70_00})) == {"K0": 30_00, "K1": 40_00}


def test_what_no_order_took_is_a_loss_of_its_own() -> None:
    payment = a_payment(PAID, EXPIRED, captured_by=CAPTURE)
    assert lost(payment, 145_00, Held(0, {"K0": 100_00})) == {"": 45_00}


@pytest.mark.parametrize("disposition", [Disposition.CREDITED, Disposition.UNMATCHED])
def test_a_second_payment_that_was_passed_on_is_lost_as_a_whole(disposition: Disposition) -> None:
    assert lost(a_payment(PAID, captured_by=UUID(int=8)), 100_00, Held(0, {"K0": 100_00}), disposition) == {"": 100_00}


@given(st.lists(st.tuples(st.sampled_from([PAID, EXPIRED]), st.integers(0, 10**6)), min_size=1, max_size=3))
def test_losses_and_what_is_held_are_what_was_captured(lines: list[tuple[LineState, int]]) -> None:
    amounts = (100_00, 40_00, 7)
    payment = a_payment(*(state for state, _ in lines), captured_by=CAPTURE)
    escrow = {f"K{at}": left % (amounts[at] + 1) for at, (state, left) in enumerate(lines) if state is PAID}
    amount = payment.amount + 3
    assert sum(lost(payment, amount, Held(0, escrow)).values()) == amount - sum(escrow.values())


class TestWhatSupportDecidesAfterwards:
    shares = settle(60_00, 500, 800)
    split = a_settlement(to_buyer=40_00, gross=60_00, fee=shares.fee, tax=shares.tax, net=shares.net)

    def test_the_buyers_part_goes_to_the_bank_and_the_sellers_as_usual(self) -> None:
        booked = {str(account): amount for account, _, amount in self.split.entry("sandbox").lines()}
        assert booked == {
            "escrow:K0": -100_00,
            "provider:sandbox": 40_00,
            "seller_available:seller": 56_76,
            "fee_revenue": 3_00,
            "service_tax_payable": 24,
        }

    def test_the_platform_pays_what_the_seller_gets(self) -> None:
        (entry,) = charge_back.cost(TOLD, self.split)
        assert (entry.reference, entry.order_number, entry.postings[0].amount) == ("K0:v3:charge_back", "K0", 60_00)
        assert charge_back.cost(TOLD, a_settlement(to_buyer=100_00)) == ()

    def test_support_finds_the_whole_loss_with_its_buyer(self) -> None:
        item = charge_back.review(TOLD, UUID(int=3), CAPTURE, "buyer", charge_back.cost(TOLD, self.split))
        assert (item.reason, item.amount, item.currency, item.buyer) == ("charged_back", 60_00, "MYR", "buyer")

    def test_the_proof_of_the_order_holds(self) -> None:
        entry = self.split.entry("sandbox")
        moved = [
            Movement(1, "funding", Kind.INCOMING, "P1", -100_00),
            Movement(1, "funding", Kind.ESCROW, "K0", 100_00),
            *(Movement(2, entry.story, account.kind, account.owner, amount) for account, _, amount in entry.lines()),
            Movement(3, "charge_back", Kind.CHARGE_BACK_LOSS, "", -60_00),
            Movement(3, "charge_back", Kind.PROVIDER, "sandbox", 60_00),
        ]
        proof = prove("K0", moved)
        assert proof.holds
        assert (proof.refunded, proof.net) == (40_00, 56_76)

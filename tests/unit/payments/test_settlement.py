"""What orders decided is executed as it is, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.domain.ledger import Kind
from services.payments.domain.proof import Movement, prove
from services.payments.domain.settlement import Unsound
from shared.money import settle
from tests.unit.payments.examples import a_settlement
from tests.unit.shares import shares as exact_shares

amounts = st.integers(0, 10**12)
rates = st.integers(0, 10_000)


@given(amounts, amounts, rates, rates)
def test_every_settlement_of_orders_is_one_balanced_entry(to_buyer: int, gross: int, fee: int, tax: int) -> None:
    shares = settle(gross, fee, tax)
    if shares.net < 0:
        return
    settlement = a_settlement(to_buyer=to_buyer, gross=gross, fee=shares.fee, tax=shares.tax, net=shares.net)
    assert settlement.moves == (to_buyer + gross > 0)
    if settlement.moves:
        lines = {str(account): amount for account, _, amount in settlement.entry().lines()}
        assert lines["escrow:K0"] == -(to_buyer + gross)
        assert lines.get("buyer_balance:buyer", 0) == to_buyer
        booked = ("fee_revenue", "service_tax_payable", "seller_available:seller")
        assert tuple(lines.get(account, 0) for account in booked) == exact_shares(gross, fee, tax)
        assert sum(lines.values()) == 0


@pytest.mark.parametrize(
    ("gross", "fee", "tax", "net"),
    [(100_00, 5_00, 40, 94_60), (70_00, 3_50, 28, 66_22), (250_00, 25_00, 2_00, 223_00), (33000, 1650, 132, 31218)],
)
def test_published_examples(gross: int, fee: int, tax: int, net: int) -> None:
    entry = a_settlement(gross=gross, fee=fee, tax=tax, net=net).entry()
    assert entry.reference == "K0:v3"
    booked = {account.kind: amount for account, _, amount in entry.lines()}
    assert booked == {
        Kind.ESCROW: -gross,
        Kind.SELLER_AVAILABLE: net,
        Kind.FEE_REVENUE: fee,
        Kind.SERVICE_TAX_PAYABLE: tax,
    }


def test_what_does_not_sum_is_refused() -> None:
    for parts in (
        {"gross": 100},
        {"gross": 100, "net": 101},
        {"fee": 1},
        {"to_buyer": -1},
        {"gross": 1, "fee": 2, "net": -1},
    ):
        with pytest.raises(Unsound):
            a_settlement(**parts)


def movement(entry: int, kind: Kind, amount: int, owner: str = "") -> Movement:
    return Movement(entry, kind, owner, amount)


def test_the_proof_finds_every_cent_of_a_partly_refunded_order() -> None:
    proof = prove(
        "K0",
        [
            movement(1, Kind.INCOMING, -100_00, "P1"),
            movement(1, Kind.ESCROW, 100_00, "K0"),
            movement(2, Kind.ESCROW, -100_00, "K0"),
            movement(2, Kind.BUYER_BALANCE, 30_00, "buyer"),
            movement(2, Kind.SELLER_AVAILABLE, 66_22, "seller"),
            movement(2, Kind.FEE_REVENUE, 3_50),
            movement(2, Kind.SERVICE_TAX_PAYABLE, 28),
        ],
    )
    assert (proof.paid, proof.refunded, proof.net, proof.fee, proof.tax) == (100_00, 30_00, 66_22, 3_50, 28)
    assert proof.in_escrow == 0
    assert proof.holds


def test_the_proof_fails_where_a_cent_is_missing() -> None:
    unbalanced = [movement(1, Kind.INCOMING, -99_99, "P1"), movement(1, Kind.ESCROW, 100_00, "K0")]
    assert not prove("K0", unbalanced).holds
    overdrawn = [movement(2, Kind.ESCROW, -1, "K0"), movement(2, Kind.BUYER_BALANCE, 1, "buyer")]
    assert not prove("K0", overdrawn).holds


def test_money_that_never_reached_escrow_is_no_part_of_the_proof() -> None:
    late = [movement(1, Kind.INCOMING, -100_00, "P1"), movement(1, Kind.BUYER_BALANCE, 100_00, "buyer")]
    assert prove("K0", late).paid == 0
    assert prove("K0", late).holds

"""No entry can be built that creates or loses money."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.domain.ledger import (
    FEE_REVENUE,
    HELD,
    OWNED,
    POSTING_MAX,
    Account,
    Entry,
    EntryType,
    Kind,
    Posting,
    buyer_balance,
    escrow,
    incoming,
    move,
    provider,
)
from tests.unit.payments.examples import T0

accounts = st.sampled_from(sorted(Kind)).map(lambda kind: Account(kind, "x" if kind in OWNED else ""))
postings = st.builds(
    lambda pair, amount, currency: Posting(pair[0], pair[1], amount, currency),
    st.lists(accounts, min_size=2, max_size=2, unique=True),
    st.integers(1, POSTING_MAX),
    st.sampled_from(["MYR", "KRW"]),
)


@given(st.lists(postings, min_size=1, max_size=12))
def test_whatever_is_posted_each_currency_of_an_entry_sums_to_zero(moved: list[Posting]) -> None:
    entry = Entry("r", EntryType.SETTLEMENT, T0, tuple(moved))
    sums: dict[str, int] = {}
    for _, currency, amount in entry.lines():
        assert amount != 0
        sums[currency] = sums.get(currency, 0) + amount
    assert not any(sums.values())


def test_an_account_appears_once_per_entry_and_currency_in_a_fixed_order() -> None:
    moved = move(escrow("K1"), "MYR", (buyer_balance("b"), 30), (FEE_REVENUE, 5))
    entry = Entry("K1:v3", EntryType.SETTLEMENT, T0, moved)
    assert entry.lines() == ((buyer_balance("b"), "MYR", 30), (escrow("K1"), "MYR", -35), (FEE_REVENUE, "MYR", 5))


def test_parts_of_zero_are_left_out() -> None:
    assert move(escrow("K1"), "MYR", (FEE_REVENUE, 0), (buyer_balance("b"), 0)) == ()


@pytest.mark.parametrize("amount", [0, -1, POSTING_MAX + 1])
def test_a_posting_moves_a_possible_amount(amount: int) -> None:
    with pytest.raises(ValueError, match="posting"):
        Posting(escrow("K1"), FEE_REVENUE, amount, "MYR")


def test_a_posting_has_two_accounts() -> None:
    with pytest.raises(ValueError, match="two accounts"):
        Posting(escrow("K1"), escrow("K1"), 1, "MYR")


def test_an_entry_needs_a_reference_and_postings() -> None:
    posting = Posting(provider("sandbox"), incoming("P1"), 1, "MYR")
    for reference, moved in (("", (posting,)), ("r", ())):
        with pytest.raises(ValueError, match="reference and postings"):
            Entry(reference, EntryType.CAPTURE, T0, moved)


def test_nothing_can_be_changed_afterwards() -> None:
    posting = Posting(provider("sandbox"), incoming("P1"), 1, "MYR")
    with pytest.raises(dataclasses.FrozenInstanceError):
        posting.amount = 2  # type: ignore[misc]


@pytest.mark.parametrize("kind", list(Kind))
def test_an_account_has_an_owner_exactly_where_there_is_one(kind: Kind) -> None:
    with pytest.raises(ValueError, match="owner"):
        Account(kind, "" if kind in OWNED else "somebody")


def test_users_money_escrow_and_incoming_can_never_be_negative() -> None:
    assert {Kind.BUYER_BALANCE, Kind.SELLER_AVAILABLE, Kind.ESCROW, Kind.INCOMING} <= HELD
    assert Kind.PROVIDER not in HELD

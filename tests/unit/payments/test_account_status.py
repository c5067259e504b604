"""What is frozen, what is credited frozen, and that each part goes back to where it came from."""

import pytest

from services.payments.domain import booking, ledger
from services.payments.domain.account_status import AccountStatus
from services.payments.domain.ledger import Entry, EntryType, Kind
from tests.unit.payments.examples import T0, a_settlement

BOTH = {Kind.BUYER_BALANCE: 30_00, Kind.SELLER_AVAILABLE: 94_60}


def moved(entry: Entry) -> dict[str, int]:
    return {str(account): amount for account, _, amount in entry.lines()}


def test_a_newer_event_replaces_an_older_one() -> None:
    status = AccountStatus("sam", suspended=True, version=4)
    assert status.is_older_than(AccountStatus("sam", version=5))
    assert not status.is_older_than(AccountStatus("sam", version=4))
    assert not status.is_older_than(AccountStatus("sam", version=3))


def test_money_is_frozen_only_with_a_suspension() -> None:
    with pytest.raises(ValueError, match="not suspended"):
        AccountStatus("sam", frozen=True)


def test_a_freeze_keeps_both_balances_apart() -> None:
    entry = booking.moved(AccountStatus("sam", suspended=True, frozen=True, version=2), "MYR", BOTH, T0)
    assert (entry.reference, entry.story) == ("freeze:sam:v2:MYR", EntryType.FREEZE)
    assert moved(entry) == {
        "buyer_balance:sam": -30_00,
        "frozen_balance:sam": 30_00,
        "seller_available:sam": -94_60,
        "frozen_available:sam": 94_60,
    }


def test_thawing_puts_each_back_where_it_came_from() -> None:
    frozen = {Kind.FROZEN_AVAILABLE: 94_60}
    entry = booking.moved(AccountStatus("sam", version=3), "MYR", frozen, T0)
    assert (entry.reference, entry.story) == ("release:sam:v3:MYR", EntryType.RELEASE)
    assert moved(entry) == {"frozen_available:sam": -94_60, "seller_available:sam": 94_60}


class TestWhatAFrozenUserIsGiven:
    entry = a_settlement(to_buyer=40, gross=60, fee=3, tax=1, net=56).entry()

    def test_each_side_lands_in_its_own_frozen_account(self) -> None:
        assert self.entry.credited() == {"buyer", "seller"}
        seller = moved(self.entry.diverted(["seller"]))
        assert (seller["buyer_balance:buyer"], seller["frozen_available:seller"]) == (40, 56)
        both = moved(self.entry.diverted(["buyer", "seller"]))
        assert (both["frozen_balance:buyer"], both["frozen_available:seller"], both["escrow:K0"]) == (40, 56, -100)

    def test_nothing_changes_for_those_who_are_not(self) -> None:
        assert self.entry.diverted([]) is self.entry
        assert self.entry.diverted(["somebody"]) == self.entry

    def test_what_is_taken_from_a_balance_is_not_given_to_anybody(self) -> None:
        paying = ledger.move(ledger.buyer_balance("sam"), "MYR", (ledger.incoming("P1"), 5))
        entry = Entry("r", EntryType.CAPTURE, T0, paying)
        assert entry.credited() == frozenset()
        assert entry.diverted(["sam"]) == entry

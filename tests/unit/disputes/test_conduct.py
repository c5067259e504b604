"""The status of an account after its offences and the decisions of support."""

from datetime import UTC, datetime

import pytest

from services.disputes.domain.conduct import SUSPENDED, Account, AccountStatus, Action, Change, Row, apply, decide
from shared.refusals import Refusal

T0 = datetime(2026, 3, 2, tzinfo=UTC)
OFFENCE = Change(Action.OFFEND, T0, reason="phone number in a listing")
NEW = Account("bob")
REINSTATE = Change(Action.REINSTATE, T0, "sue", "Promised to behave")
ANNUL = Change(Action.ANNUL, T0, "sue", "A game id")


def after(account: Account, *changes: Change) -> Account:
    for change in changes:
        row = decide(account, change)
        assert isinstance(row, Row)
        account = apply(account, change, row)
    return account


def suspension(*, freeze: bool = False, permanent: bool = False) -> Change:
    return Change(Action.SUSPEND, T0, "sue", "Fraud", freeze, permanent)


class TestOffences:
    def test_the_first_warns(self) -> None:
        warned = after(NEW, OFFENCE)
        assert (warned.status, warned.offences, warned.frozen) == (AccountStatus.WARNED, 1, False)

    def test_the_second_suspends_at_once_and_freezes(self) -> None:
        suspended = after(NEW, OFFENCE, OFFENCE)
        assert (suspended.status, suspended.offences, suspended.frozen) == (AccountStatus.SUSPENDED, 2, True)

    def test_one_more_after_reinstating_suspends_again(self) -> None:
        back = after(NEW, OFFENCE, OFFENCE, REINSTATE)
        assert (back.status, back.frozen, back.offences) == (AccountStatus.WARNED, False, 2)
        assert after(back, OFFENCE).status is AccountStatus.SUSPENDED

    @pytest.mark.parametrize("permanent", [True, False])
    def test_one_while_suspended_freezes_and_changes_nothing_else(self, permanent: bool) -> None:
        suspended = after(NEW, suspension(permanent=permanent))
        again = after(suspended, OFFENCE)
        assert (again.status, again.offences, again.frozen) == (suspended.status, 1, True)

    def test_an_annulled_one_does_not_count(self) -> None:
        assert after(NEW, OFFENCE, ANNUL).status is AccountStatus.ACTIVE
        assert after(NEW, OFFENCE, ANNUL, OFFENCE).status is AccountStatus.WARNED

    def test_annulling_lifts_no_suspension(self) -> None:
        still = after(NEW, OFFENCE, OFFENCE, ANNUL)
        assert (still.status, still.offences, still.frozen) == (AccountStatus.SUSPENDED, 1, True)


class TestSupportDecides:
    @pytest.mark.parametrize("freeze", [True, False])
    def test_a_suspension_freezes_only_when_support_says_so(self, freeze: bool) -> None:
        suspended = after(NEW, suspension(freeze=freeze))
        assert (suspended.status, suspended.frozen) == (AccountStatus.SUSPENDED, freeze)

    def test_a_permanent_one_is_for_ever(self) -> None:
        gone = after(NEW, suspension(permanent=True))
        assert gone.status is AccountStatus.TERMINATED
        assert decide(gone, REINSTATE) is Refusal.WRONG_STATUS
        assert decide(gone, suspension()) is Refusal.WRONG_STATUS

    def test_nobody_active_is_reinstated(self) -> None:
        assert decide(NEW, REINSTATE) is Refusal.WRONG_STATUS

    @pytest.mark.parametrize("action", [Action.ANNUL, Action.SUSPEND, Action.REINSTATE])
    def test_support_gives_a_reason(self, action: Action) -> None:
        account = after(NEW, OFFENCE, OFFENCE)
        assert decide(account, Change(action, T0, "sue", "\ufeff")) is Refusal.REASON_REQUIRED

    def test_every_change_raises_the_version_so_that_a_late_event_is_known_as_late(self) -> None:
        account = after(NEW, OFFENCE, OFFENCE, REINSTATE, ANNUL)
        assert (account.version, account.changed_at) == (4, T0)
        assert account.status not in SUSPENDED

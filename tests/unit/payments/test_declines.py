"""Three declined cards within an hour close the card methods for an hour."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from services.payments.domain.attempt import AttemptStatus
from services.payments.domain.declines import closed_until, is_decline
from services.payments.domain.line import LineState
from tests.unit.payments.examples import T0, a_payment, an_attempt


def after(*minutes: float) -> list[datetime]:
    return [T0 + timedelta(minutes=each) for each in minutes]


class TestUntilWhenAreCardsClosed:
    @pytest.mark.parametrize(
        ("declines", "until"),
        [
            ((), None),
            ((10, 12), None),
            ((10, 12, 15), 75),
            ((15, 10, 12), 75),
            ((0, 30, 59.99), 119.99),
            ((0, 30, 60), None),
            ((0, 30, 60, 61), 121),
            ((10, 12, 15, 20), 75),
            ((10, 12, 15, 20, 30, 74.9), 75),
            ((10, 12, 15, 74.9, 75, 76), 75),
            ((10, 12, 15, 75, 76, 77), 137),
        ],
    )
    def test_sixty_minutes_from_the_third(self, declines: tuple[float, ...], until: float | None) -> None:
        assert closed_until(after(*declines)) == (after(until)[0] if until is not None else None)


class TestWhatCounts:
    @pytest.mark.parametrize("method", ["card", "visa_mastercard_my"])
    @pytest.mark.parametrize("reason", ["insufficient_funds", "bank_declined", "risk_blocked", None])
    def test_a_banks_no_to_a_card(self, method: str, reason: str | None) -> None:
        assert is_decline(replace(an_attempt(a_payment(LineState.PAYABLE)), method=method), reason)

    @pytest.mark.parametrize("reason", ["provider_timeout", "abandoned"])
    def test_not_what_no_bank_decided(self, reason: str) -> None:
        assert not is_decline(an_attempt(a_payment(LineState.PAYABLE)), reason)

    @pytest.mark.parametrize("method", ["ideal", "balance", "kakaopay"])
    def test_not_other_methods(self, method: str) -> None:
        assert not is_decline(replace(an_attempt(a_payment(LineState.PAYABLE)), method=method), "bank_declined")

    @pytest.mark.parametrize("status", AttemptStatus)
    def test_not_after_the_money_was_taken(self, status: AttemptStatus) -> None:
        attempt = replace(an_attempt(a_payment(LineState.PAYABLE)), status=status)
        assert is_decline(attempt, "bank_declined") == (status not in ("captured", "reversed"))

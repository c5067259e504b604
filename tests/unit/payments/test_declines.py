"""Three declined cards within an hour close the card methods for an hour."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from services.payments import commands
from services.payments.commands import Choice
from services.payments.domain.attempt import Attempt, AttemptStatus, Failure
from services.payments.domain.catalogue import offered_by
from services.payments.domain.declines import closed_until, is_decline
from services.payments.domain.line import LineState
from shared.actor import Actor
from shared.ids import Numbers
from shared.refusals import Refused
from tests.support.memory import BusinessClock, MemoryDatabase, MemoryPaymentsWork, PaymentsTables, drive
from tests.unit.payments.examples import T0, a_payment, an_attempt

CARD = next(each for each in offered_by("sandbox") if each.name == "card")


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


class TestACardThatIsDeclinedAtOnce:
    @pytest.mark.parametrize(("reason", "closed"), [("bank_declined", True), ("provider_timeout", False)])
    def test_counts_as_one_that_is_declined_later(self, reason: Failure, closed: bool) -> None:
        number = Numbers(b"tests").payment(1)
        payment = replace(a_payment(LineState.PAYABLE), number=number)
        database = MemoryDatabase("payments", PaymentsTables(), BusinessClock(), MemoryPaymentsWork)

        async def tries() -> list[Attempt | Refused]:
            answers: list[Attempt | Refused] = []
            async with database.transaction() as work:
                await commands.checkout(work, payment)
                for _ in range(4):
                    made = await commands.attempt(work, number, Choice(Actor(payment.buyer), CARD, proved=True))
                    answers.append(made)
                    if isinstance(made, Attempt):
                        await commands.begin(work, made, reason)
            return answers

        *declined, last = drive(tries())
        assert all(isinstance(each, Attempt) for each in declined)
        assert isinstance(last, Refused) == closed
        if isinstance(last, Refused):
            assert last.facts == {"closed_until": "2026-03-02T01:00:00.000Z"}

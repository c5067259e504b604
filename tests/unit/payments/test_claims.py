"""Claims: what counts as the same reference, which attempt gets the money, and what of two messages is booked."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from pydantic import ValidationError

from services.payments.commands import Claimed, Seen, claim
from services.payments.commands.captures import receive
from services.payments.domain.attempt import AttemptAction, AttemptStatus
from services.payments.domain.capture import Disposition, Reason
from services.payments.domain.claim import Claim, attempt_for, normalised
from services.payments.domain.ledger import UNMATCHED, buyer_balance, incoming, provider
from services.payments.domain.line import LineState
from services.payments.domain.provider_event import ProviderEvent
from services.payments.refusals import PaymentsRefusal
from services.payments.schemas.claims import ClaimIn
from shared.actor import Actor
from shared.ids import Numbers, new_id
from shared.refusals import Refusal, Refused
from tests.support.memory import BusinessClock, MemoryDatabase, MemoryPaymentsWork, PaymentsTables, drive
from tests.unit.payments.examples import DUE, T0, a_payment, an_attempt

Database = MemoryDatabase[MemoryPaymentsWork, PaymentsTables]
NUMBERS = Numbers(b"tests")
PAYMENT = replace(a_payment(LineState.PAYABLE), number=NUMBERS.payment(1))
SEEN = Seen(Actor("sue", "support"), "TRX9", 100_00, "MYR", date(2026, 3, 2), PAYMENT.number, None)
FOR_ANN = replace(SEEN, payment_number=None, user="ann")
CLAIM = Claim(new_id(), "TRX9", 100_00, "MYR", date(2026, 3, 2), PAYMENT.number, None, "sue", T0)
BODY = {"bank_reference": "TRX9", "amount": {"amount": 100_00, "currency": "MYR"}, "value_date": "2026-03-02"}


@pytest.fixture
def database() -> Database:
    """Payments with one payment of 100.00."""
    made = MemoryDatabase("payments", PaymentsTables(), BusinessClock(T0), MemoryPaymentsWork)

    async def fill() -> None:
        async with made.transaction() as work:
            await work.payments.add(PAYMENT)

    drive(fill())
    return made


def claims(database: Database, seen: Seen) -> Claimed | Refused:
    """Support claims a transfer."""

    async def run() -> Claimed | Refused:
        async with database.transaction() as work:
            return await claim(work, seen)

    return drive(run())


def reports(database: Database, transaction: str, amount: int, event: str = "evt_1") -> str:
    """A provider reports captured money of nobody's attempt; returns what was done with the message."""

    async def run() -> None:
        async with database.transaction() as work:
            of = ("sandbox", event, AttemptAction.CAPTURE, None, transaction, amount, "MYR", None)
            await receive(work, "sandbox", event, event.encode(), ProviderEvent(*of))

    drive(run())
    return database.tables.webhooks["sandbox", event].outcome


def disposition(answer: Claimed | Refused) -> tuple[Disposition, Reason]:
    """Where the money of an accepted claim went, and why."""
    assert isinstance(answer, Claimed)
    return answer.verdict.disposition, answer.verdict.reason


class TestTheSameReference:
    @pytest.mark.parametrize(
        "written", ["TRX9", "trx9", " TRX 9 ", "T R X 9", "\uff34\uff32\uff38\uff19", "trx\u00a09", "trx\u20299"]
    )
    def test_however_it_is_written_is_claimed_once(self, database: Database, written: str) -> None:
        assert isinstance(claims(database, FOR_ANN), Claimed)
        answer = claims(database, replace(FOR_ANN, bank_reference=written, user="ben"))
        assert isinstance(answer, Refused)
        assert answer.code is PaymentsRefusal.REFERENCE_CLAIMED
        (first,) = database.tables.claims.values()
        assert {name: answer.facts["earlier"][name] for name in ("kind", "id", "transaction_id")} == {
            "kind": "claim",
            "id": first.id,
            "transaction_id": "TRX9",
        }

    @pytest.mark.parametrize("text", ["\ufb03", "\u00df", "\u0149", "\u1e9e x", "\u03b9\u0308\u0301"])
    def test_stays_the_same_when_it_is_compared_again(self, text: str) -> None:
        assert normalised(normalised(text)) == normalised(text)

    @pytest.mark.parametrize("transaction", ["TRX9", "trx9", "trx 9"])
    def test_is_not_claimed_when_a_provider_has_reported_it(self, database: Database, transaction: str) -> None:
        reports(database, transaction, 100_00)
        answer = claims(database, FOR_ANN)
        assert isinstance(answer, Refused)
        earlier = answer.facts["earlier"]
        assert (answer.code, earlier["kind"], earlier["provider"], earlier["transaction_id"]) == (
            PaymentsRefusal.REFERENCE_CLAIMED,
            "transaction",
            "sandbox",
            transaction,
        )
        assert (buyer_balance("ann"), "MYR") not in database.tables.balances

    @pytest.mark.parametrize("transaction", ["TRX9", "trx9", "trx 9"])
    def test_is_a_repeat_when_a_provider_reports_it_afterwards(self, database: Database, transaction: str) -> None:
        claims(database, FOR_ANN)
        assert reports(database, transaction, 100_00) == "repeat"
        assert database.tables.balances == {(provider("bank"), "MYR"): -100_00, (buyer_balance("ann"), "MYR"): 100_00}

    def test_with_another_amount_waits_for_support(self, database: Database) -> None:
        claims(database, FOR_ANN)
        assert reports(database, "TRX9", 90_00) == "applied"
        (item,) = [each for each, *_ in database.tables.review_items.values()]
        assert (item.reason, item.amount) == ("reference_claimed", 90_00)
        assert database.tables.balances[UNMATCHED, "MYR"] == 90_00

    def test_of_two_providers_messages_is_not_normalised(self, database: Database) -> None:
        assert [reports(database, "abc", 1, "e1"), reports(database, "ABC", 1, "e2")] == ["applied", "applied"]


class TestAClaimForAPayment:
    def test_pays_the_order_and_says_in_the_ledger_who_claimed_it_and_why(self, database: Database) -> None:
        assert disposition(claims(database, SEEN)) == (Disposition.OFFERED, Reason.EXACT)
        (entry,) = database.tables.entries
        assert (entry.by, entry.why) == ("sue", "bank transfer TRX9 of 2026-03-02")
        assert database.tables.balances[incoming(PAYMENT.number), "MYR"] == 100_00
        (attempt,) = database.tables.attempts.values()
        assert (attempt.method, attempt.provider, attempt.status) == ("bank_transfer", "bank", AttemptStatus.CAPTURED)

    @pytest.mark.parametrize(
        ("amount", "expected"),
        [
            (99_99, (Disposition.UNMATCHED, Reason.UNDERPAID)),
            (100_01, (Disposition.OFFERED, Reason.OVERPAID)),
            (10**13, (Disposition.UNMATCHED, Reason.TOO_LARGE)),
        ],
    )
    def test_of_another_amount_is_judged_as_any_capture(
        self, database: Database, amount: int, expected: tuple[Disposition, Reason]
    ) -> None:
        assert disposition(claims(database, replace(SEEN, amount=amount))) == expected

    def test_in_another_currency_waits_for_support(self, database: Database) -> None:
        answer = claims(database, replace(SEEN, currency="THB"))
        assert disposition(answer) == (Disposition.UNMATCHED, Reason.WRONG_CURRENCY)

    def test_a_second_transfer_is_a_duplicate(self, database: Database) -> None:
        claims(database, SEEN)
        answer = claims(database, replace(SEEN, bank_reference="TRX10"))
        assert disposition(answer) == (Disposition.CREDITED, Reason.DUPLICATE)
        assert database.tables.balances[buyer_balance("buyer"), "MYR"] == 100_00

    def test_after_the_hour_too_little_is_late(self, database: Database) -> None:
        database.clock.time = DUE + timedelta(hours=4)
        assert disposition(claims(database, replace(SEEN, amount=99_99))) == (Disposition.CREDITED, Reason.LATE)

    @pytest.mark.parametrize(("status", "taken"), [("abandoned", True), ("pending", True), ("captured", False)])
    def test_is_the_money_of_the_buyers_own_transfer_with_its_quoted_fee(self, status: str, taken: bool) -> None:
        mine = replace(an_attempt(PAYMENT, fee=10), method="bank_transfer", status=AttemptStatus(status))
        card = replace(an_attempt(PAYMENT), id=new_id(), status=AttemptStatus.PENDING)
        attempt, is_new = attempt_for(PAYMENT, (mine, card), CLAIM)
        assert (attempt == mine, is_new) == (taken, not taken)

    def test_of_orders_that_can_not_be_paid_is_about_all_of_them(self) -> None:
        attempt, is_new = attempt_for(a_payment(LineState.EXPIRED, LineState.EXPIRED), (), CLAIM)
        assert (attempt.covers, attempt.fee, is_new) == (("K0", "K1"), 0, True)


class TestAClaimForAUser:
    def test_is_in_the_balance_and_published(self, database: Database) -> None:
        assert disposition(claims(database, FOR_ANN)) == (Disposition.CREDITED, Reason.CLAIMED)
        (result,) = [json.loads(each.body) for each in database.tables.outbox.values()]
        assert {name: result[name] for name in ("buyer", "amount", "reason", "payment_number")} == {
            "buyer": "ann",
            "amount": 100_00,
            "reason": "support",
            "payment_number": None,
        }


class TestWhoMayClaim:
    @pytest.mark.parametrize(
        "by", [Actor("buyer", "support"), Actor("seller-0", "support"), Actor("x", "support", "buyer")]
    )
    def test_nobody_for_a_payment_of_their_own(self, database: Database, by: Actor) -> None:
        assert claims(database, replace(SEEN, actor=by)) == Refused(Refusal.NOT_A_PARTY)
        assert database.tables.entries == []

    def test_nobody_for_themselves(self, database: Database) -> None:
        assert claims(database, replace(FOR_ANN, user="sue")) == Refused(Refusal.NOT_A_PARTY)

    def test_a_payment_that_is_not_known_is_named(self, database: Database) -> None:
        unknown = replace(SEEN, payment_number=NUMBERS.payment(2))
        assert claims(database, unknown) == Refused(PaymentsRefusal.NOT_YET_KNOWN)
        assert claims(database, replace(SEEN, payment_number="P1")) == Refused(Refusal.NOT_FOUND)


class TestTheBody:
    @pytest.mark.parametrize(
        "change",
        [
            {},
            {"user": "ann", "payment_number": "P1"},
            {"user": "ann", "bank_reference": " "},
            {"user": "ann", "bank_reference": "TRX\u200b9"},
            {"user": "ann", "value_date": "2026-02-30"},
            {"user": "ann", "value_date": "2026-03-02T00:00:00Z"},
            {"user": "ann", "amount": {"amount": 0, "currency": "MYR"}},
            {"user": "ann", "amount": {"amount": 2**53, "currency": "MYR"}},
        ],
    )
    def test_that_can_not_be_right_is_refused(self, change: dict[str, object]) -> None:
        with pytest.raises(ValidationError):
            ClaimIn.model_validate({**BODY, **change})

    def test_names_a_payment_or_a_user(self) -> None:
        assert ClaimIn.model_validate({**BODY, "user": "ann"}).payment_number is None
        assert ClaimIn.model_validate({**BODY, "payment_number": "P1"}).user is None

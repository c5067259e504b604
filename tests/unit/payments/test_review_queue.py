"""The review queue: a closed item was booked, and nobody decides about their own money."""

import json
from base64 import b64decode
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.payments.commands.captures import receive
from services.payments.commands.review_queue import Decision, resolve
from services.payments.domain import booking
from services.payments.domain.capture import Unmatched
from services.payments.domain.ledger import buyer_balance
from services.payments.domain.line import LineState
from services.payments.domain.provider_event import Unreadable
from services.payments.refusals import PaymentsRefusal
from services.payments.schemas.review_queue import unmatched_view
from shared.actor import Actor
from shared.ids import new_id
from shared.refusals import Refusal, Refused
from tests.support.memory import BusinessClock, MemoryDatabase, MemoryPaymentsWork, PaymentsTables, drive
from tests.unit.payments.examples import a_payment

SUE = Actor("sue", "support")
AT = datetime(2026, 3, 2, tzinfo=UTC)
PAYMENT = a_payment(LineState.PAYABLE, LineState.PAYABLE)
ITEM = Unmatched(new_id(), new_id(), "underpaid", "sandbox", "txn_1", 90_00, "MYR", PAYMENT.number, PAYMENT.buyer, AT)
UNKNOWN = replace(ITEM, id=new_id(), capture_id=new_id(), payment_number=None, buyer=None)


@pytest.fixture
def database() -> MemoryDatabase[MemoryPaymentsWork, PaymentsTables]:
    """Payments with one payment and two items in the review queue."""
    made = MemoryDatabase("payments", PaymentsTables(), BusinessClock(), MemoryPaymentsWork)

    async def fill() -> None:
        async with made.transaction() as work:
            await work.payments.add(PAYMENT)
            for item in (ITEM, UNKNOWN):
                await work.captures.put_in_review_queue(item)

    drive(fill())
    return made


def decide(
    database: MemoryDatabase[MemoryPaymentsWork, PaymentsTables], item: Unmatched, decided: Decision
) -> Unmatched | Refused:
    """Somebody of support decides."""

    async def run() -> Unmatched | Refused:
        async with database.transaction() as work:
            return await resolve(work, item.id, decided)

    return drive(run())


class TestWhoseMoneyIsIt:
    @pytest.mark.parametrize(
        ("item", "by", "acts_for", "user"),
        [
            (ITEM, PAYMENT.buyer, None, None),
            (ITEM, PAYMENT.buyer, None, "somebody"),
            (ITEM, PAYMENT.lines[0].seller, None, None),
            (ITEM, "helper", PAYMENT.lines[0].seller, None),
            (ITEM, PAYMENT.buyer, "somebody", None),
            (ITEM, "me", None, "me"),
            (UNKNOWN, "me", None, "me"),
            (UNKNOWN, "helper", "me", "me"),
        ],
    )
    def test_nobody_of_support_decides_about_money_of_their_own(
        self,
        database: MemoryDatabase[MemoryPaymentsWork, PaymentsTables],
        item: Unmatched,
        by: str,
        acts_for: str | None,
        user: str | None,
    ) -> None:
        answer = decide(database, item, Decision(Actor(by, "support", acts_for), "credit", user, "It is mine"))
        assert answer == Refused(Refusal.NOT_A_PARTY)
        assert database.tables.entries == []

    def test_nobody_of_support_writes_off_the_loss_of_a_payment_of_their_own(
        self, database: MemoryDatabase[MemoryPaymentsWork, PaymentsTables]
    ) -> None:
        decided = Decision(Actor(PAYMENT.buyer, "support"), "write_off", None, "Looked at it")
        assert decide(database, ITEM, decided) == Refused(Refusal.NOT_A_PARTY)

    def test_somebody_else_does(self, database: MemoryDatabase[MemoryPaymentsWork, PaymentsTables]) -> None:
        assert decide(database, ITEM, Decision(SUE, "credit", None, "The receipt shows it")) == ITEM
        assert decide(database, UNKNOWN, Decision(SUE, "credit", "ann", "Her receipt")) == UNKNOWN
        balances = {user: database.tables.balances[buyer_balance(user), "MYR"] for user in (PAYMENT.buyer, "ann")}
        assert balances == {PAYMENT.buyer: 90_00, "ann": 90_00}

    def test_whom_support_has_found_out_comes_before_the_buyer(
        self, database: MemoryDatabase[MemoryPaymentsWork, PaymentsTables]
    ) -> None:
        assert decide(database, ITEM, Decision(SUE, "credit", "ann", "She paid for a friend")) == ITEM
        assert database.tables.balances[buyer_balance("ann"), "MYR"] == 90_00
        assert (buyer_balance(PAYMENT.buyer), "MYR") not in database.tables.balances


class TestASignedMessageThatCanNotBeRead:
    def test_waits_with_its_bytes_holds_no_money_and_is_closed_with_a_reason(
        self, database: MemoryDatabase[MemoryPaymentsWork, PaymentsTables]
    ) -> None:
        body = b'{"type":"payment.captured","data":{"amount":100000000000000000000}}'

        async def run() -> None:
            async with database.transaction() as work:
                await receive(work, "sandbox", "evt_1", body, Unreadable("sandbox", "evt_1", body))

        drive(run())
        (item,) = [each for each, *_ in database.tables.review_items.values() if each.reason == "unreadable"]
        shown = unmatched_view(item)
        assert (shown.amount, shown.holds_money, shown.transaction_id) == (None, False, "evt_1")
        assert b64decode(shown.message or "") == body
        assert database.tables.webhooks["sandbox", "evt_1"].outcome == "unreadable"
        (result,) = [json.loads(each.body) for each in database.tables.outbox.values()]
        assert (result["reason"], result["amount"], result["currency"]) == ("unreadable", None, None)
        refused = decide(database, item, Decision(SUE, "credit", "ann", "Hers"))
        assert isinstance(refused, Refused)
        assert refused.code is PaymentsRefusal.INVALID_DETAILS
        assert decide(database, item, Decision(SUE, "write_off", None, "The provider sent it again")) == item
        assert database.tables.entries == []


class TestWhatIsClosedWasBooked:
    def test_an_item_whose_credit_does_not_book_stays_open(
        self, database: MemoryDatabase[MemoryPaymentsWork, PaymentsTables], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        credited = booking.credited
        monkeypatch.setattr(booking, "credited", lambda *of: replace(credited(*of), reference="unmatched:the same"))
        decide(database, ITEM, Decision(SUE, "credit", None, "The receipt shows it"))
        with pytest.raises(AssertionError, match="credited once"):
            decide(database, UNKNOWN, Decision(SUE, "credit", "ann", "Her receipt"))
        assert database.tables.review_items[UNKNOWN.id][:2] == (UNKNOWN, None)

    def test_two_items_of_one_payment_are_two_credits(
        self, database: MemoryDatabase[MemoryPaymentsWork, PaymentsTables]
    ) -> None:
        second = replace(ITEM, id=new_id(), capture_id=new_id(), transaction_id="txn_2", amount=5_00)

        async def park() -> None:
            async with database.transaction() as work:
                await work.captures.put_in_review_queue(second)

        drive(park())
        for item in (ITEM, second):
            assert decide(database, item, Decision(SUE, "credit", None, "The receipt shows it")) == item
        assert database.tables.balances[buyer_balance(PAYMENT.buyer), "MYR"] == 95_00

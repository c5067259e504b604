"""The review queue: a closed item was booked, and nobody decides about their own money."""

import json
from base64 import b64decode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest

from services.payments.commands.captures import receive
from services.payments.commands.review_queue import Decision, resolve
from services.payments.domain import booking
from services.payments.domain.attempt import AttemptAction
from services.payments.domain.capture import Unmatched
from services.payments.domain.ledger import ADJUSTMENT, CHARGE_BACK_LOSS, UNMATCHED, buyer_balance, move, provider
from services.payments.domain.line import LineState
from services.payments.domain.provider_event import ProviderEvent, Unreadable
from services.payments.refusals import PaymentsRefusal as R
from services.payments.schemas.review_queue import unmatched_view
from shared.actor import Actor
from shared.ids import new_id
from shared.refusals import Refusal, Refused
from tests.support.memory import BusinessClock, MemoryDatabase, MemoryPaymentsWork, PaymentsTables, drive
from tests.unit.payments.examples import a_payment, an_attempt

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


class TestMoneyThatIsNobodysHere:
    def test_goes_back_to_its_provider(self, database: MemoryDatabase[MemoryPaymentsWork, PaymentsTables]) -> None:
        assert decide(database, UNKNOWN, Decision(SUE, "return", None, "Sent to us by mistake")) == UNKNOWN
        (entry,) = database.tables.entries
        assert (entry.story, entry.by, entry.why) == ("return", "sue", "Sent to us by mistake")
        assert entry.postings == move(UNMATCHED, "MYR", (provider("sandbox"), 90_00))

    def test_is_the_platforms_when_it_is_written_off(
        self, database: MemoryDatabase[MemoryPaymentsWork, PaymentsTables]
    ) -> None:
        assert decide(database, UNKNOWN, Decision(SUE, "write_off", None, "Nobody asked for a year")) == UNKNOWN
        (entry,) = database.tables.entries
        assert (entry.story, entry.by, entry.why) == ("resolution", "sue", "Nobody asked for a year")
        assert entry.postings == move(UNMATCHED, "MYR", (ADJUSTMENT, 90_00))

    @pytest.mark.parametrize(
        ("days", "later", "why"), [({}, 0, "method"), ({"card": 180}, 180, None), ({"card": 180}, 181, "window_closed")]
    )
    def test_goes_back_only_with_a_method_that_takes_it_back_and_in_time(
        self,
        database: MemoryDatabase[MemoryPaymentsWork, PaymentsTables],
        days: dict[str, int],
        later: int,
        why: str | None,
    ) -> None:
        item = drive(underpaid(database))
        database.clock.time += timedelta(days=later)
        windows = {name: timedelta(days=length) for name, length in days.items()}
        answer = decide(database, item, Decision(SUE, "return", None, "Too little", windows))
        refused = Refused(R.REFUND_TO_ORIGIN_UNAVAILABLE, {"why": why, "method": "card"})
        assert answer == (item if why is None else refused)

    @pytest.mark.parametrize("action", ["return", "write_off"])
    def test_is_not_a_users_as_well(
        self, database: MemoryDatabase[MemoryPaymentsWork, PaymentsTables], action: Literal["return", "write_off"]
    ) -> None:
        answer = decide(database, ITEM, Decision(SUE, action, "ann", "Hers"))
        assert isinstance(answer, Refused)
        assert answer.code is R.INVALID_DETAILS
        assert database.tables.entries == []

    @pytest.mark.parametrize("action", ["return", "write_off"])
    def test_is_the_platforms_loss_when_the_bank_takes_it_too(
        self, database: MemoryDatabase[MemoryPaymentsWork, PaymentsTables], action: Literal["return", "write_off"]
    ) -> None:
        item = drive(underpaid(database))
        decide(database, item, Decision(SUE, action, None, "Too little", {"card": timedelta(days=180)}))
        (attempt,) = database.tables.attempts
        back = ("sandbox", "evt_b", AttemptAction.CHARGE_BACK, attempt, "txn_b", 90_00, "MYR", "fraud")

        async def charge_back() -> None:
            async with database.transaction() as work:
                await receive(work, "sandbox", "evt_b", b"{}", ProviderEvent(*back))

        drive(charge_back())
        assert database.tables.balances[CHARGE_BACK_LOSS, "MYR"] == -90_00
        assert database.tables.balances[UNMATCHED, "MYR"] == 0
        (loss,) = [each for each, *_ in database.tables.review_items.values() if each.reason == "charged_back"]
        assert loss.amount == 90_00
        assert all(not each.waiting for each in database.tables.charge_backs.values())


async def underpaid(database: MemoryDatabase[MemoryPaymentsWork, PaymentsTables]) -> Unmatched:
    """An item of 90.00 that was captured by card."""
    attempt = replace(an_attempt(PAYMENT), id=new_id())
    async with database.transaction() as work:
        await work.attempts.add(attempt)
        event = ("sandbox", "evt_u", AttemptAction.CAPTURE, attempt.id, "txn_u", 90_00, "MYR", None)
        await receive(work, "sandbox", "evt_u", b"", ProviderEvent(*event))
    items = (each for each, *_ in database.tables.review_items.values())
    return next(each for each in items if each.transaction_id == "txn_u")


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
        assert refused.code is R.INVALID_DETAILS
        assert decide(database, item, Decision(SUE, "write_off", None, "The provider sent it again")) == item
        assert database.tables.entries == []


class TestWhatIsClosedWasBooked:
    def test_an_item_whose_credit_does_not_book_stays_open(
        self, database: MemoryDatabase[MemoryPaymentsWork, PaymentsTables], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        resolved = booking.resolved
        monkeypatch.setattr(booking, "resolved", lambda *of: replace(resolved(*of), reference="unmatched:the same"))
        decide(database, ITEM, Decision(SUE, "credit", None, "The receipt shows it"))
        with pytest.raises(AssertionError, match="resolved once"):
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

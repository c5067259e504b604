"""Adjustments: what is booked from where, what one person may not decide, and that nothing goes below zero."""

from dataclasses import replace
from uuid import UUID

import pytest

from services.payments.commands import AdjustmentRequest, adjust, decide
from services.payments.domain import ledger
from services.payments.domain.account_status import AccountStatus
from services.payments.domain.adjustment import (
    FORFEITED_FIRST,
    TABLE,
    Adjustment,
    AdjustmentAction,
    AdjustmentKind,
    AdjustmentState,
)
from services.payments.domain.ledger import ADJUSTMENT, FORFEITED, Account, Entry, EntryType, Kind
from services.payments.refusals import PaymentsRefusal
from services.payments.settings import PaymentsSettings
from shared.actor import Actor
from shared.refusals import Refusal, Refused
from tests.support.memory import BusinessClock, MemoryDatabase, MemoryPaymentsWork, PaymentsTables, drive
from tests.unit.payments.examples import T0

Database = MemoryDatabase[MemoryPaymentsWork, PaymentsTables]
SUE, TOM = Actor("sue", "support"), Actor("tom", "support")
GOODWILL = AdjustmentRequest(SUE, AdjustmentKind.GOODWILL, "ann", 100_00, "MYR", "We were slow", 100_00)
FORFEIT = replace(GOODWILL, kind=AdjustmentKind.FORFEIT, reason="Bought from herself")
APPROVE, REJECT = AdjustmentAction.APPROVE, AdjustmentAction.REJECT


@pytest.fixture
def database() -> Database:
    return MemoryDatabase("payments", PaymentsTables(), BusinessClock(), MemoryPaymentsWork)


def has(database: Database, **balances: int) -> None:
    """Ann has this money, by the kind of account."""

    async def run() -> None:
        async with database.transaction() as work:
            for kind, amount in balances.items():
                postings = ledger.move(ledger.provider("sandbox"), "MYR", (Account(Kind(kind), "ann"), amount))
                await work.ledger.book(Entry(f"has:{kind}", EntryType.CREDIT, T0, postings))

    drive(run())


def requests(database: Database, request: AdjustmentRequest) -> Adjustment | Refused:
    """Somebody of support asks for an adjustment."""

    async def run() -> Adjustment | Refused:
        async with database.transaction() as work:
            return await adjust(work, request)

    return drive(run())


def decides(database: Database, which: UUID, action: AdjustmentAction, by: Actor = TOM) -> Adjustment | Refused:
    """Somebody of support approves or rejects it."""

    async def run() -> Adjustment | Refused:
        async with database.transaction() as work:
            return await decide(work, which, action, by)

    return drive(run())


def pending(database: Database, request: AdjustmentRequest = GOODWILL) -> UUID:
    """An adjustment above what one person may decide."""
    made = requests(database, replace(request, alone_max=request.amount - 1))
    assert isinstance(made, Adjustment)
    assert (made.state, made.needs_second) == (AdjustmentState.PENDING, True)
    return made.id


def balance(database: Database, kind: Kind, owner: str = "ann") -> int:
    """What an account holds in MYR."""
    return database.tables.balances.get((Account(kind, owner), "MYR"), 0)


class TestGoodwill:
    def test_up_to_the_limit_is_in_the_balance_at_once(self, database: Database) -> None:
        made = requests(database, GOODWILL)
        assert isinstance(made, Adjustment)
        assert (made.state, made.needs_second, made.decided_by) == (AdjustmentState.BOOKED, False, None)
        (entry,) = database.tables.entries
        assert (entry.story, entry.by, entry.why) == ("adjustment", "sue", "We were slow")
        assert entry.postings == ledger.move(ADJUSTMENT, "MYR", (ledger.buyer_balance("ann"), 100_00))

    def test_above_the_limit_waits_for_a_second_person(self, database: Database) -> None:
        which = pending(database)
        assert database.tables.entries == []
        made = decides(database, which, APPROVE)
        assert isinstance(made, Adjustment)
        assert (made.state, made.requested_by, made.decided_by) == (AdjustmentState.BOOKED, "sue", "tom")
        assert balance(database, Kind.BUYER_BALANCE) == 100_00

    def test_of_a_frozen_user_is_frozen_too(self, database: Database) -> None:
        database.tables.account_statuses["ann"] = AccountStatus("ann", suspended=True, frozen=True, version=1)
        requests(database, GOODWILL)
        assert (balance(database, Kind.BUYER_BALANCE), balance(database, Kind.FROZEN_BALANCE)) == (0, 100_00)


class TestAForfeit:
    def test_takes_frozen_money_first_then_the_balance_then_the_income(self, database: Database) -> None:
        has(database, frozen_balance=10, frozen_available=20, buyer_balance=30, seller_available=40)
        for amount, left in ((15, [0, 15, 30, 40]), (30, [0, 0, 15, 40]), (35, [0, 0, 0, 20])):
            assert isinstance(requests(database, replace(FORFEIT, amount=amount)), Adjustment)
            assert [balance(database, kind) for kind in FORFEITED_FIRST] == left
        assert balance(database, FORFEITED.kind, "") == 80

    def test_never_takes_more_than_there_is(self, database: Database) -> None:
        has(database, frozen_balance=10, seller_available=20)
        before = len(database.tables.entries)
        answer = requests(database, replace(FORFEIT, amount=31))
        held = {"balance": {"amount": 30, "currency": "MYR"}}
        assert answer == Refused(PaymentsRefusal.BALANCE_INSUFFICIENT, held)
        assert requests(database, replace(FORFEIT, amount=1, currency="EUR")) == Refused(
            PaymentsRefusal.BALANCE_INSUFFICIENT, {"balance": {"amount": 0, "currency": "EUR"}}
        )
        assert len(database.tables.entries) == before
        assert database.tables.adjustments == {}

    def test_that_can_not_be_booked_when_it_is_approved_still_waits(self, database: Database) -> None:
        which = pending(database, FORFEIT)
        answer = decides(database, which, APPROVE)
        assert isinstance(answer, Refused)
        assert answer.code is PaymentsRefusal.BALANCE_INSUFFICIENT
        assert database.tables.adjustments[which].state is AdjustmentState.PENDING
        has(database, buyer_balance=100_00)
        assert isinstance(decides(database, which, APPROVE), Adjustment)
        assert (balance(database, Kind.BUYER_BALANCE), balance(database, FORFEITED.kind, "")) == (0, 100_00)


class TestWhoDecides:
    @pytest.mark.parametrize("by", [Actor("ann", "support"), Actor("helper", "support", "ann")])
    def test_nobody_about_themselves(self, database: Database, by: Actor) -> None:
        assert requests(database, replace(GOODWILL, actor=by)) == Refused(Refusal.NOT_A_PARTY)
        which = pending(database)
        for action in AdjustmentAction:
            assert decides(database, which, action, by) == Refused(Refusal.NOT_A_PARTY)
        assert database.tables.entries == []

    def test_nobody_approves_what_they_asked_for(self, database: Database) -> None:
        which = pending(database)
        assert decides(database, which, APPROVE, SUE) == Refused(Refusal.NOT_A_PARTY)
        assert database.tables.entries == []

    def test_who_asked_may_take_it_back(self, database: Database) -> None:
        which = pending(database)
        made = decides(database, which, REJECT, SUE)
        assert isinstance(made, Adjustment)
        assert made.state is AdjustmentState.REJECTED
        assert database.tables.entries == []

    @pytest.mark.parametrize("first", AdjustmentAction)
    @pytest.mark.parametrize("second", AdjustmentAction)
    def test_what_is_decided_stays_decided(
        self, database: Database, first: AdjustmentAction, second: AdjustmentAction
    ) -> None:
        which = pending(database)
        decides(database, which, first)
        booked = len(database.tables.entries)
        assert decides(database, which, second) == Refused(Refusal.WRONG_STATUS, {"state": TABLE[first][1]})
        assert len(database.tables.entries) == booked

    @pytest.mark.parametrize("reason", [None, "", " \n", "\u200b"])
    def test_nobody_without_a_reason(self, database: Database, reason: str | None) -> None:
        assert requests(database, replace(GOODWILL, reason=reason)) == Refused(Refusal.REASON_REQUIRED)

    def test_nobody_decides_what_is_not_there(self, database: Database) -> None:
        assert decides(database, UUID(int=1), APPROVE) == Refused(Refusal.NOT_FOUND)


class TestTheLimit:
    def test_is_set_for_all_currencies_and_for_single_ones(self) -> None:
        fields = PaymentsSettings.model_fields
        assert fields["adjustment_alone_max"].default == 100_00
        settings = PaymentsSettings.model_construct(
            adjustment_alone_max=5, adjustment_alone_max_by_currency={"KRW": 70}
        )
        assert (settings.adjustment_alone("KRW"), settings.adjustment_alone("MYR")) == (70, 5)

    @pytest.mark.parametrize(("by_currency", "limit"), [('{"KRW": 100000}', 100_000), ("{}", 700)])
    def test_is_read_from_the_environment(self, monkeypatch: pytest.MonkeyPatch, by_currency: str, limit: int) -> None:
        given = {"profile": "production", "database_url": "x", "broker_url": "x", "token_keys": "/x", "port": "1"}
        limits = {"adjustment_alone_max": "700", "adjustment_alone_max_by_currency": by_currency}
        keys = {"instance": "x", "services": "x", "gift_card_keys": "11" * 16}
        for name, value in {**given, **limits, **keys}.items():
            monkeypatch.setenv(f"MARKET_{name.upper()}", value)
        assert PaymentsSettings().adjustment_alone("KRW") == limit

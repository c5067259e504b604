"""Gift cards: what a PIN is, until when it is good, that it is used once, and how often one may guess."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from deploy.gift_cards import WrongRequest, requested
from services.payments.commands import NewCards, issue, top_up
from services.payments.domain import ledger
from services.payments.domain.account_status import AccountStatus
from services.payments.domain.gift_card import ALPHABET, Batch, GiftCard, canonical, expiry, next_try
from services.payments.domain.ledger import GIFT_CARDS, Account, Entry, EntryType, Kind
from services.payments.pins import Pins, new_pin
from services.payments.refusals import PaymentsRefusal
from shared.ids import new_id
from shared.refusals import Refusal, Refused
from tests.support.memory import BusinessClock, MemoryDatabase, MemoryPaymentsWork, PaymentsTables, drive
from tests.unit.payments.examples import T0

Database = MemoryDatabase[MemoryPaymentsWork, PaymentsTables]
OLD, NEW = "11" * 16, "22" * 16
PINS = Pins(NEW)
REFUSED = Refused(PaymentsRefusal.GIFT_CARD_REFUSED)
CARD = GiftCard(new_id(), new_id(), 50_00, "MYR", T0, expiry(T0))


@pytest.fixture
def database() -> Database:
    return MemoryDatabase("payments", PaymentsTables(), BusinessClock(T0), MemoryPaymentsWork)


def sold(database: Database, currency: str = "MYR", bought_at: datetime | None = None, pins: Pins = PINS) -> str:
    """The PIN of a new card of 50.00."""
    pin = new_pin()

    async def run() -> None:
        async with database.transaction() as work:
            await issue(work, NewCards((pins.hashed(pin),), 50_00, currency, bought_at))

    drive(run())
    return pin


def tries(database: Database, pin: str, user: str = "ann", pins: Pins = PINS) -> GiftCard | Refused:
    """A user enters a PIN."""

    async def run() -> GiftCard | Refused:
        async with database.transaction() as work:
            return await top_up(work, user, pins.hashes(pin))

    return drive(run())


def has_wallet(database: Database, currency: str, user: str = "ann") -> None:
    """The user has a wallet in this currency."""

    async def run() -> None:
        async with database.transaction() as work:
            postings = ledger.move(ledger.provider("sandbox"), currency, (ledger.buyer_balance(user), 1))
            await work.ledger.book(Entry(f"has:{currency}:{user}", EntryType.CREDIT, T0, postings))

    drive(run())


def balance(database: Database, kind: Kind, owner: str = "", currency: str = "MYR") -> int:
    """What an account holds."""
    return database.tables.balances.get((Account(kind, owner), currency), 0)


class TestACard:
    def test_is_owed_from_its_sale_until_it_is_used(self, database: Database) -> None:
        pin = sold(database)
        assert balance(database, Kind.GIFT_CARDS) == 50_00
        card = tries(database, pin)
        assert isinstance(card, GiftCard)
        assert (balance(database, Kind.GIFT_CARDS), balance(database, Kind.BUYER_BALANCE, "ann")) == (0, 50_00)
        assert [entry.story for entry in database.tables.entries] == ["gift_card_sale", "top_up"]
        assert database.tables.gift_cards[card.id].used_by == "ann"

    def test_is_used_once(self, database: Database) -> None:
        pin = sold(database)
        tries(database, pin)
        assert [tries(database, pin), tries(database, pin, "ben")] == [REFUSED, REFUSED]
        assert balance(database, Kind.BUYER_BALANCE, "ben") == 0

    def test_that_nobody_sold_is_refused_like_a_used_one(self, database: Database) -> None:
        sold(database)
        assert [tries(database, text) for text in (new_pin(), "", "x" * 200, "\ud800")] == [REFUSED] * 4

    @pytest.mark.parametrize(
        ("wallets", "currency", "answer"),
        [((), "MYR", None), (("MYR",), "MYR", None), (("EUR", "MYR"), "MYR", None), (("EUR",), "MYR", REFUSED)],
    )
    def test_is_in_a_currency_of_the_users_wallets_any_where_there_is_none(
        self, database: Database, wallets: tuple[str, ...], currency: str, answer: Refused | None
    ) -> None:
        for each in wallets:
            has_wallet(database, each)
        has_wallet(database, "SGD", "somebody else")
        found = tries(database, sold(database, currency))
        assert (found if isinstance(found, Refused) else None) == answer

    def test_of_a_frozen_user_is_refused_and_can_be_used_later(self, database: Database) -> None:
        pin = sold(database)
        database.tables.account_statuses["ann"] = AccountStatus("ann", suspended=True, frozen=True, version=1)
        assert tries(database, pin) == Refused(Refusal.ACCOUNT_SUSPENDED)
        database.tables.account_statuses["ann"] = AccountStatus("ann", version=2)
        assert isinstance(tries(database, pin), GiftCard)

    @pytest.mark.parametrize(("later", "good"), [(-timedelta(milliseconds=1), True), (timedelta(0), False)])
    def test_is_good_for_two_years(self, database: Database, later: timedelta, good: bool) -> None:
        pin = sold(database)
        database.clock.time = T0.replace(year=T0.year + 2) + later
        assert isinstance(tries(database, pin), GiftCard) == good

    def test_that_was_bought_long_ago_is_expired(self, database: Database) -> None:
        assert tries(database, sold(database, bought_at=T0 - timedelta(days=731))) == REFUSED

    def test_of_a_leap_day_is_good_until_the_first_of_march(self) -> None:
        assert expiry(datetime(2028, 2, 29, 12, tzinfo=UTC)) == datetime(2030, 3, 1, 12, tzinfo=UTC)

    def test_of_a_batch_is_worth_what_the_others_are(self) -> None:
        batch = Batch(new_id(), 50_00, "MYR", 3, T0)
        assert batch.sale(T0).lines() == ((GIFT_CARDS, "MYR", 150_00), (ledger.provider("gift_cards"), "MYR", -150_00))

    @pytest.mark.parametrize("change", [{"used_by": "ben"}, {"expires_at": T0}, {"currency": "EUR"}])
    def test_is_no_good(self, change: dict[str, object]) -> None:
        assert CARD.is_good({"MYR"}, T0)
        assert not replace(CARD, **change).is_good({"MYR"}, T0)  # type: ignore[arg-type]


class TestAPin:
    def test_is_a_hundred_random_bits_in_groups(self) -> None:
        found = {new_pin() for _ in range(1000)}
        assert len(found) == 1000
        assert all(re.fullmatch(rf"[{ALPHABET}]{{4}}(-[{ALPHABET}]{{4}}){{4}}", each) for each in found)

    @pytest.mark.parametrize(
        "written", ["abcd-1001-1j00-0000-0000", " ABCDIOOLLJ0O00000000", "\uff21BCD 1001\u00a01J00 0000 0000"]
    )
    def test_is_read_as_it_is_meant(self, written: str) -> None:
        assert canonical(written) == "ABCD10011J0000000000"

    def test_is_found_under_an_older_key_while_keys_are_replaced(self, database: Database) -> None:
        pin = sold(database, pins=Pins(OLD))
        assert tries(database, pin, pins=Pins(NEW)) == REFUSED
        assert isinstance(tries(database, pin, pins=Pins(f"{NEW}, {OLD}")), GiftCard)

    def test_is_hashed_with_the_key(self) -> None:
        assert Pins(OLD).hashed("A") != Pins(NEW).hashed("A")
        assert Pins(f"{NEW},{OLD}").hashed("A") == Pins(NEW).hashed("A")

    @pytest.mark.parametrize("keys", ["", "11", "zz" * 16, f"{NEW},", "11" * 15])
    def test_needs_good_keys(self, keys: str) -> None:
        with pytest.raises(ValueError, match="hex"):
            Pins(keys)


class TestGuessing:
    def test_ends_after_five_refused_tries_in_an_hour_whatever_the_pin(self, database: Database) -> None:
        pin = sold(database)
        for minute in range(5):
            database.clock.time = T0 + timedelta(minutes=minute)
            assert tries(database, new_pin()) == REFUSED
        until = {"until": "2026-03-02T01:00:00.000Z"}
        assert tries(database, pin) == Refused(Refusal.RATE_LIMITED, until)
        database.clock.time = T0 + timedelta(hours=1) - timedelta(milliseconds=1)
        assert tries(database, pin) == Refused(Refusal.RATE_LIMITED, until)
        assert isinstance(tries(database, pin, "ben"), GiftCard), "the limit is each user's own"
        database.clock.time = T0 + timedelta(hours=1)
        assert tries(database, pin) == REFUSED, "the first try counts no more"
        assert tries(database, pin) == Refused(Refusal.RATE_LIMITED, {"until": "2026-03-02T01:01:00.000Z"})

    def test_does_not_count_good_cards(self, database: Database) -> None:
        for _ in range(6):
            assert isinstance(tries(database, sold(database)), GiftCard)

    @pytest.mark.parametrize(("count", "minutes"), [(4, None), (5, 60), (6, 61)])
    def test_goes_on_an_hour_after_the_fifth_last(self, count: int, minutes: int | None) -> None:
        refused = [T0 + timedelta(minutes=each) for each in range(count)]
        assert next_try(refused) == (T0 + timedelta(minutes=minutes) if minutes else None)


class TestTheCommand:
    @pytest.mark.parametrize(
        "wrong",
        [("DEM", "5000", "1"), ("MYR", "0", "1"), ("MYR", "-1", "1"), ("MYR", "50.00", "1"), ("MYR", "5000", "0")],
    )
    def test_says_what_it_needs(self, wrong: tuple[str, str, str]) -> None:
        with pytest.raises(WrongRequest):
            requested(*wrong)

    def test_takes_minor_units(self) -> None:
        assert requested("MYR", "5000", "10") == ("MYR", 50_00, 10)

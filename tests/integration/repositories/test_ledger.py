"""The ledger: references, balances, frozen money, settlements that wait; the same in memory and on PostgreSQL."""

import asyncpg
import pytest

from services.payments.domain import ledger
from services.payments.domain.account_status import AccountStatus
from services.payments.domain.ledger import Account, Entry, EntryType, Kind
from services.payments.domain.settlement import Settlement
from tests.integration.repositories.examples import a_payment, name
from tests.integration.repositories.storage import T0, Storage

BANK = ledger.provider("sandbox")


def gives(user: str, amount: int, reference: str | None = None, currency: str = "MYR") -> Entry:
    """The bank gives a user money."""
    postings = ledger.move(BANK, currency, (ledger.buyer_balance(user), amount))
    return Entry(reference or name("gift"), EntryType.CAPTURE, T0, postings)


def spends(user: str, amount: int, order: str) -> Entry:
    """A user's money goes into an order's escrow."""
    postings = ledger.move(ledger.buyer_balance(user), "MYR", (ledger.escrow(order), amount))
    return Entry(name("paid"), EntryType.FUNDING, T0, postings)


async def book(storage: Storage, *entries: Entry) -> list[bool]:
    """Each entry in a transaction of its own."""
    answers = []
    for entry in entries:
        async with storage.payments.transaction() as work:
            answers.append(await work.ledger.book(entry))
    return answers


async def balance(storage: Storage, account: Account, currency: str = "MYR") -> int:
    """What is in an account."""
    async with storage.payments.transaction() as work:
        return await work.ledger.lock_balance(account, currency)


class TestAnEntry:
    async def test_is_booked_once_whatever_it_says_the_second_time(self, storage: Storage) -> None:
        user, reference = name("user"), name("entry")
        assert await book(storage, gives(user, 100, reference), gives(user, 70, reference)) == [True, False]
        assert await balance(storage, ledger.buyer_balance(user)) == 100

    async def test_that_would_make_a_balance_negative_is_refused_with_all_beside_it(self, storage: Storage) -> None:
        user, order = name("user"), name("K")
        await book(storage, gives(user, 100))
        with pytest.raises(asyncpg.CheckViolationError):
            await book(storage, spends(user, 101, order))
        assert await balance(storage, ledger.buyer_balance(user)) == 100
        assert await balance(storage, ledger.escrow(order)) == 0
        assert await book(storage, spends(user, 100, order)) == [True]
        assert await balance(storage, ledger.escrow(order)) == 100

    async def test_keeps_currencies_apart(self, storage: Storage) -> None:
        user = name("user")
        await book(storage, gives(user, 100), gives(user, 7, currency="KRW"))
        assert await balance(storage, ledger.buyer_balance(user)) == 100
        assert await balance(storage, ledger.buyer_balance(user), "KRW") == 7
        assert await balance(storage, ledger.buyer_balance(user), "EUR") == 0


class TestAFrozenUser:
    async def test_is_given_money_out_of_reach_until_thawed(self, storage: Storage) -> None:
        user = name("user")
        async with storage.payments.transaction() as work:
            await work.account_statuses.put(AccountStatus(user, suspended=True, frozen=True, version=1))
        await book(storage, gives(user, 100))
        async with storage.payments.transaction() as work:
            assert await work.account_statuses.is_suspended(user)
            await work.account_statuses.put(AccountStatus(user, version=2))
        await book(storage, gives(user, 30))
        assert await balance(storage, Account(Kind.FROZEN_BALANCE, user)) == 100
        assert await balance(storage, ledger.buyer_balance(user)) == 30

    async def test_is_known_as_it_was_last_reported(self, storage: Storage) -> None:
        user = name("user")
        result = AccountStatus(user, suspended=True, frozen=False, version=4)
        async with storage.payments.transaction() as work:
            before = await work.account_statuses.lock(user)
            await work.account_statuses.put(result)
            assert (before, await work.account_statuses.lock(user)) == (AccountStatus(user), result)

    async def test_has_balances_by_currency_and_kind_empty_ones_left_out(self, storage: Storage) -> None:
        user = name("user")
        income = ledger.move(BANK, "MYR", (ledger.seller_available(user), 5))
        await book(
            storage, gives(user, 100), gives(user, 7, currency="KRW"), Entry(name("e"), EntryType.CAPTURE, T0, income)
        )
        accounts = [ledger.buyer_balance(user), ledger.seller_available(user)]
        async with storage.payments.transaction() as work:
            found = await work.ledger.lock_balances(accounts)
        assert found == {
            "MYR": {Kind.BUYER_BALANCE: 100, Kind.SELLER_AVAILABLE: 5},
            "KRW": {Kind.BUYER_BALANCE: 7},
        }


class TestAPaymentsMoney:
    async def test_is_counted_where_it_is(self, storage: Storage) -> None:
        payment = a_payment(100, 50)
        first, second = (line.number for line in payment.lines)
        into = ledger.move(BANK, "MYR", (ledger.incoming(payment.number), 150))
        on = ledger.move(ledger.incoming(payment.number), "MYR", (ledger.escrow(first), 100))
        await book(storage, Entry(name("e"), EntryType.CAPTURE, T0, into), Entry(name("e"), EntryType.FUNDING, T0, on))
        async with storage.payments.transaction() as work:
            held = await work.ledger.held(payment)
        assert held.incoming == 50
        assert (held.escrow[first], held.escrow.get(second, 0)) == (100, 0)


class TestASettlement:
    async def test_waits_once_and_is_taken_out_in_order(self, storage: Storage) -> None:
        order = name("K")
        waiting = [Settlement(order, version, "b", "s", "MYR", T0, 10 * version, 0, 0, 0, 0) for version in (5, 3)]
        async with storage.payments.transaction() as work:
            for each in (*waiting, waiting[0]):
                await work.ledger.hold(each)
        async with storage.payments.transaction() as work:
            taken = await work.ledger.release(order)
            again = await work.ledger.release(order)
        assert taken == (waiting[1], waiting[0])
        assert again == ()

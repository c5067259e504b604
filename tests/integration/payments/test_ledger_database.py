"""What the database itself refuses, whoever asks: the books can't be unbalanced, changed or emptied."""

import asyncio
import random
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from services.payments.domain.ledger import Account, Entry, EntryType, Kind, buyer_balance, escrow, move, provider
from shared.db.errors import Contention
from shared.db.migrations import differences
from tests.integration.payments.books import Books

AT = datetime(2026, 3, 2, tzinfo=UTC)
Connection = asyncpg.Connection
LEDGER = ("entries", "postings")


def an_entry(source: Account, destination: Account, amount: int, currency: str = "MYR", reference: str = "") -> Entry:
    moved = move(source, currency, (destination, amount))
    return Entry(reference or uuid4().hex, EntryType.CAPTURE, AT, moved)


async def booked(books: Books, *entries: Entry) -> list[bool]:
    async with books.database.transaction() as work:
        return [await work.ledger.book(entry) for entry in entries]


async def balance(books: Books, account: Account) -> int:
    async with books.database.transaction() as work:
        return await work.ledger.lock_balance(account, "MYR")


async def test_migrations_make_exactly_the_tables_of_the_code(dsns: tuple[str, str]) -> None:
    assert await differences("payments", dsns[0]) == []


async def written(connection: Connection, *postings: tuple[int, int]) -> None:
    """An entry written by hand: (account, amount)."""
    async with connection.transaction():
        new = "insert into entries (reference, story, at) values ($1, 'capture', now()) returning id"
        entry = await connection.fetchval(new, uuid4().hex)
        await connection.executemany(
            "insert into postings values ($1, $2, $3)", [(entry, *posting) for posting in postings]
        )


class TestAnUnbalancedEntry:
    async def test_is_refused_at_commit(self, books: Books, as_owner: Connection) -> None:
        await booked(books, an_entry(provider("sandbox"), buyer_balance(user := uuid4().hex), 5))
        account = await as_owner.fetchval("select id from accounts where owner = $1", user)
        with pytest.raises(asyncpg.CheckViolationError, match="sum to zero"):
            await written(as_owner, (account, 1))
        assert await balance(books, buyer_balance(user)) == 5

    async def test_cannot_be_made_of_two_currencies(self, books: Books, as_owner: Connection) -> None:
        mine, yours = uuid4().hex, uuid4().hex
        await booked(books, an_entry(provider("sandbox"), buyer_balance(mine), 5))
        await booked(books, an_entry(provider("sandbox"), buyer_balance(yours), 5, "EUR"))
        one, two = [await as_owner.fetchval("select id from accounts where owner = $1", each) for each in (mine, yours)]
        with pytest.raises(asyncpg.CheckViolationError, match="each currency"):
            await written(as_owner, (one, 1), (two, -1))

    async def test_cannot_be_without_postings(self, as_owner: Connection) -> None:
        with pytest.raises(asyncpg.CheckViolationError, match="sum to zero"):
            await as_owner.execute(
                "insert into entries (reference, story, at) values ($1, 'capture', now())", uuid4().hex
            )

    async def test_cannot_come_from_adding_to_an_old_entry(self, books: Books, as_owner: Connection) -> None:
        await booked(books, an_entry(provider("sandbox"), buyer_balance(user := uuid4().hex), 5, reference=user))
        other = await as_owner.fetchval("select id from accounts where owner <> $1 and balance > 0 limit 1", user)
        entry = await as_owner.fetchval("select id from entries where reference = $1", user)
        with pytest.raises(asyncpg.CheckViolationError, match="sum to zero"):
            await as_owner.execute("insert into postings values ($1, $2, 1)", entry, other)


class TestNothingIsChanged:
    @pytest.mark.parametrize(
        "change",
        [
            "update postings set amount = amount + 1",
            "update entries set at = now()",
            "delete from postings",
            "delete from entries",
        ],
    )
    async def test_not_even_by_the_owner(self, as_owner: Connection, books: Books, change: str) -> None:
        await booked(books, an_entry(provider("sandbox"), buyer_balance("x"), 5))
        with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
            await as_owner.execute(change)

    async def test_nor_emptied(self, as_owner: Connection) -> None:
        for tables in ("postings", "postings, entries", "accounts, postings cascade"):
            with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
                await as_owner.execute(f"truncate {tables}")

    @pytest.mark.parametrize("table", [*LEDGER, "accounts", "captures", "webhooks"])
    async def test_the_service_has_not_even_the_right(self, as_app: Connection, table: str) -> None:
        for change in (f"delete from {table}", f"truncate {table}"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await as_app.execute(change)

    async def test_the_service_cannot_write_a_balance(self, as_app: Connection) -> None:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await as_app.execute("update accounts set balance = 10 ^ 9 where balance is not null")


class TestBalances:
    async def test_follow_the_postings(self, books: Books) -> None:
        user, order = buyer_balance(uuid4().hex), escrow(uuid4().hex)
        await booked(books, an_entry(provider("sandbox"), user, 100), an_entry(user, order, 30))
        assert (await balance(books, user), await balance(books, order)) == (70, 30)

    @pytest.mark.parametrize("kind", [Kind.BUYER_BALANCE, Kind.SELLER_AVAILABLE, Kind.ESCROW, Kind.INCOMING])
    async def test_never_go_below_zero(self, books: Books, kind: Kind) -> None:
        account = Account(kind, uuid4().hex)
        await booked(books, an_entry(provider("sandbox"), account, 10))
        with pytest.raises(asyncpg.CheckViolationError, match="accounts_not_negative"):
            await booked(books, an_entry(account, buyer_balance("x"), 11))
        assert await balance(books, account) == 10

    async def test_a_reference_is_booked_once(self, books: Books) -> None:
        user, reference = buyer_balance(uuid4().hex), uuid4().hex
        entry = an_entry(provider("sandbox"), user, 10, reference=reference)
        assert await booked(books, entry, entry) == [True, False]
        assert await booked(books, entry) == [False]
        assert await balance(books, user) == 10

    async def test_hold_when_everybody_pays_everybody_at_once(self, books: Books) -> None:
        users = [buyer_balance(uuid4().hex) for _ in range(6)]
        await booked(books, *(an_entry(provider("sandbox"), user, 1000) for user in users))
        choose = random.Random(7)
        connections = asyncio.Semaphore(50)  # more would wait for one, and a slow machine makes them wait too long
        pairs = [choose.sample(users, 2) for _ in range(150)]
        entries = [an_entry(source, destination, choose.randrange(1, 900)) for source, destination in pairs]

        async def pay(entry: Entry) -> bool:
            try:
                async with connections:
                    await booked(books, entry)
            except (asyncpg.CheckViolationError, Contention):
                return False
            return True

        outcomes = await asyncio.gather(*map(pay, entries))
        assert any(outcomes)
        left = [await balance(books, user) for user in users]
        assert sum(left) == 6000
        assert min(left) >= 0

    async def test_the_same_reference_at_once_is_booked_once(self, books: Books) -> None:
        user = buyer_balance(uuid4().hex)
        entry = an_entry(provider("sandbox"), user, 10)
        outcomes: list[Any] = await asyncio.gather(*(booked(books, entry) for _ in range(8)))
        assert sorted(each[0] for each in outcomes) == [False] * 7 + [True]
        assert await balance(books, user) == 10

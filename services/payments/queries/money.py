"""A user's wallets and statement, and everything booked about one order."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import Select

from services.payments.domain.ledger import Account, EntryType, Kind
from services.payments.domain.line import LineState
from services.payments.domain.proof import Movement, Proof, prove
from services.payments.tables import AccountRow, EntryRow, LineRow, PostingRow
from shared.actor import Actor
from shared.ids import is_number
from shared.refusals import Refusal, Refused

WALLETS = {
    Kind.BUYER_BALANCE: "balance",
    Kind.SELLER_AVAILABLE: "available",
    Kind.FROZEN_BALANCE: "frozen_balance",
    Kind.FROZEN_AVAILABLE: "frozen_available",
}
"""The accounts of a user, and the field of Wallet for each."""


@dataclass(slots=True)
class Wallet:
    """What a user has in one currency, in minor units."""

    currency: str
    balance: int = 0
    available: int = 0
    frozen_balance: int = 0
    frozen_available: int = 0
    in_escrow: int = 0
    """What this user paid as a buyer and nobody has received yet."""


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One movement of a user's money."""

    entry_id: int
    account_id: int
    at: datetime
    reference: str
    story: EntryType
    account: str
    """The kind of the account."""
    amount: int
    """In minor units; minus leaves the account."""
    currency: str
    payment_number: str | None
    order_number: str | None
    by: str | None
    """Who of support decided it; None for what no person decided, and for a reader who is not support."""
    why: str | None
    """The reason of that person."""


@dataclass(frozen=True, slots=True)
class BookedEntry:
    """One entry of the ledger: (account, amount in minor units, currency) for each account that it changes."""

    reference: str
    story: EntryType
    at: datetime
    postings: tuple[tuple[str, int, str], ...]


@dataclass(frozen=True, slots=True)
class OrderMoney:
    """Everything that was booked about one order, and the proof that nothing is missing."""

    currency: str
    entries: tuple[BookedEntry, ...]
    proof: Proof


async def wallets(session: AsyncSession, user: str) -> list[Wallet]:
    """A user's money by currency."""
    found: dict[str, Wallet] = {}
    query = select(AccountRow.currency, AccountRow.kind, func.coalesce(AccountRow.balance, 0)).where(*_of(user))
    for currency, kind, balance in await session.exec(query):
        setattr(found.setdefault(currency, Wallet(currency)), WALLETS[Kind(kind)], balance)
    held = (
        select(AccountRow.currency, func.sum(AccountRow.balance))
        .join(LineRow, (col(LineRow.number) == AccountRow.owner) & (col(AccountRow.kind) == str(Kind.ESCROW)))
        .where(LineRow.buyer == user, LineRow.state == "paid", col(AccountRow.balance) > 0)
        .group_by(AccountRow.currency)
    )
    for currency, amount in await session.exec(held):
        found.setdefault(currency, Wallet(currency)).in_escrow = int(amount or 0)
    return sorted(found.values(), key=lambda wallet: wallet.currency)


async def statement(
    session: AsyncSession,
    user: str,
    currency: str | None,
    window: tuple[datetime | None, datetime | None],
    before: tuple[int, int] | None,
    limit: int,
    *,
    as_support: bool = False,
) -> list[StatementLine]:
    """A user's movements, newest first, from `before` (entry, account) on; `window` is half-open business time.

    Only support reads who decided what and why.
    """
    start, end = window
    conditions = [
        AccountRow.currency == currency if currency else None,
        col(EntryRow.at) >= start if start else None,
        col(EntryRow.at) < end if end else None,
        tuple_(col(PostingRow.entry_id), col(PostingRow.account_id)) < before if before else None,
    ]
    query = _postings().where(*_of(user), *(each for each in conditions if each is not None))
    query = query.order_by(col(PostingRow.entry_id).desc(), col(PostingRow.account_id).desc()).limit(limit)
    return [
        StatementLine(
            posting.entry_id,
            posting.account_id,
            entry.at,
            entry.reference,
            EntryType(entry.story),
            account.kind,
            posting.amount,
            account.currency,
            entry.payment_number,
            entry.order_number,
            entry.by_user if as_support else None,
            entry.why if as_support else None,
        )
        for entry, posting, account in await session.exec(query)
    ]


async def ledger(session: AsyncSession, order_number: str, actor: Actor) -> OrderMoney | Refused:
    """The money of one order, for its parties and support; a seller's order begins when it is paid."""
    line = await session.get(LineRow, order_number) if is_number(order_number, "K") else None
    if line is None or not _may_see(line, actor):
        return Refused(Refusal.ORDER_NOT_FOUND)
    query = _postings().where(EntryRow.order_number == order_number)
    query = query.order_by(col(EntryRow.id), col(PostingRow.amount), col(PostingRow.account_id))
    entries: dict[int, BookedEntry] = {}
    movements: list[Movement] = []
    for entry, posting, account in await session.exec(query):
        owner = Account(Kind(account.kind), account.owner)
        so_far = entries[posting.entry_id].postings if posting.entry_id in entries else ()
        change = (str(owner), posting.amount, account.currency)
        entries[posting.entry_id] = BookedEntry(entry.reference, EntryType(entry.story), entry.at, (*so_far, change))
        movements.append(Movement(posting.entry_id, owner.kind, owner.owner, posting.amount))
    return OrderMoney(line.currency, tuple(entries.values()), prove(order_number, movements))


def _postings() -> Select[EntryRow, PostingRow, AccountRow]:
    """Every posting with its entry and its account."""
    return (
        select(EntryRow, PostingRow, AccountRow)
        .join(PostingRow, col(PostingRow.entry_id) == EntryRow.id)
        .join(AccountRow, col(AccountRow.id) == PostingRow.account_id)
    )


def _of(user: str) -> tuple[ColumnElement[bool], ...]:
    """The user's own accounts."""
    return col(AccountRow.owner) == user, col(AccountRow.kind).in_([str(kind) for kind in WALLETS])


def _may_see(line: LineRow, actor: Actor) -> bool:
    sells = actor.account == line.seller and line.state == LineState.PAID
    return actor.account == line.buyer or sells or actor.is_support

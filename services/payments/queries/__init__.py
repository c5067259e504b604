"""What payments can show, and to whom."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.payments.commands import missing
from services.payments.domain.attempt import Attempt
from services.payments.domain.capture import Unmatched
from services.payments.domain.ledger import Account, Kind
from services.payments.domain.line import LineState
from services.payments.domain.payment import Payment
from services.payments.domain.proof import Movement, Proof, prove
from services.payments.repository import reads
from services.payments.unit_of_work import PaymentsWork
from shared.clock import monotonic
from shared.db.unit_of_work import Database
from shared.http.auth import Caller
from shared.ids import is_number
from shared.refusals import Refusal, Refused

WAIT_SECONDS = 2.0
WAITING_MAX = 2
LOOK_SECONDS = 0.1
LATELY_MAX = 1000


@dataclass(slots=True)
class Arrivals:
    """Lets a caller wait shortly for a payment whose checkout was answered a moment ago and is still on its way."""

    _waiting: Counter[str] = field(default_factory=Counter)
    _lately: dict[str, None] = field(default_factory=dict)
    """Payments that this instance has heard of lately, the oldest first."""
    _wakeup: asyncio.Event = field(default_factory=asyncio.Event)

    def arrived(self, number: str) -> None:
        """Tell whoever waits that this instance has heard of the payment: each looks whether it is theirs."""
        self._lately[number] = None
        if len(self._lately) > LATELY_MAX:
            del self._lately[next(iter(self._lately))]
        self._wakeup.set()
        self._wakeup = asyncio.Event()

    async def wait(self, database: Database[PaymentsWork], caller: str, number: str) -> None:
        """Until the payment is known, at most two seconds; only for numbers that can exist, two at once per caller.

        The database is asked now and then, because another instance may hear of it.
        """
        if not is_number(number, "P") or number in self._lately or await _is_known(database, number):
            return
        until = monotonic() + WAIT_SECONDS
        if self._waiting[caller] >= WAITING_MAX:
            return
        with self._counted(caller):
            while monotonic() < until and number not in self._lately:
                if not await _rings(self._wakeup) and await _is_known(database, number):
                    return

    @contextmanager
    def _counted(self, caller: str) -> Iterator[None]:
        self._waiting[caller] += 1
        try:
            yield
        finally:
            self._waiting[caller] -= 1
            if not self._waiting[caller]:
                del self._waiting[caller]


arrivals = Arrivals()
"""Those of this process: one instance of the service."""


@dataclass(frozen=True, slots=True)
class PaymentShown:
    """A payment with its attempts, at one moment."""

    payment: Payment
    attempts: tuple[Attempt, ...]
    at: datetime


@dataclass(slots=True)
class Wallet:
    """What a user has in one currency, in minor units."""

    currency: str
    balance: int = 0
    available: int = 0
    frozen_balance: int = 0
    frozen_available: int = 0
    in_escrow: int = 0


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One movement of a user's money; plus arrives, minus leaves."""

    entry_id: int
    account_id: int
    at: datetime
    reference: str
    story: str
    account: str
    amount: int
    currency: str
    payment_number: str | None
    order_number: str | None


@dataclass(frozen=True, slots=True)
class BookedEntry:
    """One entry of the ledger with what it did to each account."""

    reference: str
    story: str
    at: datetime
    postings: tuple[tuple[str, int, str], ...]


@dataclass(frozen=True, slots=True)
class OrderMoney:
    """Everything that was booked about one order, and the proof that nothing is missing."""

    currency: str
    entries: tuple[BookedEntry, ...]
    proof: Proof


async def payment(session: AsyncSession, number: str, caller: Caller) -> PaymentShown | Refused:
    """A payment, for its buyer and for support; everybody else learns nothing. One may still be on its way here."""
    found = await reads.payment(session, number) if is_number(number, "P") else None
    if found is None:
        return Refused(missing(number))
    if not (found.buyer == caller.user or caller.has("support")):
        return Refused(Refusal.NOT_FOUND)
    return PaymentShown(found, await reads.attempts(session, number), await reads.now(session))


async def wallets(session: AsyncSession, user: str) -> list[Wallet]:
    """A user's money by currency; what is in escrow was paid by this user and not released yet."""
    found: dict[str, Wallet] = {}
    names = {Kind.BUYER_BALANCE: "balance", Kind.SELLER_AVAILABLE: "available"}
    for currency, kind, balance in await reads.wallets(session, user):
        wallet = found.setdefault(currency, Wallet(currency))
        setattr(wallet, names.get(Kind(kind), kind), balance)
    for currency, held in await reads.in_escrow(session, user):
        found.setdefault(currency, Wallet(currency)).in_escrow = int(held)
    return sorted(found.values(), key=lambda wallet: wallet.currency)


async def statement(
    session: AsyncSession,
    user: str,
    currency: str | None,
    window: tuple[datetime | None, datetime | None],
    before: tuple[int, int] | None,
    limit: int,
) -> list[StatementLine]:
    """A user's movements, newest first; `window` is half-open business time."""
    rows = await reads.statement(session, user, currency, window, before, limit)
    return [
        StatementLine(
            posting.entry_id,
            posting.account_id,
            entry.at,
            entry.reference,
            entry.story,
            account.kind,
            posting.amount,
            account.currency,
            entry.payment_number,
            entry.order_number,
        )
        for entry, posting, account in rows
    ]


async def ledger(session: AsyncSession, order_number: str, caller: Caller) -> OrderMoney | Refused:
    """The money of one order, for its parties and support; a seller's order begins when it is paid."""
    line = await reads.line(session, order_number) if is_number(order_number, "K") else None
    if line is None or not _is_party(line.buyer, line.seller, LineState(line.state), caller):
        return Refused(Refusal.ORDER_NOT_FOUND)
    entries: dict[int, BookedEntry] = {}
    movements: list[Movement] = []
    for entry, posting, account in await reads.movements(session, order_number):
        kind = Kind(account.kind)
        booked = entries.get(posting.entry_id) or BookedEntry(entry.reference, entry.story, entry.at, ())
        told = (str(Account(kind, account.owner)), posting.amount, account.currency)
        entries[posting.entry_id] = BookedEntry(booked.reference, booked.story, booked.at, (*booked.postings, told))
        movements.append(Movement(posting.entry_id, entry.story, kind, account.owner, posting.amount))
    return OrderMoney(line.currency, tuple(entries.values()), prove(order_number, movements))


async def unmatched(session: AsyncSession, after: UUID | None, limit: int) -> list[Unmatched]:
    """Captured money that fits no payment, oldest first, for support."""
    return await reads.unmatched(session, after, limit)


async def attempt(session: AsyncSession, attempt_id: UUID) -> Attempt | Refused:
    """One attempt, as the sandbox's provider knows it."""
    return await reads.attempt(session, attempt_id) or Refused(Refusal.NOT_FOUND)


async def captured(session: AsyncSession, attempt: Attempt) -> tuple[int, str]:
    """(amount, currency) of what a bank can take back of an attempt: what was captured, else what it owes."""
    return await reads.captured(session, attempt.id) or (attempt.amount, attempt.currency)


def _is_party(buyer: str, seller: str, state: LineState, caller: Caller) -> bool:
    sells = caller.user == seller and state is LineState.PAID
    return caller.user == buyer or sells or caller.has("support")


async def _is_known(database: Database[PaymentsWork], number: str) -> bool:
    async with database.transaction() as work:
        return await work.payments.is_known(number)


async def _rings(wakeup: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            return await wakeup.wait()
    except TimeoutError:
        return False

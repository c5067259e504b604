"""What can be looked at: payments, wallets, statements, the money of one order, support's desk. Nothing is locked."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, text, tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.payments.domain.attempt import Attempt
from services.payments.domain.capture import Unmatched
from services.payments.domain.ledger import Kind
from services.payments.domain.payment import Payment
from services.payments.tables import (
    AccountRow,
    AttemptRow,
    CaptureRow,
    EntryRow,
    LineRow,
    PaymentRow,
    PostingRow,
    UnmatchedRow,
    to_attempt,
    to_payment,
)

WALLETS = (Kind.BUYER_BALANCE, Kind.SELLER_AVAILABLE, Kind.FROZEN_BALANCE, Kind.FROZEN_AVAILABLE)
"""The accounts of a user."""


async def now(session: AsyncSession) -> datetime:
    """The business time."""
    moment: datetime = await session.scalar(text("select market_now()"))
    return moment


async def payment(session: AsyncSession, number: str) -> Payment | None:
    """One payment as it is now."""
    row = await session.get(PaymentRow, number)
    if row is None:
        return None
    query = select(LineRow).where(LineRow.payment_number == number).order_by(col(LineRow.position), LineRow.number)
    lines = (await session.exec(query)).all()
    return to_payment(row.model_dump(), [line.model_dump() for line in lines])


async def attempts(session: AsyncSession, number: str) -> tuple[Attempt, ...]:
    """The attempts of one payment, oldest first."""
    query = select(AttemptRow).where(AttemptRow.payment_number == number)
    rows = await session.exec(query.order_by(col(AttemptRow.created_at), col(AttemptRow.id)))
    return tuple(to_attempt(row.model_dump()) for row in rows.all())


async def attempt(session: AsyncSession, attempt_id: UUID) -> Attempt | None:
    """How a buyer tried to pay; None for an id that is not ours."""
    row = await session.get(AttemptRow, attempt_id)
    return to_attempt(row.model_dump()) if row else None


async def captured(session: AsyncSession, attempt_id: UUID) -> tuple[int, str] | None:
    """(amount, currency) of what an attempt captured, first of the capture that paid orders; None before a capture."""
    offered = (col(CaptureRow.disposition) == "offered").desc()
    query = select(CaptureRow.amount, CaptureRow.currency).where(CaptureRow.attempt_id == attempt_id)
    return (await session.exec(query.order_by(offered, col(CaptureRow.id)).limit(1))).first()


async def wallets(session: AsyncSession, user: str) -> list[tuple[str, str, int]]:
    """(currency, kind, balance) of a user's accounts that exist."""
    query = select(AccountRow.currency, AccountRow.kind, func.coalesce(AccountRow.balance, 0)).where(
        AccountRow.owner == user, col(AccountRow.kind).in_([str(kind) for kind in WALLETS])
    )
    return [(currency, kind, balance) for currency, kind, balance in (await session.exec(query)).all()]


async def in_escrow(session: AsyncSession, buyer: str) -> list[tuple[str, int]]:
    """(currency, sum) of what this buyer paid and what is still held."""
    query = (
        select(AccountRow.currency, func.sum(AccountRow.balance))
        .join(LineRow, (col(LineRow.number) == AccountRow.owner) & (col(AccountRow.kind) == str(Kind.ESCROW)))
        .where(LineRow.buyer == buyer, LineRow.state == "paid", col(AccountRow.balance) > 0)
        .group_by(AccountRow.currency)
    )
    return [(currency, int(held or 0)) for currency, held in (await session.exec(query)).all()]


async def statement(
    session: AsyncSession,
    user: str,
    currency: str | None,
    window: tuple[datetime | None, datetime | None],
    before: tuple[int, int] | None,
    limit: int,
) -> Sequence[tuple[EntryRow, PostingRow, AccountRow]]:
    """A user's movements, newest first, from `before` (entry, account) on."""
    query = (
        select(EntryRow, PostingRow, AccountRow)
        .join(PostingRow, col(PostingRow.entry_id) == EntryRow.id)
        .join(AccountRow, col(AccountRow.id) == PostingRow.account_id)
        .where(AccountRow.owner == user, col(AccountRow.kind).in_([str(kind) for kind in WALLETS]))
    )
    start, end = window
    conditions = [
        AccountRow.currency == currency if currency else None,
        col(EntryRow.at) >= start if start else None,
        col(EntryRow.at) < end if end else None,
        tuple_(col(PostingRow.entry_id), col(PostingRow.account_id)) < before if before else None,
    ]
    for condition in conditions:
        if condition is not None:
            query = query.where(condition)
    query = query.order_by(col(PostingRow.entry_id).desc(), col(PostingRow.account_id).desc()).limit(limit)
    return (await session.exec(query)).all()


async def line(session: AsyncSession, order_number: str) -> LineRow | None:
    """The line of one order."""
    return await session.get(LineRow, order_number)


async def movements(session: AsyncSession, order_number: str) -> Sequence[tuple[EntryRow, PostingRow, AccountRow]]:
    """Every posting about one order, in the order in which it was booked."""
    query = (
        select(EntryRow, PostingRow, AccountRow)
        .join(PostingRow, col(PostingRow.entry_id) == EntryRow.id)
        .join(AccountRow, col(AccountRow.id) == PostingRow.account_id)
        .where(EntryRow.order_number == order_number)
        .order_by(col(EntryRow.id), col(PostingRow.amount), col(PostingRow.account_id))
    )
    return (await session.exec(query)).all()


async def unmatched(session: AsyncSession, after: UUID | None, limit: int) -> list[Unmatched]:
    """The open items of support's desk, oldest first."""
    query = select(UnmatchedRow).where(col(UnmatchedRow.resolved_at).is_(None))
    if after is not None:
        query = query.where(col(UnmatchedRow.id) > after)
    rows = (await session.exec(query.order_by(col(UnmatchedRow.id)).limit(limit))).all()
    return [Unmatched(**{name: getattr(row, name) for name in Unmatched.__dataclass_fields__}) for row in rows]

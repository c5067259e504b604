"""Reads for the sandbox's bank and its pay page: an attempt, what can be charged back of it, and what it pays."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.payments.domain.attempt import OPEN, Attempt
from services.payments.tables import AttemptRow, CaptureRow, LineRow, PaymentRow, to_attempt


@dataclass(frozen=True, slots=True)
class Shown:
    """What payments knows of an attempt, and the time."""

    attempt: Attempt
    orders: tuple[str, ...]
    sellers: tuple[str, ...]
    due_at: datetime
    at: datetime

    @property
    def is_open(self) -> bool:
        """Whether the bank's choices do anything: an attempt that is over is only shown."""
        return self.attempt.status in OPEN and self.at < self.attempt.valid_until


async def attempt(session: AsyncSession, attempt_id: UUID) -> Attempt | None:
    """One attempt; None for an unknown id."""
    row = await session.get(AttemptRow, attempt_id)
    return to_attempt(row.model_dump()) if row else None


async def captured(session: AsyncSession, attempt: Attempt) -> tuple[int, str]:
    """(amount, currency) of what the attempt captured, first of the capture that paid orders; before it what it owes.

    The amount is in minor units.
    """
    offered = (col(CaptureRow.disposition) == "offered").desc()
    query = select(CaptureRow.amount, CaptureRow.currency).where(CaptureRow.attempt_id == attempt.id)
    found = (await session.exec(query.order_by(offered, col(CaptureRow.id)).limit(1))).first()
    return found or (attempt.amount, attempt.currency)


async def shown(session: AsyncSession, attempt_id: UUID) -> Shown | None:
    """What the pay page shows; None for an unknown attempt."""
    found = await attempt(session, attempt_id)
    if found is None:
        return None
    payment = await session.get(PaymentRow, found.payment_number)
    assert payment is not None
    query = select(LineRow).where(col(LineRow.number).in_(found.covers)).order_by(col(LineRow.position))
    lines = (await session.exec(query)).all()
    at: datetime = (await session.scalar(text("select market_now()"))) or payment.placed_at
    orders, sellers = tuple(each.number for each in lines), tuple(dict.fromkeys(each.seller for each in lines))
    return Shown(found, orders, sellers, payment.due_at, at)

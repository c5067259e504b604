"""Reads for the sandbox's bank: an attempt, and what can be charged back of it."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.payments.domain.attempt import Attempt
from services.payments.tables import AttemptRow, CaptureRow, to_attempt


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

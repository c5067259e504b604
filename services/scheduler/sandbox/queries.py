"""Reads of the sandbox clock."""

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.scheduler.sandbox.domain.advance import ClockSeen
from shared.db.tables import ClockRow

_FROZEN = select(ClockRow.frozen_at).where(col(ClockRow.frozen_at).is_not(None)).exists()


async def clock(session: AsyncSession) -> ClockSeen:
    """The business time, and whether it stands still."""
    now, frozen = (await session.exec(select(func.market_now(), _FROZEN))).one()
    return ClockSeen(now, bool(frozen))

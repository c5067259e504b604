"""The adjustments as support lists them."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.payments.domain.adjustment import Adjustment
from services.payments.tables import AdjustmentRow, to_adjustment


async def adjustments(
    session: AsyncSession, state: str | None, user: str | None, before: UUID | None, limit: int
) -> list[Adjustment]:
    """The adjustments in a state and about a user, where these are given, newest first, from the one after `before`."""
    query = select(AdjustmentRow)
    if state is not None:
        query = query.where(col(AdjustmentRow.state) == state)
    if user is not None:
        query = query.where(col(AdjustmentRow.user) == user)
    if before is not None:
        query = query.where(col(AdjustmentRow.id) < before)
    rows = (await session.exec(query.order_by(col(AdjustmentRow.id).desc()).limit(limit))).all()
    return [to_adjustment(row.model_dump()) for row in rows]

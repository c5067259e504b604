"""The review queue of support: its open items."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.payments.domain.capture import Unmatched
from services.payments.tables import UnmatchedRow, to_unmatched


async def unmatched(session: AsyncSession, after: UUID | None, limit: int) -> list[Unmatched]:
    """The open items, oldest first, from the one behind `after` on."""
    query = select(UnmatchedRow).where(col(UnmatchedRow.resolved_at).is_(None))
    if after is not None:
        query = query.where(col(UnmatchedRow.id) > after)
    rows = (await session.exec(query.order_by(col(UnmatchedRow.id)).limit(limit))).all()
    return [to_unmatched(row.model_dump()) for row in rows]

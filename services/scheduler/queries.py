"""Reads of the scheduler."""

from sqlmodel import col, select, tuple_
from sqlmodel.ext.asyncio.session import AsyncSession

from services.scheduler.domain.timers import TimerSeen
from services.scheduler.tables import TimerRow, to_seen

Key = tuple[str, str]
"""Owner and key, by which the list is sorted."""


async def deadlines(session: AsyncSession, subject: str | None, after: Key | None, limit: int) -> list[TimerSeen]:
    """At most `limit` deadlines of a subject, or of all, that come after this key.

    Fired and withdrawn ones are among them for thirty days.
    """
    query = select(TimerRow).order_by(col(TimerRow.owner), col(TimerRow.key)).limit(limit)
    if subject is not None:
        query = query.where(col(TimerRow.subject) == subject)
    if after is not None:
        query = query.where(tuple_(col(TimerRow.owner), col(TimerRow.key)) > after)
    return [to_seen(row) for row in (await session.exec(query)).all()]

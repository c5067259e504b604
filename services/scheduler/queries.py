"""What can be shown: the deadlines of a subject, and the sandbox clock."""

from sqlmodel.ext.asyncio.session import AsyncSession

from services.scheduler import repository
from services.scheduler.domain.advance import ClockSeen
from services.scheduler.domain.timers import TimerSeen

Key = tuple[str, str]
"""Owner and key, by which the list is sorted."""


async def deadlines(session: AsyncSession, subject: str | None, after: Key | None, limit: int) -> list[TimerSeen]:
    """The deadlines of a subject, also those that rang or were withdrawn within the last thirty days."""
    return await repository.find(session, subject, after, limit)


async def clock(session: AsyncSession) -> ClockSeen:
    """The business time."""
    return await repository.clock_seen(session)

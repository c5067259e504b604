"""What can be shown: the deadlines of a subject, and the sandbox clock."""

from sqlmodel.ext.asyncio.session import AsyncSession

from services.scheduler import repository
from services.scheduler.domain.advance import ClockSeen
from services.scheduler.domain.timers import TimerSeen
from shared.refusals import Refusal, Refused

Key = tuple[str, str]
"""Owner and key, by which the list is sorted."""


async def deadlines(
    session: AsyncSession, subject: str | None, after: Key | None, limit: int, *, allowed: bool
) -> list[TimerSeen] | Refused:
    """The deadlines of a subject, also those that rang or were withdrawn within the last thirty days."""
    if not allowed:
        return Refused(Refusal.FORBIDDEN)
    return await repository.find(session, subject, after, limit)


async def clock(session: AsyncSession) -> ClockSeen:
    """The business time."""
    return await repository.clock_seen(session)

"""What goes on beside the ringing: old traces are deleted, and an overdue timer turns readiness red."""

import asyncio

from services.scheduler.timer_dispatcher import TimerDispatcher
from services.scheduler.unit_of_work import SchedulerWork
from shared.db.errors import Contention, DatabaseUnavailable
from shared.db.unit_of_work import Database
from shared.telemetry import metrics
from shared.telemetry.logs import log_seldom

KEEP_DAYS = 30
PURGE_BATCH = 1000
PURGE_EVERY_SECONDS = 60.0
OVERDUE_SECONDS = 30.0


async def run_purge(database: Database[SchedulerWork]) -> None:
    """Delete what was settled thirty days ago, in small batches, until cancelled."""
    while True:
        try:
            while await purge(database) == PURGE_BATCH:
                pass
        except (DatabaseUnavailable, Contention) as error:
            log_seldom("purge.database_away", reason=str(error))
        await asyncio.sleep(PURGE_EVERY_SECONDS)


async def purge(database: Database[SchedulerWork]) -> int:
    """Delete one batch; answers how many there were."""
    async with database.transaction() as work:
        return await work.timers.purge(KEEP_DAYS, PURGE_BATCH)


async def measure(work: SchedulerWork) -> None:
    """Tell how many timers there are and how many of them should have rung."""
    found = await work.timers.count()
    metrics.TIMERS_PENDING.set(found.pending)
    metrics.TIMERS_OVERDUE.set(found.overdue)
    metrics.TIMERS_OVERDUE_SECONDS.set(found.overdue_seconds)


async def wrong(database: Database[SchedulerWork], dispatcher: TimerDispatcher) -> dict[str, str]:
    """What keeps timers from ringing, by check; a clock that stands still rings nothing by itself."""
    async with database.transaction() as work:
        look = await work.timers.look()
    late = 0.0
    if look.next_due is not None and not look.frozen:
        late = max(0.0, (look.now - look.next_due).total_seconds())
    found = {"timers": f"the oldest due timer is {late:.0f} s late"} if late > OVERDUE_SECONDS else {}
    if dispatcher.jumped:
        found["clock"] = "the database's clock went ahead by itself; mend it, or start the scheduler again to accept it"
    return found

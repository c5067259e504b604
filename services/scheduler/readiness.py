"""What makes the scheduler not ready: an overdue timer, or a database's clock that jumped."""

from services.scheduler.timer_dispatcher import TimerDispatcher
from services.scheduler.unit_of_work import SchedulerWork
from shared.db.unit_of_work import Database

OVERDUE_SECONDS = 30.0


async def wrong(database: Database[SchedulerWork], dispatcher: TimerDispatcher) -> dict[str, str]:
    """What keeps timers from firing, by check; none is late while the clock stands still."""
    async with database.transaction() as work:
        look = await work.timers.look()
    late = 0.0
    if look.next_due is not None and not look.frozen:
        late = max(0.0, (look.now - look.next_due).total_seconds())
    found = {"timers": f"the oldest due timer is {late:.0f} s late"} if late > OVERDUE_SECONDS else {}
    if dispatcher.jumped:
        found["clock"] = "the database's clock went ahead by itself; mend it, or start the scheduler again to accept it"
    return found

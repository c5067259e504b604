"""What the scheduler hears: deadlines that their owners set and withdraw."""

from services.scheduler import commands
from services.scheduler.domain.timers import Timer
from services.scheduler.unit_of_work import SchedulerWork
from shared.contracts.deadlines import DeadlineEvent, DeadlineSet, DeadlineWithdrawn
from shared.messaging.inbox import Malformed, Subscribers
from shared.messaging.topology import OWNERS

subscribers: Subscribers[SchedulerWork] = Subscribers()


@subscribers.listen(DeadlineSet)
async def on_deadline_set(event: DeadlineSet, work: SchedulerWork) -> None:
    """The owner has a clock under this key."""
    _check(event)
    timer = Timer(event.owner, event.key, event.subject, event.kind, event.generation, event.due_at)
    await commands.set_timer(work, timer)


@subscribers.listen(DeadlineWithdrawn)
async def on_deadline_withdrawn(event: DeadlineWithdrawn, work: SchedulerWork) -> None:
    """The owner has no clock left under this key."""
    _check(event)
    await commands.withdraw_timer(work, event.owner, event.key, event.subject, event.generation)


def _check(event: DeadlineEvent) -> None:
    """The broker would refuse a hint to an unknown owner, and the refusal would hold up all other hints."""
    if event.owner not in OWNERS:
        raise Malformed("no service of this name owns deadlines")

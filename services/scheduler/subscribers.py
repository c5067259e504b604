"""What the scheduler hears: deadlines that their owners set and withdraw."""

from collections.abc import Sequence

from services.scheduler import commands
from services.scheduler.domain.timers import Timer, Tombstone
from services.scheduler.unit_of_work import SchedulerWork
from shared.contracts.deadlines import DeadlineEvent, DeadlineSet, DeadlineWithdrawn
from shared.messaging.inbox import Malformed, Subscribers
from shared.messaging.topology import OWNERS

subscribers: Subscribers[SchedulerWork] = Subscribers()


@subscribers.listen(DeadlineSet)
async def on_deadline_set(event: DeadlineSet, work: SchedulerWork) -> None:
    """The owner has a clock under this key."""
    await commands.set_timers(work, [_timer(event)])


@subscribers.listen_in_batches(DeadlineSet)
async def on_deadlines_set(events: Sequence[DeadlineSet], work: SchedulerWork) -> None:
    """Many clocks at once."""
    await commands.set_timers(work, [_timer(event) for event in events])


@subscribers.listen(DeadlineWithdrawn)
async def on_deadline_withdrawn(event: DeadlineWithdrawn, work: SchedulerWork) -> None:
    """The owner has no clock left under this key."""
    await commands.withdraw_timers(work, [_tombstone(event)])


@subscribers.listen_in_batches(DeadlineWithdrawn)
async def on_deadlines_withdrawn(events: Sequence[DeadlineWithdrawn], work: SchedulerWork) -> None:
    """Many keys without a clock at once."""
    await commands.withdraw_timers(work, [_tombstone(event) for event in events])


def _timer(event: DeadlineSet) -> Timer:
    _check(event)
    return Timer(event.owner, event.key, event.subject, event.kind, event.generation, event.due_at)


def _tombstone(event: DeadlineWithdrawn) -> Tombstone:
    _check(event)
    return Tombstone(event.owner, event.key, event.subject, event.generation)


def _check(event: DeadlineEvent) -> None:
    """The broker would refuse a hint to an unknown owner, and the refusal would hold up all other hints."""
    if event.owner not in OWNERS:
        raise Malformed("no service of this name owns deadlines")

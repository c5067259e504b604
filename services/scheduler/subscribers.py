"""The events that the scheduler consumes, and the command for each."""

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
    """Set one timer."""
    await commands.set_timers(work, [_timer(event)])


@subscribers.listen_in_batches(DeadlineSet)
async def on_deadlines_set(events: Sequence[DeadlineSet], work: SchedulerWork) -> None:
    """Set many timers in one transaction."""
    await commands.set_timers(work, [_timer(event) for event in events])


@subscribers.listen(DeadlineWithdrawn)
async def on_deadline_withdrawn(event: DeadlineWithdrawn, work: SchedulerWork) -> None:
    """Withdraw one timer."""
    await commands.withdraw_timers(work, [_tombstone(event)])


@subscribers.listen_in_batches(DeadlineWithdrawn)
async def on_deadlines_withdrawn(events: Sequence[DeadlineWithdrawn], work: SchedulerWork) -> None:
    """Withdraw many timers in one transaction."""
    await commands.withdraw_timers(work, [_tombstone(event) for event in events])


def _timer(event: DeadlineSet) -> Timer:
    _check(event)
    return Timer(event.owner, event.key, event.subject, event.kind, event.generation, event.due_at)


def _tombstone(event: DeadlineWithdrawn) -> Tombstone:
    _check(event)
    return Tombstone(event.owner, event.key, event.subject, event.generation)


def _check(event: DeadlineEvent) -> None:
    """Raises Malformed for an unknown owner: the broker would refuse its notification and hold up all others."""
    if event.owner not in OWNERS:
        raise Malformed("no service of this name owns deadlines")

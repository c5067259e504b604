"""What the scheduler says: that a time is there, to the one owner that set it."""

from services.scheduler.domain.timers import Timer
from shared.contracts.deadlines import DeadlineExpired


def expired(timer: Timer) -> DeadlineExpired:
    """The hint of a timer; its owner checks it under its own lock."""
    return DeadlineExpired(
        owner=timer.owner,
        key=timer.key,
        subject=timer.subject,
        generation=timer.generation,
        kind=timer.kind,
        due_at=timer.due_at,
    )

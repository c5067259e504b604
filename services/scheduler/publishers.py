"""The event that the scheduler publishes: a deadline has expired."""

from services.scheduler.domain.timers import Timer
from shared.contracts.deadlines import DeadlineExpired


def expired(timer: Timer) -> DeadlineExpired:
    """The expiry notification of a timer; its owner checks it under its own lock."""
    return DeadlineExpired(
        owner=timer.owner,
        key=timer.key,
        subject=timer.subject,
        generation=timer.generation,
        kind=timer.kind,
        due_at=timer.due_at,
    )

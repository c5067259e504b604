"""One step of an attempt: its table decides, the repository saves the result."""

from services.payments.domain.attempt import Attempt, AttemptAction, apply
from services.payments.unit_of_work import PaymentsWork
from shared.telemetry import metrics


async def step(work: PaymentsWork, attempt: Attempt, action: AttemptAction, reason: str | None = None) -> bool:
    """Take the step if the table has it; False when the action changes nothing. The payment is locked."""
    after = apply(attempt, action, reason)
    if after is None:
        return False
    await work.attempts.save(after)
    work.on_commit(metrics.TRANSITIONS.labels("attempt", action).inc)
    return True

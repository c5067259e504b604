"""One step of an attempt: its table decides, the repository saves what came out."""

from services.payments.domain import attempt as life
from services.payments.domain.attempt import Attempt, AttemptAction
from services.payments.unit_of_work import PaymentsWork
from shared.telemetry import metrics


async def step(work: PaymentsWork, attempt: Attempt, action: AttemptAction, reason: str | None = None) -> bool:
    """Let the table of attempts decide; False when the action changes nothing here. Its payment is locked."""
    after = life.apply(attempt, action, reason)
    if after is None:
        return False
    await work.attempts.save(after)
    work.on_commit(metrics.TRANSITIONS.labels("attempt", action).inc)
    return True

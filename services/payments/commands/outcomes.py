"""What became of an attempt at its provider, as far as it was polled (rules 6.5, T2)."""

from uuid import UUID

from services.payments import publishers
from services.payments.commands.steps import step
from services.payments.domain.attempt import Attempt, AttemptAction, Failure, polled
from services.payments.domain.catalogue import validity
from services.payments.domain.declines import is_decline
from services.payments.repository.payments import Locked
from services.payments.unit_of_work import PaymentsWork


async def begin(work: PaymentsWork, attempt: Attempt, declined: Failure | None) -> Attempt:
    """The provider knows an attempt, or refused it; answers the attempt as it is now.

    Its webhook may have been faster, or the buyer may have chosen another method meanwhile: then nothing changes.
    """
    locked, now = await _locked(work, attempt)
    action = AttemptAction.BEGIN if declined is None else AttemptAction.FAIL
    if declined is not None and is_decline(now, declined):
        await work.attempts.decline(now.id, locked.payment.buyer, locked.at)
    if await step(work, now, action, declined) and declined is not None:
        work.outbox.add(publishers.failed(locked.payment, now, declined, locked.at))
    return (await _locked(work, attempt))[1]


async def voided(work: PaymentsWork, attempt: Attempt) -> None:
    """The provider has given a hold back."""
    _, now = await _locked(work, attempt)
    await step(work, now, AttemptAction.VOID)
    work.log("attempt.voided", number=attempt.payment_number, attempt_id=str(attempt.id))


async def take_poll(work: PaymentsWork, payment_number: str, attempt_id: UUID) -> Attempt | None:
    """The attempt to be polled for, which is polled for again later; None if somebody else polls already."""
    locked = await work.payments.lock(payment_number)
    assert locked is not None
    attempt = next(each for each in await work.attempts.of(payment_number) if each.id == attempt_id)
    if attempt.poll_at is None or attempt.poll_at > locked.at:
        return None
    await work.attempts.save(polled(attempt, locked.at, validity(attempt.method)))
    return attempt


async def _locked(work: PaymentsWork, attempt: Attempt) -> tuple[Locked, Attempt]:
    locked = await work.payments.lock(attempt.payment_number)
    assert locked is not None
    return locked, next(each for each in await work.attempts.of(attempt.payment_number) if each.id == attempt.id)

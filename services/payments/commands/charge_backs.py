"""A charge-back: a bank takes money back, whole or in part, once per event and transaction (rules 6.6.9, T29)."""

from dataclasses import replace
from datetime import datetime

from services.payments.commands.recovery import book, cover, lose, take_remainder
from services.payments.commands.steps import step
from services.payments.domain import charge_back
from services.payments.domain.attempt import Attempt, AttemptAction, AttemptStatus
from services.payments.domain.capture import CHARGED_BACK, Disposition
from services.payments.domain.charge_back import Capture, ChargeBack
from services.payments.domain.payment import Payment
from services.payments.domain.provider_event import ProviderEvent, WebhookOutcome
from services.payments.unit_of_work import PaymentsWork
from shared.ids import new_id

UNSPECIFIED = "unspecified"
"""The reason of a charge-back that names none."""
RECEIVED_BEFORE = frozenset({AttemptStatus.REVERSED, AttemptStatus.CAPTURED})
"""Statuses of an attempt, just before a capture, in which a charge-back may have been received already."""


async def take_back(
    work: PaymentsWork, event: ProviderEvent, payment: Payment | None, attempt: Attempt | None, at: datetime
) -> WebhookOutcome:
    """Take back what this attempt captured, or a part; a charge-back that arrives before its capture waits for it.

    One that fits no capture, or of a method that can't be disputed, is put aside for support and moves nothing.
    """
    disputed = attempt if attempt is not None and attempt.can_dispute else None
    captures = await work.charge_backs.captures(disputed.id, event.provider) if disputed else ()
    capture = charge_back.fitting(captures, event.amount, event.currency)
    early = disputed is not None and disputed.provider == event.provider and not captures
    back = ChargeBack(
        id=new_id(),
        provider=event.provider,
        event_id=event.event_id,
        transaction_id=event.transaction_id,
        attempt_id=attempt.id if attempt else None,
        payment_number=payment.number if payment else None,
        capture_id=capture.id if capture else None,
        amount=event.amount,
        currency=event.currency,
        waiting=event.amount,
        aside=capture is None and not early,
        reason=event.reason or UNSPECIFIED,
        at=at,
    )
    if not await work.charge_backs.add(back):
        return WebhookOutcome.REPEAT
    if payment is None or attempt is None or back.aside:
        await _put_aside(work, back, payment)
        return WebhookOutcome.APPLIED
    await step(work, attempt, AttemptAction.CHARGE_BACK, attempt.reason)
    if capture is not None:
        await _apply(work, back, capture, payment)
    work.log_warning("charge_back.received", payment=payment.number, amount=back.amount, early=capture is None)
    return WebhookOutcome.APPLIED


async def take_back_at_once(
    work: PaymentsWork, capture: Capture, payment: Payment, attempt: Attempt, provider: str
) -> None:
    """Take a new capture back at once where its charge-backs arrived before it."""
    if attempt.status not in RECEIVED_BEFORE or not attempt.can_dispute:
        return
    left = capture
    for back in await work.charge_backs.unassigned(attempt.id, provider):
        if left.fits(back.amount, back.currency):
            left = replace(left, left=left.left - back.amount)
            await work.charge_backs.claim(back.id, capture.id)
            if (item := await work.captures.lock_aside(back.provider, back.transaction_id)) is not None:
                await work.captures.resolve(item, back.at, back.provider, CHARGED_BACK, None, back.reason)
            await step(work, attempt, AttemptAction.CHARGE_BACK, attempt.reason)
            await _apply(work, replace(back, capture_id=capture.id), capture, payment)
        elif not back.aside:
            await work.charge_backs.put_aside(back.id)
            await _put_aside(work, back, payment)


async def _apply(work: PaymentsWork, back: ChargeBack, capture: Capture, payment: Payment) -> None:
    match capture.disposition:
        case Disposition.OFFERED:
            await work.payments.set_charged_back_by(payment.number, back.provider)
            await cover(work, back, payment)
        case Disposition.CREDITED:
            await take_remainder(work, back, back.amount, payment.buyer)
        case Disposition.UNMATCHED:
            await _from_review_queue(work, back, capture)


async def _from_review_queue(work: PaymentsWork, back: ChargeBack, capture: Capture) -> None:
    """Unmatched money goes back to the provider; what support has credited is taken from the credited user.

    What support has returned or written off is gone: then the charge-back is the platform's loss.
    """
    item, is_open, credited_to = await work.captures.lock_unmatched_of(capture.id)
    if credited_to is not None:
        await take_remainder(work, back, back.amount, credited_to)
        return
    if not is_open:
        await lose(work, back, item.buyer or "")
        return
    await book(work, charge_back.from_review_queue(back))
    if back.amount == item.amount:
        await work.captures.resolve(item, back.at, back.provider, CHARGED_BACK, None, back.reason)
    else:
        await work.captures.reduce(item, back.amount)
    await work.charge_backs.assign(back.id, back.amount)


async def _put_aside(work: PaymentsWork, back: ChargeBack, payment: Payment | None) -> None:
    await work.captures.put_in_review_queue(charge_back.put_aside(back, new_id(), payment.buyer if payment else None))
    work.log_warning("charge_back.aside", payment=back.payment_number, amount=back.amount, currency=back.currency)

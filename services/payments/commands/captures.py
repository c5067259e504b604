"""A provider's event: captured money is booked and offered to orders in one transaction."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.payments import publishers
from services.payments.commands.charge_backs import take_back, take_back_at_once
from services.payments.commands.steps import step
from services.payments.domain import booking, line
from services.payments.domain.attempt import OPEN, Attempt, AttemptAction, AttemptStatus
from services.payments.domain.capture import UNREADABLE, Disposition, Reason, Unmatched, Verdict, judge
from services.payments.domain.charge_back import Capture
from services.payments.domain.claim import normalised
from services.payments.domain.declines import is_decline
from services.payments.domain.line import LineAction
from services.payments.domain.methods import BALANCE
from services.payments.domain.payment import Payment
from services.payments.domain.provider_event import Captured, ProviderEvent, Unreadable, WebhookOutcome
from services.payments.unit_of_work import PaymentsWork
from shared.ids import new_id
from shared.telemetry import metrics


async def receive(
    work: PaymentsWork, provider: str, event_id: str, body: bytes, event: ProviderEvent | Unreadable | None
) -> None:
    """Store a provider's verified webhook and apply its event, once per event and once per transaction (rules 6.6.1).

    `event` is None for a type of event that changes nothing. Nothing is refused, because the event is a fact:
    money that fits no payment waits for support.
    """
    webhook_id = await work.webhooks.take(provider, event_id, body)
    if webhook_id is None:
        if not await work.webhooks.is_repeat(provider, event_id, body):
            work.log_warning("webhook.other_body", provider=provider, event_id=event_id)
        return
    if isinstance(event, Unreadable):
        outcome = await _park(work, event)
    else:
        outcome = await _apply(work, event) if event is not None else WebhookOutcome.IGNORED
    await work.webhooks.done(webhook_id, outcome)
    work.log("webhook.received", provider=provider, event_id=event_id, outcome=outcome)


async def book_capture(
    work: PaymentsWork, captured: Captured, payment: Payment | None, attempt: Attempt | None, at: datetime
) -> bool:
    """Book captured money where its verdict sends it and publish that; False when its transaction is booked already."""
    verdict = judge(payment, attempt, captured.amount, captured.currency, at)
    if (claim := await _claimed(work, captured)) is not None:
        if claim == (captured.amount, captured.currency):
            return False
        verdict = Verdict(Disposition.UNMATCHED, Reason.REFERENCE_CLAIMED)
    capture_id = new_id()
    of = (attempt.id if attempt else None, payment.number if payment else None)
    if not await work.captures.add(capture_id, captured, *of, verdict, at):
        return False
    source = booking.source_of(captured.provider, payment.buyer if payment else "")
    entry = booking.captured(capture_id, source, payment, verdict, captured.amount, captured.currency, at)
    booked = await work.ledger.book(replace(entry, by=captured.by, why=captured.why))
    assert booked, "a new capture has a new reference"
    if attempt is not None:
        await step(work, attempt, AttemptAction.CAPTURE)
    if verdict.disposition is Disposition.UNMATCHED or payment is None or attempt is None:
        await _put_in_review_queue(work, captured, capture_id, payment, verdict, at)
    else:
        await _distribute(work, payment, attempt, capture_id, verdict, at)
    if payment is not None and attempt is not None:
        shape = (captured.amount, captured.currency, verdict.disposition, captured.amount)
        await take_back_at_once(work, Capture(capture_id, *shape), payment, attempt, captured.provider)
    work.on_commit(metrics.TRANSITIONS.labels("capture", verdict.disposition).inc)
    about = {"provider": captured.provider, "capture_id": str(capture_id), "payment": of[1]}
    work.log("capture.booked", **about, disposition=verdict.disposition, reason=verdict.reason)
    return True


async def _claimed(work: PaymentsWork, captured: Captured) -> tuple[int, str] | None:
    """The amount and currency that support has claimed under the reference of this transaction (rules 6.7)."""
    return await work.claims.claimed(normalised(captured.transaction_id)) if captured.provider != BALANCE else None


async def end_open(work: PaymentsWork, payment_number: str) -> None:
    """End a payment's open attempts: holds are released, the others abandoned (T2, rules 6.5)."""
    for each in await work.attempts.of(payment_number):
        hold = each.status is AttemptStatus.AUTHORISED
        if hold or each.status in OPEN:
            await step(work, each, AttemptAction.RELEASE if hold else AttemptAction.ABANDON)


async def _apply(work: PaymentsWork, event: ProviderEvent) -> WebhookOutcome:
    number = await work.attempts.payment_of(event.attempt_id) if event.attempt_id else None
    locked = await work.payments.lock(number) if number else None
    if locked is None:
        if event.action is AttemptAction.CHARGE_BACK:
            return await take_back(work, event, None, None, await work.now())
        if event.action is not AttemptAction.CAPTURE:
            return WebhookOutcome.IGNORED
        booked = await book_capture(work, _captured(event), None, None, await work.now())
        return WebhookOutcome.APPLIED if booked else WebhookOutcome.REPEAT
    payment = locked.payment
    attempt = next(each for each in await work.attempts.of(payment.number) if each.id == event.attempt_id)
    if event.action is AttemptAction.CAPTURE:
        booked = await book_capture(work, _captured(event), payment, attempt, locked.at)
        return WebhookOutcome.APPLIED if booked else WebhookOutcome.REPEAT
    if event.action is AttemptAction.CHARGE_BACK:
        return await take_back(work, event, payment, attempt, locked.at)
    return await _without_money(work, payment, attempt, event, locked.at)


async def _without_money(
    work: PaymentsWork, payment: Payment, attempt: Attempt, event: ProviderEvent, at: datetime
) -> WebhookOutcome:
    """Apply an event that moves no money: an authorisation, a failure, a void."""
    if counted := event.action is AttemptAction.FAIL and is_decline(attempt, event.reason):
        await work.attempts.decline(attempt.id, payment.buyer, at)
    action = event.action
    if action is AttemptAction.AUTHORISE and (payment.refusal(at) is not None or attempt.status not in OPEN):
        action = AttemptAction.RELEASE  # nobody needs the hold: too late to pay, or another method was chosen (6.5)
    if not await step(work, attempt, action, event.reason):
        return WebhookOutcome.APPLIED if counted else WebhookOutcome.IGNORED
    if action is AttemptAction.FAIL:
        work.outbox.add(publishers.failed(payment, attempt, event.reason or "card_declined_unknown", at))
    return WebhookOutcome.APPLIED


async def _distribute(
    work: PaymentsWork, payment: Payment, attempt: Attempt, capture_id: UUID, verdict: Verdict, at: datetime
) -> None:
    if verdict.disposition is Disposition.OFFERED:
        offered = [after for each in verdict.offers if (after := line.apply(each, LineAction.OFFER)) is not None]
        await work.payments.set_captured(payment.number, capture_id, offered)
        await end_open(work, payment.number)
    for each in verdict.offers:
        work.outbox.add(publishers.confirmed(payment, each, attempt, capture_id, at))
    for credit in verdict.credits:
        work.outbox.add(publishers.credited(payment, credit, capture_id, at))


async def _put_in_review_queue(
    work: PaymentsWork, captured: Captured, capture_id: UUID, payment: Payment | None, verdict: Verdict, at: datetime
) -> None:
    item = Unmatched(
        id=new_id(),
        capture_id=capture_id,
        reason=str(verdict.reason),
        provider=captured.provider,
        transaction_id=captured.transaction_id,
        amount=captured.amount,
        currency=captured.currency,
        payment_number=payment.number if payment else None,
        buyer=payment.buyer if payment else None,
        at=at,
    )
    await work.captures.put_in_review_queue(item)
    work.outbox.add(publishers.unmatched(item))


async def _park(work: PaymentsWork, message: Unreadable) -> WebhookOutcome:
    """Put a signed message that can't be read into the review queue, with its bytes."""
    item = Unmatched(
        id=new_id(),
        capture_id=None,
        reason=UNREADABLE,
        provider=message.provider,
        transaction_id=message.event_id,
        amount=0,
        currency="",
        payment_number=None,
        buyer=None,
        at=await work.now(),
        message=message.body,
    )
    await work.captures.put_in_review_queue(item)
    work.outbox.add(publishers.unmatched(item))
    work.log_warning("webhook.unreadable", provider=message.provider, event_id=message.event_id)
    return WebhookOutcome.UNREADABLE


def _captured(event: ProviderEvent) -> Captured:
    return Captured(event.provider, event.event_id, event.transaction_id, event.amount, event.currency)

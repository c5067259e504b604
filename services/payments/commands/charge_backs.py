"""A bank takes money back: once per capture, whatever came of it meanwhile (rules 6.6.9, T29)."""

from datetime import datetime
from uuid import UUID

from services.payments import publishers
from services.payments.domain import charge_back
from services.payments.domain.attempt import Attempt, AttemptStatus
from services.payments.domain.capture import CHARGED_BACK, Disposition
from services.payments.domain.charge_back import Capture, ChargeBack
from services.payments.domain.ledger import Entry
from services.payments.domain.notice import Notice, WebhookOutcome
from services.payments.domain.payment import Line, LineState, Payment
from services.payments.domain.settlement import Settlement
from services.payments.unit_of_work import PaymentsWork
from shared.ids import new_id
from shared.telemetry.logs import logger

UNSPECIFIED = "unspecified"
"""The reason of a charge-back that names none."""


async def take_back(
    work: PaymentsWork, notice: Notice, payment: Payment, attempt: Attempt, at: datetime
) -> WebhookOutcome:
    """The bank took back what this attempt captured; told before its capture, it waits for it."""
    captures = await work.charge_backs.captures(payment.number, attempt.id)
    left = next((capture for capture, gone in captures if not gone), None)
    told = ChargeBack(
        id=new_id(),
        provider=notice.provider,
        event_id=notice.event_id,
        transaction_id=notice.transaction_id,
        attempt_id=attempt.id,
        payment_number=payment.number,
        capture_id=left.id if left else None,
        reason=notice.reason or UNSPECIFIED,
        at=at,
    )
    if (captures and left is None) or not await work.charge_backs.add(told):
        return WebhookOutcome.REPEAT
    await work.attempts.save(attempt.id, AttemptStatus.REVERSED, attempt.reason)
    if left is not None:
        await _apply(work, told, left, payment)
    logger().warning("charge_back.told", payment=payment.number, attempt_id=str(attempt.id), waits=left is None)
    return WebhookOutcome.APPLIED


async def take_back_at_once(work: PaymentsWork, capture: Capture, payment: Payment, attempt: Attempt) -> None:
    """A capture whose charge-back was told before it is booked like any other, and goes back with it."""
    if attempt.status is not AttemptStatus.REVERSED:
        return
    told = await work.charge_backs.claim(attempt.id, capture.id)
    if told is not None:
        await work.attempts.save(attempt.id, AttemptStatus.REVERSED, attempt.reason)
        await _apply(work, told, capture, payment)


async def say_when_paid(work: PaymentsWork, payment: Payment, line: Line, at: datetime) -> None:
    """Orders has taken money that the bank had taken back meanwhile: now it can open a dispute (T29)."""
    told = await work.charge_backs.of_order(line.number) if line.charged_back_by else None
    if told is not None:
        work.outbox.add(publishers.charged_back(payment, line, told.reason, at))


async def pay_for(work: PaymentsWork, settlement: Settlement) -> None:
    """What the seller's side gets after a charge-back comes from the platform: the bank has the buyer's money."""
    told = await work.charge_backs.of_order(settlement.order_number)
    if told is not None and told.capture_id is not None:
        await _lose(work, told, told.capture_id, settlement.buyer, charge_back.cost(told, settlement))


async def _apply(work: PaymentsWork, told: ChargeBack, capture: Capture, payment: Payment) -> None:
    if capture.disposition is Disposition.UNMATCHED and await _from_desk(work, told, capture):
        return
    if capture.disposition is Disposition.OFFERED:
        await work.payments.set_charged_back(payment.number, told.provider)
    held = await work.ledger.held(payment)
    await _lose(work, told, capture.id, payment.buyer, charge_back.losses(told, capture, payment, held))
    if capture.disposition is Disposition.OFFERED:
        for line in payment.lines:
            if line.state is LineState.PAID:
                work.outbox.add(publishers.charged_back(payment, line, told.reason, told.at))


async def _from_desk(work: PaymentsWork, told: ChargeBack, capture: Capture) -> bool:
    """Unmatched money that support has given to nobody yet goes back; False when it was given away."""
    item = await work.captures.lock_unmatched_of(capture.id)
    if item is None:
        return False
    await work.ledger.book(charge_back.from_desk(told, item))
    await work.captures.resolve(item, told.at, told.provider, CHARGED_BACK, None, told.reason)
    return True


async def _lose(work: PaymentsWork, told: ChargeBack, capture_id: UUID, buyer: str, lost: tuple[Entry, ...]) -> None:
    """Book the loss, and put the buyer's account on support's desk for review."""
    if not lost:
        return
    for entry in lost:
        await work.ledger.book(entry)
    item = charge_back.review(told, new_id(), capture_id, buyer, lost)
    await work.captures.put_on_desk(item)
    logger().error("charge_back.loss", payment=told.payment_number, amount=item.amount, currency=item.currency)

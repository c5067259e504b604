"""The events that disputes consumes, and the command for each."""

from uuid import UUID

from services.disputes.commands import cases, conduct
from services.disputes.domain.case import CHARGED_BACK, Opening
from services.disputes.unit_of_work import DisputesWork
from shared.contracts.deadlines import DeadlineExpired
from shared.contracts.orders import (
    ContactViolationDetected,
    DisputeRequested,
    OrderCompleted,
    OrderEvent,
    OrderPartiallyRefunded,
    OrderRefunded,
)
from shared.messaging.inbox import Subscribers
from shared.refusals import Refused

FINAL = frozenset({"refunded", "completed"})
subscribers: Subscribers[DisputesWork] = Subscribers()


@subscribers.listen(DisputeRequested)
async def on_dispute_requested(event: DisputeRequested, work: DisputesWork) -> None:
    """Open a case: the buyer escalated, or the payment was charged back (T22, T29)."""
    opening = Opening(
        id=event.dispute_id,
        number=event.number,
        buyer=event.buyer,
        seller=event.seller,
        held=event.held,
        currency=event.currency,
        cause=CHARGED_BACK if event.cause.row == "T29" else "escalated",
        at=event.at,
    )
    await cases.open_case(work, opening, event.model_dump(mode="json"))


@subscribers.listen(OrderRefunded)
async def on_order_refunded(event: OrderRefunded, work: DisputesWork) -> Refused | None:
    """Close the case of the closed order."""
    return await _close(event, work)


@subscribers.listen(OrderPartiallyRefunded)
async def on_order_partially_refunded(event: OrderPartiallyRefunded, work: DisputesWork) -> Refused | None:
    """Close the case, unless the order goes on after a part was refunded before delivery."""
    return await _close(event, work)


@subscribers.listen(OrderCompleted)
async def on_order_completed(event: OrderCompleted, work: DisputesWork) -> Refused | None:
    """Close the case of the closed order."""
    return await _close(event, work)


@subscribers.listen(ContactViolationDetected)
async def on_contact_violation(event: ContactViolationDetected, work: DisputesWork) -> None:
    """Count the contact information that somebody wrote, once per source."""
    violation = conduct.Violation(event.source, event.source_id, event.user, event.side, event.kinds)
    await conduct.offend(work, violation)


@subscribers.listen(DeadlineExpired)
async def on_deadline_expired(event: DeadlineExpired, work: DisputesWork) -> Refused | None:
    """Remind support of an idle case, or escalate it to an operator."""
    return await cases.expire(work, UUID(event.key), event.kind, event.due_at)


async def _close(event: OrderEvent, work: DisputesWork) -> Refused | None:
    if event.status not in FINAL:
        return None
    result = await cases.close(work, event.number, event.version, event.cause.row, event.at)
    return result if isinstance(result, Refused) else None

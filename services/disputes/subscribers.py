"""What disputes hears, and which command answers it."""

from uuid import UUID

from services.disputes.commands import cases, conduct
from services.disputes.domain.case import CHARGED_BACK, CaseTimeouts, Opening
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


def build(timeouts: CaseTimeouts) -> Subscribers[DisputesWork]:
    """Builds the subscribers with the idle-case time-outs."""
    subscribers: Subscribers[DisputesWork] = Subscribers()

    @subscribers.listen(DisputeRequested)
    async def on_dispute_requested(event: DisputeRequested, work: DisputesWork) -> None:
        """Support must decide: the buyer escalated, or the payment was charged back."""
        await cases.open_case(work, _opening(event), event.model_dump(mode="json"), timeouts)

    @subscribers.listen(OrderRefunded)
    async def on_order_refunded(event: OrderRefunded, work: DisputesWork) -> Refused | None:
        """The order is closed, and its case with it."""
        return await _closed(event, work)

    @subscribers.listen(OrderPartiallyRefunded)
    async def on_order_partially_refunded(event: OrderPartiallyRefunded, work: DisputesWork) -> Refused | None:
        """The order is closed with a part, unless it goes on before delivery."""
        return await _closed(event, work)

    @subscribers.listen(OrderCompleted)
    async def on_order_completed(event: OrderCompleted, work: DisputesWork) -> Refused | None:
        """The order is closed, and its case with it."""
        return await _closed(event, work)

    @subscribers.listen(ContactViolationDetected)
    async def on_contact_violation(event: ContactViolationDetected, work: DisputesWork) -> None:
        """Somebody wrote contact information; it counts once per source."""
        given = (event.source, event.source_id, event.user, event.side, event.kinds)
        await conduct.offend(work, conduct.Violation(*given))

    @subscribers.listen(DeadlineExpired)
    async def on_deadline_expired(event: DeadlineExpired, work: DisputesWork) -> Refused | None:
        """A case may have been idle for too long."""
        return await cases.expire(work, UUID(event.key), event.kind, event.due_at, timeouts)

    async def _closed(event: OrderEvent, work: DisputesWork) -> Refused | None:
        if event.status not in FINAL:
            return None
        answer = await cases.close(work, event.number, event.version, event.cause.row, event.at, timeouts)
        return answer if isinstance(answer, Refused) else None

    return subscribers


def _opening(event: DisputeRequested) -> Opening:
    return Opening(
        id=event.dispute_id,
        number=event.number,
        buyer=event.buyer,
        seller=event.seller,
        held=event.held,
        currency=event.currency,
        cause=CHARGED_BACK if event.cause.row == "T29" else "escalated",
        at=event.at,
    )

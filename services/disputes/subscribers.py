"""The events that disputes consumes, and the command for each."""

from uuid import UUID

from services.disputes.commands import cases, conduct, excerpts
from services.disputes.domain.case import CHARGED_BACK, Opening
from services.disputes.domain.excerpt import Entry, Part
from services.disputes.unit_of_work import DisputesWork
from shared.contracts.chat import ChatExcerptAttached, ExcerptEntry, LogCommentAdded
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


@subscribers.listen(ChatExcerptAttached)
async def on_excerpt_attached(event: ChatExcerptAttached, work: DisputesWork) -> None:
    """Store a part of what the parties wrote and of the order's log; parts come in any order, also before the case."""
    part = Part(event.part, event.parts, event.omitted)
    await excerpts.attach(work, event.number, part, [_entry(each) for each in event.entries])


@subscribers.listen(LogCommentAdded)
async def on_comment_added(event: LogCommentAdded, work: DisputesWork) -> None:
    """Store a comment in the log of an order in dispute; earlier ones are in the excerpt, and most orders have none."""
    if event.disputed:
        comment = Entry(
            event.line_id,
            "comment",
            event.seq,
            event.by,
            event.role,
            None,
            event.text,
            False,
            event.at,
            event.attachments,
        )
        await excerpts.add_comment(work, event.number, comment)


@subscribers.listen(DeadlineExpired)
async def on_deadline_expired(event: DeadlineExpired, work: DisputesWork) -> Refused | None:
    """Remind support of an idle case, or escalate it to an operator."""
    return await cases.expire(work, UUID(event.key), event.kind, event.due_at)


def _entry(fact: ExcerptEntry) -> Entry:
    author = (fact.by, fact.role)
    return Entry(fact.id, fact.kind, fact.seq, *author, fact.row, fact.text, fact.auto, fact.at, fact.attachments)


async def _close(event: OrderEvent, work: DisputesWork) -> Refused | None:
    if event.status not in FINAL:
        return None
    result = await cases.close(work, event.number, event.version, event.cause.row, event.at)
    return result if isinstance(result, Refused) else None

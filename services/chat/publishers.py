"""What chat publishes, as events of shared.contracts. No event carries what people wrote to each other."""

from datetime import datetime

from services.chat.domain.conversation import Side
from services.chat.domain.log import Line, Order
from services.chat.repository import UnreadNotification
from shared.contracts.chat import ChatMessageSent, LogCommentAdded
from shared.contracts.orders import ContactViolationDetected


def notified(run: UnreadNotification) -> ChatMessageSent:
    """Messages wait for somebody who has not read them for 90 seconds."""
    return ChatMessageSent(
        conversation_id=run.conversation_id,
        sender=run.sender,
        recipient=run.recipient,
        first_seq=run.first_seq,
        head=run.head,
        at=run.at,
    )


def comment_added(order: Order, line: Line) -> LogCommentAdded:
    """Somebody wrote into an order's log."""
    assert line.by_user is not None
    return LogCommentAdded(
        number=order.number,
        buyer=order.buyer,
        seller=order.seller,
        line_id=line.id,
        seq=line.seq,
        by=line.by_user,
        role=line.by_role,
        text=line.text,
        hash=line.hash,
        at=line.at,
    )


def violation(
    source: str, source_id: str, user: str, side: Side, kinds: tuple[str, ...], at: datetime
) -> ContactViolationDetected:
    """Somebody wrote contact information; disputes counts it once per source."""
    return ContactViolationDetected.model_validate(
        {"source": source, "source_id": source_id, "user": user, "side": side, "kinds": kinds, "at": at}
    )

"""What chat publishes, as events of shared.contracts. Messages are in no event but the excerpt for a dispute."""

from collections.abc import Sequence
from datetime import datetime

from services.chat.domain.conversation import Message, Side, shown
from services.chat.domain.excerpt import PART_BYTES, in_parts
from services.chat.domain.log import Line, Order
from services.chat.domain.support import Channel, Item, current
from services.chat.repository import Question, UnreadNotification
from shared.contracts.chat import (
    ChatExcerptAttached,
    ChatMessageSent,
    ExcerptEntry,
    LogCommentAdded,
    SupportMessageAnswered,
    SupportMessageOverdue,
    SupportMessageReceived,
)
from shared.contracts.orders import ContactViolationDetected, DisputeRequested
from shared.deadlines import Deadlines


def notified(run: UnreadNotification) -> ChatMessageSent:
    """Messages wait for somebody who has not read them for 90 seconds."""
    return ChatMessageSent(
        conversation_id=run.conversation_id,
        sender=shown(run.sender),
        recipient=run.recipient,
        first_seq=run.first_seq,
        head=run.head,
        at=run.at,
    )


def comment_added(order: Order, line: Line, *, disputed: bool) -> LogCommentAdded:
    """Somebody wrote into an order's log; `disputed` says that the comment came after the excerpt."""
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
        attachments=tuple(each.id for each in line.attachments),
        disputed=disputed,
    )


def violation(
    source: str, source_id: str, user: str, side: Side, kinds: tuple[str, ...], at: datetime
) -> ContactViolationDetected:
    """Somebody wrote contact information; disputes counts it once per source."""
    return ContactViolationDetected.model_validate(
        {"source": source, "source_id": source_id, "user": user, "side": side, "kinds": kinds, "at": at}
    )


def excerpt(
    event: DisputeRequested, messages: Sequence[Message], lines: Sequence[Line], *, omitted: bool
) -> list[ChatExcerptAttached]:
    """What the two wrote and the log so far, by time, in numbered parts of at most PART_BYTES each."""
    entries = [*(_of_message(event, each) for each in messages), *(_of_line(each) for each in lines)]
    entries.sort(key=lambda each: (each.at, each.id))
    envelope = len(_part(event, [], PART_BYTES, PART_BYTES, omitted=omitted).model_dump_json().encode())
    parts = in_parts(entries, lambda each: len(each.model_dump_json().encode()) + 1, PART_BYTES - envelope)
    return [_part(event, part, n, len(parts), omitted=omitted) for n, part in enumerate(parts, 1)]


def _part(
    event: DisputeRequested, entries: Sequence[ExcerptEntry], part: int, parts: int, *, omitted: bool
) -> ChatExcerptAttached:
    return ChatExcerptAttached(
        dispute_id=event.dispute_id,
        number=event.number,
        buyer=event.buyer,
        seller=event.seller,
        part=part,
        parts=parts,
        omitted=omitted,
        entries=tuple(entries),
        at=event.recorded_at,
    )


def _of_message(event: DisputeRequested, message: Message) -> ExcerptEntry:
    """A message as both parties see it: which assistant wrote it stays with the seller."""
    return ExcerptEntry(
        id=message.id,
        kind="message",
        seq=message.seq,
        by=message.sender,
        role="buyer" if message.sender == event.buyer else "seller",
        row=None,
        text=message.text,
        attachments=message.attachments,
        auto=message.auto,
        at=message.at,
    )


def _of_line(line: Line) -> ExcerptEntry:
    return ExcerptEntry(
        id=line.id,
        kind=line.kind,
        seq=line.seq,
        by=line.by_user,
        role=line.by_role,
        row=line.row,
        text=line.text,
        attachments=tuple(each.id for each in line.attachments),
        auto=False,
        at=line.at,
    )


def received(item: Item, at: datetime) -> SupportMessageReceived:
    """A user waits for support's answer."""
    return SupportMessageReceived.model_validate({**_waiting(item), "at": at})


def overdue(item: Item, at: datetime) -> SupportMessageOverdue:
    """A user has waited for too long."""
    return SupportMessageOverdue.model_validate({**_waiting(item), "at": at})


def answered(question: Question, message: Message) -> SupportMessageAnswered:
    """Support answered a message; who of support stays with support."""
    return SupportMessageAnswered(
        conversation_id=question.conversation_id,
        user=question.account,
        channel=Channel.MESSAGE.value,
        seq=message.seq,
        at=message.at,
    )


def deadlines() -> Deadlines[Item]:
    """The deadlines of support's queue."""
    return Deadlines("chat", current, key=_key, subject=_key)


def _key(item: Item) -> str:
    return str(item.conversation_id)


def _waiting(item: Item) -> dict[str, object]:
    assert item.unanswered is not None
    return {
        "conversation_id": item.conversation_id,
        "user": item.account,
        "channel": str(item.channel),
        "seq": item.unanswered.seq,
    }

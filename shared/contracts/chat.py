"""What chat publishes: that messages wait, what is added to an order's log, and for a dispute what was written before.

Messages stay in chat otherwise: disputes is the only consumer of an excerpt.
"""

from typing import Literal
from uuid import UUID

from shared.contracts.base import Event, Fact, Moment, event


@event("chat", "chat.message_sent", public=False)
class ChatMessageSent(Event):
    """Somebody has not read what was written to them for 90 seconds: once per conversation and unread run."""

    conversation_id: UUID
    """The conversation of the two."""
    sender: str
    """The party who wrote."""
    recipient: str
    """The party who has not read."""
    first_seq: int
    """The number of the first message that is unread."""
    head: int
    """The number of the newest message."""
    at: Moment
    """When this was found, in business time."""

    def about(self) -> str:
        """The id of the conversation."""
        return str(self.conversation_id)


@event("chat", "log.comment_added", public=False)
class LogCommentAdded(Event):
    """A party or support wrote into the log of an order."""

    number: str
    """The order."""
    buyer: str
    """Its buyer."""
    seller: str
    """Its seller."""
    line_id: UUID
    """The line."""
    seq: int
    """Its place in the log, from 1."""
    by: str
    """The person who wrote it."""
    role: Literal["buyer", "seller", "support"]
    """In which role."""
    text: str
    """What was written."""
    hash: str
    """The line's hash, by which it is found again in the log."""
    at: Moment
    """When, in business time."""
    attachments: tuple[UUID, ...] = ()
    """Its pictures."""
    disputed: bool = False
    """Whether a dispute was requested before: the comment belongs to its case, and is not in the excerpt."""

    def about(self) -> str:
        """The order number."""
        return self.number


class ExcerptEntry(Fact):
    """A message of the two parties, or a line of the order's log."""

    id: UUID
    """The message or line."""
    kind: Literal["message", "comment", "system"]
    """A message, a comment in the log, or the log's line of a transition."""
    seq: int
    """Its place in the conversation, or in the log."""
    by: str | None
    """Who wrote it, or whose transition it is; null for a deadline. A message is its party's."""
    role: Literal["buyer", "seller", "support", "provider"] | None
    """In which role; null for a deadline."""
    row: str | None
    """The row of the order's table; null for what people wrote."""
    text: str
    """What was written."""
    attachments: tuple[UUID, ...] = ()
    """Its pictures; support may read them from now on."""
    auto: bool
    """Whether it is the seller's automatic reply."""
    at: Moment
    """When, in business time."""


@event("chat", "chat.excerpt_attached", public=False)
class ChatExcerptAttached(Event):
    """What buyer and seller wrote to each other until a dispute was requested, and the order's log; in parts."""

    dispute_id: UUID
    """The case."""
    number: str
    """The order."""
    buyer: str
    """Its buyer."""
    seller: str
    """Its seller."""
    part: int
    """Which part this is, from 1; each is at most 200 kB."""
    parts: int
    """How many there are."""
    omitted: bool
    """Whether older messages or lines were left out (rules 8.6)."""
    entries: tuple[ExcerptEntry, ...]
    """Messages and lines by time."""
    at: Moment
    """When the dispute was requested."""

    def about(self) -> str:
        """The order number."""
        return self.number


class SupportEvent(Event):
    """Something between a user and support. What was written stays in chat."""

    conversation_id: UUID
    """The conversation, and the item of support's queue."""
    user: str
    """The user."""
    channel: Literal["chat", "message"]
    """Live, or by messages of text."""
    seq: int
    """The number of the message that it is about."""
    at: Moment
    """When, in business time."""

    def about(self) -> str:
        """The id of the conversation."""
        return str(self.conversation_id)


@event("chat", "support_message.received", public=False)
class SupportMessageReceived(SupportEvent):
    """A user wrote to support and waits for an answer; further messages of theirs publish nothing."""


@event("chat", "support_message.answered", public=False)
class SupportMessageAnswered(SupportEvent):
    """Support answered a message of the user; `seq` is the answer's."""


@event("chat", "support_message.overdue", public=False)
class SupportMessageOverdue(SupportEvent):
    """A user has waited for 24 hours (D9); `seq` is their first unanswered message's."""

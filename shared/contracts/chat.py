"""What chat publishes: that messages wait, and what is added to an order's log. Messages themselves stay in chat."""

from typing import Literal
from uuid import UUID

from shared.contracts.base import Event, Moment, event


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

    def about(self) -> str:
        """The order number."""
        return self.number

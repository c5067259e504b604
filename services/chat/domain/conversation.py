"""Conversations: one per buyer and seller in this order of roles, and what may be written in one (rules 8.1, 8.5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal
from uuid import UUID

from shared.actor import Actor
from shared.refusals import Refusal

Side = Literal["buyer", "seller"]

SPLIT_WINDOW = timedelta(minutes=10)
"""Contact information split over messages of one sender within this time counts as written at once."""
NOTIFY_AFTER = timedelta(seconds=90)
"""A message that is unread for so long is reported as if its recipient were offline."""
AUTO_REPLY_PAUSE = timedelta(hours=24)
"""A seller's automatic reply goes to the same buyer once in this time."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """What one buyer and one seller write to each other."""

    id: UUID
    buyer: str
    seller: str
    head: int
    """The sequence number of the newest message; 0 while nothing is written."""
    opened_at: datetime
    active_at: datetime
    """When the last message was written, or the conversation opened."""

    def side_of(self, account: str) -> Side | None:
        """On which side an account is; None for everybody else."""
        if account == self.buyer:
            return "buyer"
        return "seller" if account == self.seller else None

    def refusal(self, by: Actor) -> Refusal | None:
        """Why somebody may neither read nor write here; others, and an assistant of its buyer, learn nothing of it."""
        side = self.side_of(by.account)
        if side is None:
            return Refusal.NOT_A_PARTY if by.is_support else Refusal.NOT_FOUND
        return Refusal.NOT_FOUND if side == "buyer" and by.acting_for is not None else None

    def other(self, account: str) -> str:
        """Whom a message of this party is for."""
        return self.seller if account == self.buyer else self.buyer


@dataclass(frozen=True, slots=True)
class Message:
    """A message that both parties see."""

    conversation_id: UUID
    seq: int
    """Gap-free from 1 in each conversation."""
    id: UUID
    sender: str
    """The party in whose name it was written."""
    by_user: str
    """The person who wrote it: the party, or an assistant of the seller."""
    client_id: str
    """The sender's own id of the message: sent again it is the same message."""
    text: str
    auto: bool
    """Whether it is the seller's automatic reply."""
    at: datetime
    attachments: tuple[UUID, ...] = ()
    """Its pictures, in the sender's order."""


def fingerprint(text: str, pictures: Sequence[UUID] = ()) -> str:
    """What must be the same when a client_id comes again."""
    return sha256("\0".join([text, *map(str, pictures)]).encode("utf-8", "surrogatepass")).hexdigest()


def joined(earlier: Sequence[str], text: str) -> str:
    """What the recipient reads in one go: the sender's last messages and this one."""
    return " ".join((*earlier, text))

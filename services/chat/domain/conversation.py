"""Conversations: one per buyer and seller in this order of roles, and what may be written in one (rules 8.1, 8.5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Literal
from uuid import UUID

from shared.actor import Actor
from shared.refusals import Refusal

Side = Literal["buyer", "seller"]

SUPPORT = ""
"""Stands for support as a side of a conversation: no account has this id. Shown as `support`."""

SPLIT_WINDOW = timedelta(minutes=10)
"""Contact information split over messages of one sender within this time counts as written at once."""
NOTIFY_AFTER = timedelta(seconds=90)
"""A message that is unread for so long is reported as if its recipient were offline."""
AUTO_REPLY_PAUSE = timedelta(hours=24)
"""A seller's automatic reply goes to the same buyer once in this time."""


class Kind(StrEnum):
    """Who talks in a conversation, and how."""

    TRADE = "trade"  # a buyer and a seller
    SUPPORT_CHAT = "support_chat"  # a user and support, live and with pictures
    SUPPORT_MESSAGES = "support_messages"  # a user and support, text only, by routes of its own


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a buyer and a seller write to each other, or a user (on the buyer's side) and support."""

    id: UUID
    buyer: str
    seller: str
    head: int
    """The sequence number of the newest message; 0 while nothing is written."""
    opened_at: datetime
    active_at: datetime
    """When the last message was written, or the conversation opened."""
    kind: Kind = Kind.TRADE

    def side_of(self, account: str) -> Side | None:
        """On which side an account is; None for everybody else."""
        if account == self.buyer:
            return "buyer"
        return "seller" if account == self.seller else None

    def refusal(self, by: Actor) -> Refusal | None:
        """Why somebody may neither read nor write here; others, and an assistant of its buyer, learn nothing of it."""
        if self.kind is Kind.SUPPORT_MESSAGES:
            return Refusal.NOT_FOUND
        if self.writer(by) is not None:
            return None
        is_stranger = self.side_of(by.account) is None
        return Refusal.NOT_A_PARTY if is_stranger and by.is_support else Refusal.NOT_FOUND

    def writer(self, by: Actor) -> str | None:
        """The account in whose name somebody reads and writes here, SUPPORT for support; None if they may not."""
        if by.account == self.buyer:
            return self.buyer if by.acting_for is None else None
        if self.kind is not Kind.TRADE:
            return SUPPORT if by.is_support else None
        return self.seller if by.account == self.seller else None

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


def shown(account: str) -> str:
    """The name of a side as people read it."""
    return account or "support"


def fingerprint(text: str, pictures: Sequence[UUID] = ()) -> str:
    """What must be the same when a client_id comes again."""
    return sha256("\0".join([text, *map(str, pictures)]).encode("utf-8", "surrogatepass")).hexdigest()


def joined(earlier: Sequence[str], text: str) -> str:
    """What the recipient reads in one go: the sender's last messages and this one."""
    return " ".join((*earlier, text))

"""Attachments: pictures of one context, used once by whoever uploaded them, and kept as proof (rules 8.3, 8.6; D12)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from shared.actor import Actor

ContextKind = Literal["conversation", "order", "dispute"]

PER_MESSAGE_MAX = 10
UNUSED_MAX = 50
"""Pictures that one account may have uploaded and not used yet."""
UNUSED_LIFETIME = timedelta(hours=24)
"""After so long a picture that nobody used is purged."""
PROOF_LIFETIME = timedelta(days=90)
"""D12: so long after the order closed its pictures are kept at least."""
LOOKED_AT_AGAIN = timedelta(days=1)
"""A picture that must be kept for an unknown time is looked at again after this one."""


@dataclass(frozen=True, slots=True)
class UploadContext:
    """What a picture was uploaded for: the only place where it can be used, and whose parties may read it."""

    conversation_id: UUID | None = None
    number: str | None = None
    """The order's number; of a dispute the number of its order."""
    dispute_id: UUID | None = None

    @property
    def kind(self) -> ContextKind:
        """Which of the three it is."""
        if self.conversation_id is not None:
            return "conversation"
        return "order" if self.dispute_id is None else "dispute"


@dataclass(frozen=True, slots=True)
class Picture:
    """What is known of a stored picture; the bytes are in the store of files, under the attachment's id."""

    sha256: str
    """Of the original as it was uploaded, in lower hex digits: it outlives the picture."""
    type: str
    """image/png or image/jpeg, of what is stored."""
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Attachment:
    """A picture that somebody uploaded."""

    id: UUID
    context: UploadContext
    account: str
    """The party in whose name it was uploaded."""
    by_user: str
    """The person who uploaded it."""
    picture: Picture
    used_at: datetime | None
    """When it became part of a message, a comment or a case file; only its uploader sees it before."""
    purged_at: datetime | None
    """When its picture was deleted; its hash stays."""

    def may_be_used(self, by: Actor, context: UploadContext) -> bool:
        """Whether this person may put it into something new there."""
        is_own = (self.account, self.by_user) == (by.account, by.user)
        return is_own and self.context == context and self.used_at is None and self.purged_at is None

    def is_evidence_of(self, account: str, dispute_id: UUID) -> bool:
        """Whether evidence that this account adds to the case may use it."""
        is_unused = self.used_at is None and self.purged_at is None
        return is_unused and (self.account, self.context.dispute_id) == (account, dispute_id)

    def is_seen_by(self, by: Actor) -> bool:
        """Whether somebody who may read its context sees it."""
        return self.used_at is not None or self.account == by.account


@dataclass(frozen=True, slots=True)
class Proof:
    """A picture as a line of a log holds it: its id, and the hash of the original."""

    id: UUID
    sha256: str

    def __str__(self) -> str:
        return f"{self.id}:{self.sha256}"


def retained_until(used_at: datetime, *, now: datetime, is_open: bool, closed_at: datetime | None) -> datetime:
    """Until when a used picture is kept, by the orders that it may be proof for; once that is over it is purged.

    `is_open`: one of them is not closed, or has an open dispute. `closed_at`: when the last of them closed.
    """
    if is_open:
        return now + LOOKED_AT_AGAIN
    return max(used_at, closed_at or used_at) + PROOF_LIFETIME

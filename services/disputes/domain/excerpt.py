"""What the parties wrote to each other and the log of their order, as a case keeps it (rules 8.6)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

Kind = Literal["message", "comment", "system"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A message of the two, a comment in the log, or the log's line of a transition; it is never changed."""

    id: UUID
    kind: Kind
    seq: int
    """Its place in the conversation, or in the log."""
    by_user: str | None
    """Who wrote it; None for a deadline."""
    by_role: str | None
    """`buyer`, `seller`, `support` or `provider`; None for a deadline."""
    row: str | None
    """The row of the order's table; None for what people wrote."""
    text: str
    auto: bool
    """Whether it is the seller's automatic reply."""
    at: datetime
    attachments: tuple[UUID, ...] = ()
    """Its pictures, by their ids at chat."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of the numbered parts in which an excerpt arrives."""

    part: int
    parts: int
    omitted: bool
    """Whether the excerpt leaves out what is older."""

"""The log of an order: append-only lines, each carrying the hash of the line before it (rules 8.6)."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Literal
from uuid import UUID

from services.chat.domain.attachment import Proof
from shared.actor import Actor

Kind = Literal["comment", "system"]
Role = Literal["buyer", "seller", "support", "provider"]

FIRST_HASH = ""
"""What the first line has as the hash of the line before it."""
ACCOUNTS = "account"
"""The category whose seller may prove credentials in the log, and owes a picture as proof (rules 8.5, 8.6)."""
CLOSED = frozenset({"expired", "deleted", "refunded", "completed"})
"""The statuses of an order in which nothing is left to happen, but a dispute about a charge-back."""


@dataclass(frozen=True, slots=True)
class Order:
    """What chat knows of an order: who may read its log, and where the log ends."""

    number: str
    buyer: str
    seller: str
    category: str
    paid: bool
    """Whether it was ever paid; before that the seller doesn't see it."""
    lines: int
    hash: str
    """The hash of the last line."""

    def role_of(self, account: str, *, support: bool) -> Role | None:
        """As what somebody reads and writes the log; None for a stranger, and for the seller of an unpaid order."""
        if support:
            return "support"
        if account == self.buyer:
            return "buyer"
        return "seller" if account == self.seller and self.paid else None

    def role_for(self, by: Actor) -> Role | None:
        """As what this person reads and writes the log; an assistant does so only for a seller."""
        role = self.role_of(by.account, support=by.is_support)
        return None if by.acting_for is not None and role != "seller" else role


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a log; it is never changed."""

    number: str
    seq: int
    id: UUID
    kind: Kind
    by_user: str | None
    by_role: Role | None
    row: str | None
    """The row of the order's transition table; None for a comment."""
    version: int | None
    """The order's version after the transition; None for a comment."""
    text: str
    at: datetime
    attachments: tuple[Proof, ...] = ()
    previous_hash: str = FIRST_HASH
    hash: str = ""


def chained(order: Order, line: Line) -> Line:
    """The line at the end of the order's log."""
    placed = replace(line, seq=order.lines + 1, previous_hash=order.hash)
    return replace(placed, hash=digest(placed))


def digest(line: Line) -> str:
    """SHA-256 over the fields of a line, each with its length in front, in the order of docs/order-log.md."""
    fields = (
        line.previous_hash,
        line.number,
        str(line.seq),
        str(line.id),
        line.kind,
        line.by_user or "",
        line.by_role or "",
        line.row or "",
        line.text,
        line.at.astimezone(UTC).isoformat(timespec="microseconds"),
        *map(str, line.attachments),
    )
    parts = (each.encode("utf-8", "surrogatepass") for each in fields)
    return sha256(b"".join(b"%d:%s" % (len(part), part) for part in parts)).hexdigest()

"""A line of a payment: one order of it, and the table of its states (rules 6.1, T3 to T6)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID


class LineState(StrEnum):
    """What payments knows about one order of a payment."""

    PAYABLE = "payable"  # as far as payments knows, the order waits for its payment
    OFFERED = "offered"  # captured money is on its way to the order, which has not answered
    PAID = "paid"  # orders took the money, it is or was in escrow
    EXPIRED = "expired"  # nobody paid in time
    DELETED = "deleted"  # the buyer removed it


class LineAction(StrEnum):
    """What can happen to a line."""

    OFFER = "offer"
    FUND = "fund"
    RELEASE = "release"
    EXPIRE = "expire"
    DELETE = "delete"


S, A = LineState, LineAction
TABLE: Mapping[LineAction, tuple[frozenset[LineState], LineState]] = {
    A.OFFER: (frozenset({S.PAYABLE}), S.OFFERED),
    A.FUND: (frozenset({S.PAYABLE, S.OFFERED, S.EXPIRED, S.DELETED}), S.PAID),
    A.RELEASE: (frozenset({S.OFFERED}), S.PAYABLE),
    A.EXPIRE: (frozenset({S.PAYABLE, S.OFFERED}), S.EXPIRED),
    A.DELETE: (frozenset({S.PAYABLE, S.OFFERED, S.EXPIRED}), S.DELETED),
}
"""By action: the states in which it changes the line, and the state afterwards, in any order of arrival (T4, T5).

Orders decides: its payment is accepted in every state, and a paid line stays paid. An order that refused money because
of a suspension is released: it still waits for its payment."""


@dataclass(frozen=True, slots=True)
class Line:
    """One order of a payment; a new one is payable."""

    number: str
    seller: str
    amount: int
    state: LineState = LineState.PAYABLE
    offered_by: UUID | None = None
    """The capture whose money was offered to the order last."""
    charged_back_by: str | None = None
    """The provider whose bank took the payment's money back, or a part of it; None before that."""
    charged_back: int = 0
    """How much of the order's escrow the bank has taken already, in minor units; the order's decision settles it."""


def apply(line: Line, action: LineAction) -> Line | None:
    """The line afterwards; None when the action changes nothing, such as a deletion of a paid order."""
    sources, target = TABLE[action]
    return replace(line, state=target) if line.state in sources else None

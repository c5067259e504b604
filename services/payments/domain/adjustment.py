"""An adjustment: support gives goodwill to a user, or declares money of a user forfeited (rules 7.8)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.payments.domain import ledger
from services.payments.domain.ledger import Account, Entry, EntryType, Kind

FORFEITED_FIRST = (Kind.FROZEN_BALANCE, Kind.FROZEN_AVAILABLE, Kind.BUYER_BALANCE, Kind.SELLER_AVAILABLE)
"""The accounts of a user that a forfeit empties, in this order."""


class AdjustmentKind(StrEnum):
    """What support does with a user's money."""

    GOODWILL = "goodwill"  # the platform pays the user's balance
    FORFEIT = "forfeit"  # money of the user becomes the platform's


class AdjustmentState(StrEnum):
    """How far an adjustment is."""

    PENDING = "pending"  # waits for a second person of support
    BOOKED = "booked"
    REJECTED = "rejected"  # moved nothing


class AdjustmentAction(StrEnum):
    """What can happen to an adjustment."""

    APPROVE = "approve"
    REJECT = "reject"


S, A = AdjustmentState, AdjustmentAction
TABLE: Mapping[AdjustmentAction, tuple[frozenset[AdjustmentState], AdjustmentState]] = {
    A.APPROVE: (frozenset({S.PENDING}), S.BOOKED),
    A.REJECT: (frozenset({S.PENDING}), S.REJECTED),
}
"""By action: the states in which it is possible, and the state afterwards."""


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What one person of support asked for; the amount is in minor units."""

    id: UUID
    kind: AdjustmentKind
    user: str
    """Whose money it is about."""
    amount: int
    currency: str
    reason: str
    requested_by: str
    requested_at: datetime
    needs_second: bool
    """Whether its amount is above what one person may decide."""
    state: AdjustmentState
    decided_by: str | None = None
    """The second person."""
    decided_at: datetime | None = None

    def entry(self, balances: Mapping[Kind, int], at: datetime) -> Entry:
        """How it is booked: goodwill to the user's balance, a forfeit from `balances`, which hold enough."""
        if self.kind is AdjustmentKind.GOODWILL:
            postings = ledger.move(ledger.ADJUSTMENT, self.currency, (ledger.buyer_balance(self.user), self.amount))
        else:
            taken = self.takings(balances).items()
            postings = tuple(
                each
                for kind, part in taken
                for each in ledger.move(Account(kind, self.user), self.currency, (ledger.FORFEITED, part))
            )
        return Entry(f"adjustment:{self.id}", EntryType.ADJUSTMENT, at, postings, by=self.requested_by, why=self.reason)

    def takings(self, balances: Mapping[Kind, int]) -> dict[Kind, int]:
        """How much a forfeit takes from which account; in all less than its amount where there is too little."""
        left, parts = self.amount, dict[Kind, int]()
        for kind in FORFEITED_FIRST:
            parts[kind] = min(left, balances.get(kind, 0))
            left -= parts[kind]
        return parts


def first_state(needs_second: bool) -> AdjustmentState:
    """An adjustment that needs a second person waits; any other is booked at once."""
    return S.PENDING if needs_second else S.BOOKED


def apply(adjustment: Adjustment, action: AdjustmentAction, by: str, at: datetime) -> Adjustment | None:
    """The adjustment afterwards; None when its state does not allow this."""
    sources, target = TABLE[action]
    if adjustment.state not in sources:
        return None
    return replace(adjustment, state=target, decided_by=by, decided_at=at)

"""An attempt: one try to pay with one method, and the table of its lifecycle (rules 6.1, 6.4, T2)."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID


class AttemptStatus(StrEnum):
    """The statuses of an attempt."""

    PENDING = "pending"  # the buyer is with the provider
    AUTHORISED = "authorised"  # the provider holds the money, nothing is taken yet
    CAPTURED = "captured"  # the provider took the money; what became of it is the capture's disposition
    FAILED = "failed"
    VOIDED = "voided"  # a hold was given back
    ABANDONED = "abandoned"  # the buyer chose another method
    REVERSED = "reversed"  # the buyer's bank took the money back


OPEN = frozenset({AttemptStatus.PENDING, AttemptStatus.AUTHORISED})
"""Attempts from which money is expected."""


class AttemptAction(StrEnum):
    """What can happen to an attempt."""

    AUTHORISE = "authorise"
    CAPTURE = "capture"
    FAIL = "fail"
    VOID = "void"
    ABANDON = "abandon"
    CHARGE_BACK = "charge_back"


Failure = Literal[
    "insufficient_funds",
    "invalid_details",
    "mobile_unverified",
    "limit_reached",
    "bank_declined",
    "risk_blocked",
    "card_declined_unknown",
    "provider_timeout",
    "abandoned",
]
"""Why an attempt failed (rules 6.4)."""

TABLE: dict[AttemptAction, tuple[frozenset[AttemptStatus], AttemptStatus]] = {
    AttemptAction.AUTHORISE: (frozenset({AttemptStatus.PENDING}), AttemptStatus.AUTHORISED),
    AttemptAction.CAPTURE: (frozenset(AttemptStatus), AttemptStatus.CAPTURED),
    AttemptAction.FAIL: (OPEN, AttemptStatus.FAILED),
    AttemptAction.VOID: (OPEN, AttemptStatus.VOIDED),
    AttemptAction.ABANDON: (OPEN, AttemptStatus.ABANDONED),
    AttemptAction.CHARGE_BACK: (frozenset(AttemptStatus), AttemptStatus.REVERSED),
}
"""By action: the statuses in which it changes the attempt, and the status afterwards. Money is a fact: a capture or a
charge-back is accepted in every status, and a charge-back may arrive before its capture."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to pay, pending at first."""

    id: UUID
    payment_number: str
    method: str
    provider: str
    amount: int
    """What the provider shall take, with the fee, in minor units."""
    fee: int
    """The processing fee in it, as it was quoted."""
    currency: str
    covers: tuple[str, ...]
    """The orders that could be paid when the attempt was made."""
    created_at: datetime
    valid_until: datetime
    """Until when it can pay its orders; money that comes later is late."""
    can_dispute: bool
    """Whether the bank of its method can take captured money back."""
    status: AttemptStatus = AttemptStatus.PENDING
    reason: str | None = None


def apply(attempt: Attempt, action: AttemptAction, reason: str | None = None) -> Attempt | None:
    """The attempt afterwards; None when the action changes nothing, such as a failure after the capture."""
    sources, target = TABLE[action]
    return replace(attempt, status=target, reason=reason) if attempt.status in sources else None

"""An attempt: one try to pay with one method, and the table of its life (rules 6.1, 6.4, T2)."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID


class AttemptStatus(StrEnum):
    """Where an attempt is."""

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
"""From where, and to what. Money is a fact whatever was said before it: a capture is believed in every status, and so
is a charge-back, which may even be told before its capture."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to pay, pending at first; `amount` is what the provider was asked for, fee included, in minor units."""

    id: UUID
    payment_number: str
    method: str
    provider: str
    amount: int
    fee: int
    currency: str
    covers: tuple[str, ...]
    """The orders that could be paid when the attempt was made."""
    created_at: datetime
    status: AttemptStatus = AttemptStatus.PENDING
    reason: str | None = None


def apply(attempt: Attempt, action: AttemptAction, reason: str | None = None) -> Attempt | None:
    """The attempt afterwards, or None when the action changes nothing here (a failure told after the capture)."""
    sources, target = TABLE[action]
    return replace(attempt, status=target, reason=reason) if attempt.status in sources else None

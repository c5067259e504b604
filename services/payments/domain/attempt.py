"""An attempt: one try to pay with one method, and the table of its lifecycle (rules 6.1, 6.4, T2)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal
from uuid import UUID


class AttemptStatus(StrEnum):
    """The statuses of an attempt."""

    CREATED = "created"  # it is not known whether the provider knows it
    PENDING = "pending"  # the buyer is with the provider
    AUTHORISED = "authorised"  # the provider holds the money, nothing is taken yet
    CAPTURED = "captured"  # the provider took the money; what became of it is the capture's disposition
    FAILED = "failed"
    VOID_PENDING = "void_pending"  # the provider shall give a hold back
    VOIDED = "voided"  # a hold was given back
    ABANDONED = "abandoned"  # the buyer chose another method
    REVERSED = "reversed"  # the buyer's bank took the money back


OPEN = frozenset({AttemptStatus.CREATED, AttemptStatus.PENDING, AttemptStatus.AUTHORISED})
"""Attempts from which money is expected."""


class AttemptAction(StrEnum):
    """What can happen to an attempt."""

    BEGIN = "begin"
    AUTHORISE = "authorise"
    CAPTURE = "capture"
    FAIL = "fail"
    RELEASE = "release"
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
    AttemptAction.BEGIN: (frozenset({AttemptStatus.CREATED}), AttemptStatus.PENDING),
    AttemptAction.AUTHORISE: (frozenset({AttemptStatus.CREATED, AttemptStatus.PENDING}), AttemptStatus.AUTHORISED),
    AttemptAction.CAPTURE: (frozenset(AttemptStatus), AttemptStatus.CAPTURED),
    AttemptAction.FAIL: (OPEN, AttemptStatus.FAILED),
    AttemptAction.RELEASE: (OPEN | {AttemptStatus.ABANDONED, AttemptStatus.FAILED}, AttemptStatus.VOID_PENDING),
    AttemptAction.VOID: (OPEN | {AttemptStatus.VOID_PENDING}, AttemptStatus.VOIDED),
    AttemptAction.ABANDON: (OPEN, AttemptStatus.ABANDONED),
    AttemptAction.CHARGE_BACK: (frozenset(AttemptStatus), AttemptStatus.REVERSED),
}
"""By action: the statuses in which it changes the attempt, and the status afterwards. Money is a fact: a capture or a
charge-back is accepted in every status, and a charge-back may arrive before its capture. A hold that nobody needs is
released whatever had become of its attempt; until the provider has confirmed that, the hold may still be captured."""

HAS_UNKNOWN_OUTCOME = OPEN - {AttemptStatus.AUTHORISED} | {AttemptStatus.ABANDONED, AttemptStatus.VOID_PENDING}
"""Attempts for which the provider is polled, because its message may be lost."""
POLL_AFTER = (timedelta(minutes=1), timedelta(minutes=4), timedelta(minutes=10), timedelta(hours=1))
"""The pauses before the provider is polled: 1, 5 and 15 minutes after the attempt was made, then every hour."""
POLL_LONGER = timedelta(hours=1)
"""So long after the attempt's validity the last poll is made, but for a hold."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to pay; what a provider shall take is created before the provider knows it."""

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
    status: AttemptStatus = AttemptStatus.CREATED
    reason: str | None = None
    poll_at: datetime | None = None
    """When the provider is polled next for what became of it; None: nothing is unknown."""
    polls: int = 0
    """How often it was polled."""


def apply(attempt: Attempt, action: AttemptAction, reason: str | None = None) -> Attempt | None:
    """The attempt afterwards; None when the action changes nothing, such as a failure after the capture."""
    sources, target = TABLE[action]
    if attempt.status not in sources:
        return None
    poll_at = attempt.poll_at if target in HAS_UNKNOWN_OUTCOME else None
    if action is AttemptAction.RELEASE:
        poll_at = attempt.created_at  # that is past: the provider is polled at once
    return replace(attempt, status=target, reason=reason, poll_at=poll_at)


def polled(attempt: Attempt, at: datetime, validity: timedelta | None) -> Attempt:
    """The attempt after its provider was polled at this moment; `validity` is that of its method's page or voucher.

    A voucher may outlive its order, and is polled for as long as it can be paid. A hold is, until it is voided.
    """
    until = attempt.valid_until if validity is None else attempt.created_at + validity
    polls, last = attempt.polls + 1, until + POLL_LONGER
    after = at + POLL_AFTER[min(polls, len(POLL_AFTER) - 1)]
    if attempt.status is AttemptStatus.VOID_PENDING or after <= last:
        return replace(attempt, polls=polls, poll_at=after)
    return replace(attempt, polls=polls, poll_at=last if at < last else None)

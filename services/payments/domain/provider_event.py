"""Events of payment providers in the one form that the rules know (rules 6.6)."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from services.payments.domain.attempt import AttemptAction


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """A provider's verified message about one attempt."""

    provider: str
    event_id: str
    action: AttemptAction
    attempt_id: UUID | None
    """None when the provider names a reference that is no attempt's id."""
    transaction_id: str
    amount: int
    """Captured, or taken back, in minor units."""
    currency: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A provider's verified message about money that can't be read: support looks at its bytes."""

    provider: str
    event_id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Captured:
    """Captured money: reported by a provider, claimed by support, or taken from the buyer's wallet."""

    provider: str
    event_id: str
    transaction_id: str
    amount: int
    currency: str
    by: str | None = None
    """Who of support claimed it."""
    why: str | None = None
    """The reason of that person."""


class WebhookOutcome(StrEnum):
    """What was done with a provider's message."""

    APPLIED = "applied"
    REPEAT = "repeat"  # another event reported the same transaction before
    UNREADABLE = "unreadable"  # parked for support with its bytes
    IGNORED = "ignored"  # true, but it changes nothing any more

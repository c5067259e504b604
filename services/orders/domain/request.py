"""What somebody, or a clock, asks of an order: the question that the transition table answers."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Action(StrEnum):
    """What can be asked of an order."""

    CONFIRM_PAYMENT = "confirm_payment"
    DELETE = "delete"
    DELIVER = "deliver"
    REFUND = "refund"
    REQUEST_REFUND = "request_refund"
    CANCEL_REFUND_REQUEST = "cancel_refund_request"
    AGREE_REFUND = "agree_refund"
    REFUSE_REFUND = "refuse_refund"
    CONFIRM = "confirm"
    ESCALATE = "escalate"
    DECIDE = "decide"
    FORCE_DECISION = "force_decision"
    CHARGE_BACK = "charge_back"
    TIME_OUT = "time_out"


class Role(StrEnum):
    """Who asks: one of the two sides, support, the payment provider, or a clock that ran out."""

    BUYER = "buyer"
    SELLER = "seller"
    SUPPORT = "support"
    PROVIDER = "provider"
    CLOCK = "clock"


class Outcome(StrEnum):
    """What support decides: in a dispute (T26) or by force (T27)."""

    BUYER_WINS = "buyer_wins"
    SELLER_WINS = "seller_wins"
    SPLIT = "split"
    REFUND = "refund"
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True)
class By:
    """Who asks: the account, the seller acted for by an assistant, and whether support asks."""

    sub: str
    user: str
    support: bool = False

    @property
    def acting_for(self) -> str | None:
        """The seller that an assistant acts for, None for oneself."""
        return self.user if self.user != self.sub else None

    @property
    def accounts(self) -> frozenset[str]:
        """The account, and the assistant who acts for it: neither may be suspended (rules 1.2)."""
        return frozenset({self.user, self.sub})


@dataclass(frozen=True, slots=True)
class Asked:
    """What one side presses, and with what; who and when are known only at the order."""

    action: Action
    role: Role
    reason: str | None = None
    description: str | None = None
    amount: int | None = None
    currency: str | None = None
    outcome: Outcome | None = None

    def by(self, by: By, at: datetime, dispute_id: UUID | None = None, *, suspended: bool = False) -> "Request":
        """The request that this person makes at this moment."""
        return Request(
            self.action,
            self.role,
            at,
            by.sub,
            by.acting_for,
            self.amount,
            self.currency,
            self.reason,
            self.description,
            self.outcome,
            dispute_id=dispute_id,
            suspended=suspended,
        )


@dataclass(frozen=True, slots=True)
class Request:
    """One question: who asks what, when, and with what; `at` is the database's clock read under the row lock."""

    action: Action
    role: Role
    at: datetime
    user: str | None = None
    acting_for: str | None = None
    amount: int | None = None
    currency: str | None = None
    reason: str | None = None
    description: str | None = None
    outcome: Outcome | None = None
    capture_id: UUID | None = None
    fee_rate: int | None = None
    tax_rate: int | None = None
    dispute_id: UUID | None = None
    suspended: bool = False
    """Whether the account that asks, or for a payment one of the parties, is suspended."""

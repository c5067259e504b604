"""Requests to an order, of a person, a service or an expired deadline, which the transition table answers."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shared.actor import Actor


class Action(StrEnum):
    """Actions on an order."""

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
    """Who makes a request: one of the two sides, support, the payment provider, or the clock for a deadline."""

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
class ActionInput:
    """An action of one side with its fields, `amount` in minor units; person and time are added at the order."""

    action: Action
    role: Role
    reason: str | None = None
    description: str | None = None
    amount: int | None = None
    currency: str | None = None
    outcome: Outcome | None = None
    sealed: bool = False
    """Whether sealed data is handed over with the delivery."""

    def request(
        self, actor: Actor, at: datetime, dispute_id: UUID | None = None, *, suspended: bool = False
    ) -> "Request":
        """The request of this person at this moment."""
        return Request(
            self.action,
            self.role,
            at,
            actor.user,
            actor.acting_for,
            self.amount,
            self.currency,
            self.reason,
            self.description,
            self.outcome,
            dispute_id=dispute_id,
            suspended=suspended,
            sealed=self.sealed,
        )


@dataclass(frozen=True, slots=True)
class Request:
    """Who requests what, when, and with what; `at` is the database's clock read under the row lock."""

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
    """Whether the account that makes the request, or for a payment one of the parties, is suspended."""
    sealed: bool = False
    """Whether sealed data is handed over with the delivery."""

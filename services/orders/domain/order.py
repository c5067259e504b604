"""What an order is: its statuses, its facts, and what can never be true of it (rules 3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Status(StrEnum):
    """Where an order stands (rules 3.2)."""

    WAITING_PAYMENT = "waiting_payment"  # placed, one hour to pay
    EXPIRED = "expired"  # nobody paid
    DELETED = "deleted"  # removed by the buyer
    WAITING_DELIVERY = "waiting_delivery"  # paid, the seller has 72 hours
    WAITING_CONFIRMATION = "waiting_confirmation"  # the seller has delivered, the buyer has 72 hours
    REFUNDING = "refunding"  # a refund request is open
    REFUND_REFUSED = "refund_refused"  # the seller refused, the buyer has 72 hours to escalate
    DISPUTED = "disputed"  # support investigates, no deadline runs
    REFUNDED = "refunded"  # the whole amount went back
    COMPLETED = "completed"  # the seller was paid


FINAL = frozenset({Status.DELETED, Status.REFUNDED, Status.COMPLETED})
"""Statuses that nothing leaves; EXPIRED is left only by the buyer deleting the order (T5)."""

UNPAID = frozenset({Status.WAITING_PAYMENT, Status.EXPIRED, Status.DELETED})
"""Statuses in which the seller does not see the order: it was never paid."""


class Stage(StrEnum):
    """When a refund was asked for: before or after "Delivered"."""

    PRE_DELIVERY = "pre_delivery"
    POST_DELIVERY = "post_delivery"


class RequestState(StrEnum):
    """What became of a refund request."""

    OPEN = "open"  # the seller has to answer
    CANCELLED = "cancelled"  # the buyer took it back, and with it the right to ask again
    AGREED = "agreed"
    REFUSED = "refused"
    SUPERSEDED = "superseded"  # the seller delivered instead
    TIMED_OUT = "timed_out"  # the seller was silent
    ESCALATED = "escalated"  # support decides
    WAIVED = "waived"  # the buyer did not escalate in time
    RESOLVED = "resolved"  # support has decided


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """One request of the buyer to get money back; at most one before and one after delivery."""

    stage: Stage
    state: RequestState
    requested_amount: int
    reason: str
    description: str
    requested_at: datetime
    refusal_reason: str | None = None
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Windows:
    """The windows pinned when the order was placed, in seconds (D1 to D7)."""

    payment: int
    gate: int
    delivery: int
    answer_pre_delivery: int
    confirmation: int
    answer_post_delivery: int
    escalation: int


@dataclass(frozen=True, slots=True)
class Expiry:
    """The order's last transition was the expiry of this deadline; its status and stage before (rules 3.3.10)."""

    kind: str
    source: Status
    stage: Stage | None


@dataclass(frozen=True, slots=True)
class Order:
    """One order: what was agreed, what has happened, and what escrow holds. Amounts are minor units."""

    number: str
    payment_number: str
    buyer: str
    seller: str
    listing_id: str
    title: str
    category: str
    quantity: int
    unit_price: int
    amount: int
    currency: str
    delivery_method: str
    delivery_hours: int
    details: Mapping[str, str]
    windows: Windows
    policy_version: int
    placed_at: datetime
    status: Status = Status.WAITING_PAYMENT
    version: int = 1
    generation: int = 1
    paid_at: datetime | None = None
    delivered_at: datetime | None = None
    closed_at: datetime | None = None
    held: int = 0
    refunded_amount: int = 0
    fee_rate: int | None = None
    tax_rate: int | None = None
    capture_id: UUID | None = None
    requests: tuple[RefundRequest, ...] = field(default=())
    dispute_id: UUID | None = None
    charged_back: bool = False
    expiry: Expiry | None = None

    def __post_init__(self) -> None:
        """Refuse to exist as what can't be."""
        assert self.amount == self.quantity * self.unit_price > 0, "amount is quantity times price"
        assert 0 <= self.held <= self.amount - self.refunded_amount, "escrow holds at most what was not refunded"
        assert self.delivered_at is None or self.paid_at is not None, "delivered means paid before"
        assert (self.status in UNPAID) == (self.paid_at is None), "paid exactly from T3 on"
        assert self.status not in FINAL or self.held == 0, "a closed order holds nothing"
        assert len(self.requests) == len({request.stage for request in self.requests}), "one request per stage"

    @property
    def request(self) -> RefundRequest | None:
        """The latest refund request."""
        return self.requests[-1] if self.requests else None

    @property
    def stage(self) -> Stage | None:
        """The stage of the latest refund request while the order is about it."""
        about = (Status.REFUNDING, Status.REFUND_REFUSED, Status.DISPUTED)
        return self.request.stage if self.request is not None and self.status in about else None

    @property
    def asked(self) -> int:
        """What the latest refund request asks for, 0 without one."""
        return self.request.requested_amount if self.request is not None else 0

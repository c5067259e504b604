"""What an order is: its statuses, its facts, and what can never be true of it (rules 3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Status(StrEnum):
    """The status of an order (rules 3.2)."""

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
    """When a refund was requested: before or after delivery."""

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
    """`K…`, made from a sequence and a secret key."""
    payment_number: str
    """`P…`, of the payment that covers the whole checkout."""
    buyer: str
    """The account that ordered."""
    seller: str
    """The account that sells."""
    listing_id: str
    """What was ordered."""
    title: str
    """The listing's title when it was ordered."""
    category: str
    """The listing's category; it decides the fee."""
    quantity: int
    """How many pieces."""
    unit_price: int
    """The price of one piece when it was ordered."""
    amount: int
    """Quantity times unit price."""
    currency: str
    """ISO 4217 code of all amounts."""
    delivery_method: str
    """How the goods reach the buyer."""
    delivery_hours: int
    """The seller's own promise; no deadline depends on it."""
    details: Mapping[str, str]
    """What the seller needs to deliver, e.g. a player's id."""
    windows: Windows
    """D1 to D7 as they were when it was placed."""
    policy_version: int
    """The version of the marketplace's policy that it was placed under."""
    placed_at: datetime
    """When it was placed (T1)."""
    status: Status = Status.WAITING_PAYMENT
    """Its place in the lifecycle."""
    version: int = 1
    """The number of its latest transition."""
    generation: int = 1
    """Raised whenever its deadline changes or is set again."""
    paid_at: datetime | None = None
    """When the payment was confirmed (T3)."""
    delivered_at: datetime | None = None
    """When the seller delivered (T7, T11)."""
    closed_at: datetime | None = None
    """When it was closed, or expired unpaid."""
    held: int = 0
    """What escrow holds for it."""
    refunded_amount: int = 0
    """What went back to the buyer so far."""
    fee_rate: int | None = None
    """The seller's fee in basis points, pinned at payment."""
    tax_rate: int | None = None
    """The tax on the fee in basis points, pinned at payment."""
    capture_id: UUID | None = None
    """The provider's capture that paid it."""
    requests: tuple[RefundRequest, ...] = field(default=())
    """The refund requests, oldest first."""
    dispute_id: UUID | None = None
    """The case, once it was in dispute."""
    charged_back: bool = False
    """Whether the buyer's bank took money back; then only support decides."""
    expiry: Expiry | None = None
    """Set if its latest transition was an expiry."""
    sealed: bool = False
    """Whether the seller handed sealed data over when delivering."""
    revealed_at: datetime | None = None
    """When the buyer revealed the sealed data for the first time."""

    def __post_init__(self) -> None:
        """Raises AssertionError for facts that contradict each other."""
        assert self.amount == self.quantity * self.unit_price > 0, "amount is quantity times price"
        assert 0 <= self.held <= self.amount - self.refunded_amount, "escrow holds at most what was not refunded"
        assert self.delivered_at is None or self.paid_at is not None, "delivered means paid before"
        assert (self.status in UNPAID) == (self.paid_at is None), "paid exactly from T3 on"
        assert not self.sealed or self.delivered_at is not None, "sealed data comes with the delivery"
        assert self.revealed_at is None or self.sealed, "only what was sealed is revealed"
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
    def requested_amount(self) -> int:
        """The amount of the latest refund request, 0 without one."""
        return self.request.requested_amount if self.request is not None else 0

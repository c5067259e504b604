"""What orders says. Every order event carries the whole order, so that nobody calls back or computes money."""

from typing import Literal
from uuid import UUID

from shared.contracts.base import Event, Fact, Moment, event


class Cause(Fact):
    """Why it happened: the row of the table, and either the person who asked or the deadline that passed."""

    row: str
    user: str | None = None
    role: Literal["buyer", "seller", "support", "provider"] | None = None
    acting_for: str | None = None
    deadline: str | None = None


class Terms(Fact):
    """The rates pinned when the order was paid (basis points, null before) and the policy it was placed under."""

    fee_rate: int | None
    tax_rate: int | None
    policy_version: int


class Settlement(Fact):
    """What moves out of escrow because of this transition, in minor units; gross = fee + tax + net."""

    to_buyer: int
    gross: int
    fee: int
    tax: int
    net: int


class RefundRequest(Fact):
    """The order's latest refund request and what became of it."""

    stage: Literal["pre_delivery", "post_delivery"]
    state: Literal[
        "open", "cancelled", "agreed", "refused", "superseded", "timed_out", "escalated", "waived", "resolved"
    ]
    requested_amount: int
    reason: str
    description: str
    refusal_reason: str | None
    requested_at: Moment
    answered_at: Moment | None


class DeadlineFact(Fact):
    """The earliest clock that can ring now."""

    kind: str
    due_at: Moment


class OrderEvent(Event):
    """The whole order as it is after the transition. `at` is business time; a time-out is dated with its due time."""

    number: str
    payment_number: str
    listing_id: str
    title: str
    category: str
    quantity: int
    unit_price: int
    amount: int
    currency: str
    buyer: str
    seller: str
    status: str
    version: int
    cause: Cause
    at: Moment
    recorded_at: Moment
    terms: Terms
    held: int
    settlement: Settlement
    refund_request: RefundRequest | None
    deadline: DeadlineFact | None

    def about(self) -> str:
        """The order number."""
        return self.number

    def sequence(self) -> int:
        """The order's version."""
        return self.version


@event("orders", "order.placed", public=True)
class OrderPlaced(OrderEvent):
    """A buyer ordered (T1); the stock is reserved and the buyer has one hour to pay (D1)."""


@event("orders", "order.paid", public=True)
class OrderPaid(OrderEvent):
    """The buyer's money is there (T3): payments moves it into escrow, the seller has 72 hours to deliver (D3)."""


@event("orders", "order.expired", public=True)
class OrderExpired(OrderEvent):
    """Nobody paid within the hour (T4); the stock is free again, later money goes to the buyer's balance."""


@event("orders", "order.deleted", public=True)
class OrderDeleted(OrderEvent):
    """The buyer removed an unpaid or expired order (T5); later money goes to the buyer's balance."""


@event("orders", "order.payment_refused", public=True)
class OrderPaymentRefused(OrderEvent):
    """Captured money came for an order that can't take it: an answer, no transition. Payments credits the buyer."""

    reason: Literal["expired", "deleted", "already_paid", "suspended"]
    capture_id: UUID
    offered: int

    def sequence(self) -> int:
        """No version: the order did not change."""
        return 0


@event("orders", "order.delivered", public=True)
class OrderDelivered(OrderEvent):
    """The seller says the goods are with the buyer (T7, T11); the buyer has 72 hours to confirm (D5)."""


@event("orders", "order.refunded", public=True)
class OrderRefunded(OrderEvent):
    """The whole of what escrow holds goes back to the buyer and the order is closed."""


@event("orders", "order.partially_refunded", public=True)
class OrderPartiallyRefunded(OrderEvent):
    """A part goes back to the buyer; before delivery the order goes on with the rest, afterwards the seller gets it."""


@event("orders", "order.completed", public=True)
class OrderCompleted(OrderEvent):
    """The seller is paid what escrow holds minus fee and tax, and the order is closed."""


@event("orders", "refund.requested", public=True)
class RefundRequested(OrderEvent):
    """The buyer asks for money back (T10, T17); the seller has 6 or 24 hours to answer (D4, D6)."""


@event("orders", "refund.cancelled", public=True)
class RefundCancelled(OrderEvent):
    """The buyer takes the request back (T14, T21) and can make no other."""


@event("orders", "refund.refused", public=True)
class RefundRefused(OrderEvent):
    """The seller refuses with a reason (T19); the buyer has 72 hours to ask for dispute resolution (D7)."""


class HistoryFact(Fact):
    """One line of the order's history."""

    row: str
    user: str | None
    role: str | None
    deadline: str | None
    source: str | None
    target: str
    at: Moment
    why: str


class Windows(Fact):
    """The order's pinned windows in seconds (D1 to D7)."""

    payment: int
    gate: int
    delivery: int
    answer_pre_delivery: int
    confirmation: int
    answer_post_delivery: int
    escalation: int


@event("orders", "dispute.requested", public=False)
class DisputeRequested(OrderEvent):
    """Support must decide: the buyer escalated a refusal (T22) or the payment was charged back (T29)."""

    dispute_id: UUID
    history: tuple[HistoryFact, ...]
    windows: Windows


class CheckoutLine(Fact):
    """One order of a checkout."""

    number: str
    seller: str
    listing_id: str
    title: str
    category: str
    amount: int


@event("orders", "checkout.placed", public=True)
class CheckoutPlaced(Event):
    """A buyer placed up to 20 orders that one payment covers; payments builds the payment from it alone."""

    payment_number: str
    buyer: str
    currency: str
    amount: int
    due_at: Moment
    placed_at: Moment
    orders: tuple[CheckoutLine, ...]

    def about(self) -> str:
        """The payment number."""
        return self.payment_number

    def happened_at(self) -> Moment:
        """When it was placed."""
        return self.placed_at


class ListingEvent(Event):
    """A listing as it is now."""

    listing_id: str
    seller: str
    title: str
    category: str
    unit_price: int
    currency: str
    stock: int
    version: int
    at: Moment

    def about(self) -> str:
        """The listing id."""
        return self.listing_id

    def sequence(self) -> int:
        """The listing's version."""
        return self.version


@event("orders", "listing.published", public=True)
class ListingPublished(ListingEvent):
    """A listing went live, or its store opened again."""


@event("orders", "listing.changed", public=True)
class ListingChanged(ListingEvent):
    """A live listing has another text, price or stock."""


@event("orders", "listing.withdrawn", public=True)
class ListingWithdrawn(ListingEvent):
    """A listing is not for sale any more: back to draft, or its store closed."""


@event("orders", "contact.violation_detected", public=False)
class ContactViolationDetected(Event):
    """Somebody wrote contact information where it is forbidden; counts once per source, however often it is said."""

    source: Literal["listing", "message", "log"]
    source_id: str
    user: str
    side: Literal["buyer", "seller"]
    kinds: tuple[str, ...]
    at: Moment

    def about(self) -> str:
        """Who wrote it."""
        return self.user


class ReviewEvent(Event):
    """A buyer's review of a completed order, and the seller's part in it."""

    number: str
    listing_id: str
    buyer: str
    seller: str
    at: Moment

    def about(self) -> str:
        """The order number."""
        return self.number


@event("orders", "review.posted", public=True)
class ReviewPosted(ReviewEvent):
    """The buyer reviewed the order."""

    rating: int


@event("orders", "review.replied", public=True)
class ReviewReplied(ReviewEvent):
    """The seller answered the review and rated the buyer."""

    rating: int


@event("orders", "review.reported", public=True)
class ReviewReported(ReviewEvent):
    """The seller reported the review as abusive; support decides."""

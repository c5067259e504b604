"""Events of orders, each with the whole order, so that no consumer calls back or computes money; and of checkouts."""

from typing import Literal
from uuid import UUID

from shared.contracts.base import Event, Fact, Moment, event


class Cause(Fact):
    """Why it happened: the row of the table, and either the person who asked or the deadline that passed."""

    row: str
    """The row of the table, e.g. `T16`."""
    user: str | None = None
    """The person who asked; null for a deadline or a provider."""
    role: Literal["buyer", "seller", "support", "provider"] | None = None
    """The side that asked; null for a deadline."""
    acting_for: str | None = None
    """The seller for whom an assistant asked."""
    deadline: str | None = None
    """The kind of the expired deadline, e.g. `D5`."""


class Terms(Fact):
    """The rates pinned when the order was paid (basis points, null before) and the policy it was placed under."""

    fee_rate: int | None
    """The seller's fee."""
    tax_rate: int | None
    """The tax on the fee."""
    policy_version: int
    """The version of the marketplace's policy."""


class Settlement(Fact):
    """What moves out of escrow because of this transition, in minor units; gross = fee + tax + net."""

    to_buyer: int  # what goes back to the buyer
    gross: int  # what goes to the seller's side
    fee: int  # the platform's fee
    tax: int  # the tax on the fee
    net: int  # what the seller gets


class RefundRequest(Fact):
    """The order's latest refund request and what became of it."""

    stage: Literal["pre_delivery", "post_delivery"]
    """Whether it was made before or after delivery."""
    state: Literal[
        "open", "cancelled", "agreed", "refused", "superseded", "timed_out", "escalated", "waived", "resolved"
    ]
    """What became of it."""
    requested_amount: int
    """In minor units."""
    reason: str
    """One of the buyer's reasons."""
    description: str
    """The buyer's words."""
    refusal_reason: str | None
    """The seller's words, if the seller refused."""
    requested_at: Moment
    """When it was made."""
    answered_at: Moment | None
    """When it was answered, withdrawn or ended; null while it is open."""


class DeadlineFact(Fact):
    """The current deadline of the order."""

    kind: str
    """`D1` to `D7`."""
    due_at: Moment
    """The first instant that is too late."""


class OrderEvent(Event):
    """The whole order as it is after the transition. `at` is business time; a time-out is dated with its due time."""

    number: str
    """The order's number."""
    payment_number: str
    """The number of the payment that covers the checkout."""
    listing_id: str
    """What was ordered."""
    title: str
    """Its title when it was ordered."""
    category: str
    """Its category."""
    quantity: int
    """How many pieces."""
    unit_price: int
    """The price of one piece, in minor units."""
    amount: int
    """Quantity times unit price, in minor units."""
    currency: str
    """ISO 4217 code of all amounts."""
    buyer: str
    """The account that ordered."""
    seller: str
    """The account that sells."""
    status: str
    """The status after the transition."""
    version: int
    """The number of this transition, from 1; consumers ignore older ones."""
    cause: Cause
    """Why it happened."""
    at: Moment
    """When it took effect."""
    recorded_at: Moment
    """When it was recorded; later than `at` for an expired deadline."""
    terms: Terms
    """The pinned rates."""
    held: int
    """What escrow holds afterwards, in minor units."""
    settlement: Settlement
    """What this transition moves."""
    refund_request: RefundRequest | None
    """The latest one, if there is any."""
    deadline: DeadlineFact | None
    """The current deadline, if there is any."""

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
    """The buyer's money is captured (T3): payments moves it into escrow, the seller has 72 hours to deliver (D3)."""


@event("orders", "order.expired", public=True)
class OrderExpired(OrderEvent):
    """Nobody paid within the hour (T4); the stock is free again, later money goes to the buyer's balance."""


@event("orders", "order.deleted", public=True)
class OrderDeleted(OrderEvent):
    """The buyer removed an unpaid or expired order (T5); later money goes to the buyer's balance."""


@event("orders", "order.payment_refused", public=True)
class OrderPaymentRefused(OrderEvent):
    """The order can't take captured money (T6); it does not change. Payments credits the buyer."""

    reason: Literal["expired", "deleted", "already_paid", "suspended"]
    """Why the order can't take it."""
    capture_id: UUID
    """The provider's capture at payments."""
    offered: int
    """The captured amount, in minor units."""

    def sequence(self) -> int:
        """No version: the order did not change."""
        return 0


@event("orders", "order.delivered", public=True)
class OrderDelivered(OrderEvent):
    """The seller has delivered (T7, T11); the buyer has 72 hours to confirm (D5)."""


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
    """The row of the table."""
    user: str | None
    """Who asked."""
    role: str | None
    """The side that asked; null for a deadline."""
    deadline: str | None
    """The expired deadline, if it was one."""
    source: str | None
    """The status before; null for the first line."""
    target: str
    """The status after."""
    at: Moment
    """When it took effect."""
    why: str
    """One sentence for people."""


class Windows(Fact):
    """The order's pinned windows in seconds (D1 to D7)."""

    payment: int  # D1, to pay
    gate: int  # D2, until a refund may be requested
    delivery: int  # D3, to deliver
    answer_pre_delivery: int  # D4, to answer a request before delivery
    confirmation: int  # D5, to confirm receipt
    answer_post_delivery: int  # D6, to answer a request after delivery
    escalation: int  # D7, to escalate a refusal


@event("orders", "dispute.requested", public=False)
class DisputeRequested(OrderEvent):
    """Support must decide: the buyer escalated a refusal (T22) or the payment was charged back (T29)."""

    dispute_id: UUID
    """The id of the case; the same if a charge-back follows an escalation."""
    history: tuple[HistoryFact, ...]
    """Every transition before this one, and every time that the buyer revealed a hand-over (H1), oldest first."""
    windows: Windows
    """The order's windows."""


class CheckoutLine(Fact):
    """One order of a checkout."""

    number: str
    """The order's number."""
    seller: str
    """The account that sells."""
    listing_id: str
    """What was ordered."""
    title: str
    """Its title."""
    category: str
    """Its category."""
    amount: int
    """What it costs, in minor units."""


@event("orders", "checkout.placed", public=True)
class CheckoutPlaced(Event):
    """A buyer placed up to 20 orders that one payment covers; payments builds the payment from it alone."""

    payment_number: str
    """The payment's number."""
    buyer: str
    """Who pays."""
    currency: str
    """ISO 4217 code of all amounts."""
    amount: int
    """The sum of all orders, in minor units."""
    due_at: Moment
    """When the orders expire unpaid (D1)."""
    placed_at: Moment
    """When they were placed."""
    orders: tuple[CheckoutLine, ...]
    """The orders that the payment covers."""

    def about(self) -> str:
        """The payment number."""
        return self.payment_number

    def happened_at(self) -> Moment:
        """When it was placed."""
        return self.placed_at


@event("orders", "contact.violation_detected", public=False, also=("chat",))
class ContactViolationDetected(Event):
    """Somebody wrote contact information where it is forbidden; each source counts once."""

    source: Literal["listing", "message", "log"]
    """Where it was written."""
    source_id: str
    """Which text it was; one counts once."""
    user: str
    """Who wrote it."""
    side: Literal["buyer", "seller"]
    """As which side they wrote it."""
    kinds: tuple[str, ...]
    """What was found: email, phone, link, handle."""
    at: Moment
    """When it was found."""

    def about(self) -> str:
        """Who wrote it."""
        return self.user

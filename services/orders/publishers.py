"""Events of orders: pure functions that return events of shared.contracts; commands add them to the outbox."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.orders.domain import deadlines
from services.orders.domain.listing import Listing
from services.orders.domain.order import Order
from services.orders.domain.request import Role
from services.orders.domain.review import ReviewRow
from services.orders.domain.transition import Settlement, Step
from services.orders.repository import Line
from shared import contact
from shared.contracts import EVENTS
from shared.contracts import orders as contracts
from shared.contracts.base import Event
from shared.contracts.deadlines import DeadlineWithdrawn
from shared.contracts.listings import ListingEvent
from shared.deadlines import Deadlines

DEADLINES: Deadlines[Order] = Deadlines(
    "orders", deadlines.current, key=lambda order: order.number, subject=lambda order: order.number
)


def step_event(step: Step, recorded_at: datetime, so_far: Sequence[Line]) -> Event:
    """The event of one transition; that of a dispute has the history `so_far` and the windows too."""
    kind = EVENTS[step.row.event]
    body_ = step_body(step, recorded_at)
    if kind is contracts.DisputeRequested:
        body_ |= {
            "dispute_id": step.after.dispute_id,
            "history": [_line(line) for line in so_far],
            "windows": {name: getattr(step.after.windows, name) for name in contracts.Windows.model_fields},
        }
    return kind.model_validate(body_)


def step_body(step: Step, recorded_at: datetime) -> dict[str, Any]:
    """The whole order after the step, why it happened, and what money moves."""
    cause = contracts.Cause.model_validate(
        {
            "row": step.row.id,
            "user": step.request.user,
            "role": None if step.request.role is Role.CLOCK else str(step.request.role),
            "acting_for": step.request.acting_for,
            "deadline": step.deadline,
        }
    )
    return body(step.after, cause, step.at, recorded_at, step.settlement)


def checkout_events(orders: Sequence[Order], due_at: datetime) -> list[Event]:
    """One checkout.placed for payments, and for each order one order.placed (T1) and its deadline."""
    events: list[Event] = [_checkout_placed(orders, due_at)]
    for order in orders:
        cause = contracts.Cause(row="T1", user=order.buyer, role="buyer")
        placed = body(order, cause, order.placed_at, order.placed_at, Settlement())
        events += [contracts.OrderPlaced.model_validate(placed), DEADLINES.event(order)]
    return events


def _checkout_placed(orders: Sequence[Order], due_at: datetime) -> contracts.CheckoutPlaced:
    first = orders[0]
    lines = tuple(
        contracts.CheckoutLine(
            number=order.number,
            seller=order.seller,
            listing_id=order.listing_id,
            title=order.title,
            category=order.category,
            amount=order.amount,
        )
        for order in orders
    )
    return contracts.CheckoutPlaced(
        payment_number=first.payment_number,
        buyer=first.buyer,
        currency=first.currency,
        amount=sum(order.amount for order in orders),
        due_at=due_at,
        placed_at=first.placed_at,
        orders=lines,
    )


def deadline_of_step(step: Step, *, fired: bool = False) -> Event | None:
    """The order's new deadline, or its withdrawal; None if the step keeps it, or its only timer has `fired`."""
    if step.after.generation == step.before.generation:
        return None
    event = DEADLINES.event(step.after)
    return None if fired and isinstance(event, DeadlineWithdrawn) else event


def payment_refused(order: Order, reason: str, capture_id: UUID, offered: int, at: datetime) -> Event:
    """Captured money that the order can't take (T6), `offered` in minor units; the order does not change."""
    cause = contracts.Cause(row="T6", role="provider")
    facts = {"reason": reason, "capture_id": capture_id, "offered": offered}
    return contracts.OrderPaymentRefused.model_validate({**body(order, cause, at, at, Settlement()), **facts})


def listing_event(kind: type[ListingEvent], listing: Listing, at: datetime) -> Event:
    """A listing went live, changed or was withdrawn."""
    return kind(
        listing_id=listing.listing_id,
        seller=listing.seller,
        title=listing.title,
        category=listing.category,
        unit_price=listing.unit_price,
        currency=listing.currency,
        stock=listing.stock,
        version=listing.version,
        at=at,
    )


def contact_violation(listing: Listing, kinds: Sequence[str], at: datetime) -> Event:
    """Contact information in a listing is an offence; the same text of the same listing counts once (rules 2.4)."""
    digest = contact.fingerprint(f"{listing.title}\n{listing.description}")
    return contracts.ContactViolationDetected(
        source="listing",
        source_id=f"{listing.listing_id}:{digest}",
        user=listing.seller,
        side="seller",
        kinds=tuple(kinds),
        at=at,
    )


def review_event(order: Order, row: ReviewRow, rating: int, at: datetime) -> Event | None:
    """A review was posted, replied to or reported; None for support's decision about a report."""
    if row.event is None:
        return None
    facts = {"number": order.number, "listing_id": order.listing_id, "buyer": order.buyer, "seller": order.seller}
    return EVENTS[row.event].model_validate({**facts, "rating": rating, "at": at})


def _line(line: Line) -> dict[str, Any]:
    return {
        "row": line.row,
        "user": line.by_user,
        "role": line.by_role,
        "deadline": line.deadline,
        "source": line.source,
        "target": line.target,
        "at": line.at,
        "why": line.why,
    }


def body(
    order: Order, cause: contracts.Cause, at: datetime, recorded_at: datetime, settlement: Settlement
) -> dict[str, Any]:
    """What every order event carries (architecture 4)."""
    deadline = deadlines.current(order)
    request = order.request
    return {
        **{name: getattr(order, name) for name in _SAME},
        "status": str(order.status),
        "cause": cause,
        "at": at,
        "recorded_at": recorded_at,
        "terms": contracts.Terms(fee_rate=order.fee_rate, tax_rate=order.tax_rate, policy_version=order.policy_version),
        "settlement": {name: getattr(settlement, name) for name in Settlement.__dataclass_fields__},
        "refund_request": {name: getattr(request, name) for name in contracts.RefundRequest.model_fields}
        if request
        else None,
        "deadline": {"kind": deadline.kind, "due_at": deadline.due_at} if deadline else None,
    }


_SAME = (
    "number",
    "payment_number",
    "listing_id",
    "title",
    "category",
    "quantity",
    "unit_price",
    "amount",
    "currency",
    "buyer",
    "seller",
    "version",
    "held",
)

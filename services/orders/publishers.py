"""What orders says: domain steps as events of shared.contracts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.orders.domain import deadlines
from services.orders.domain.listing import Listing
from services.orders.domain.order import Order
from services.orders.domain.request import Role
from services.orders.domain.review import ReviewRow
from services.orders.domain.transition import Settlement, Step
from services.orders.repository import Line
from services.orders.unit_of_work import OrdersWork
from shared import contact
from shared.contracts import EVENTS
from shared.contracts import orders as said
from shared.contracts.deadlines import DeadlineSet, DeadlineWithdrawn

OWNER = "orders"


def announce_step(work: OrdersWork, step: Step, recorded_at: datetime, so_far: Sequence[Line]) -> None:
    """One transition is one event; a dispute is told the history too."""
    kind = EVENTS[step.row.event]
    body_ = step_body(step, recorded_at)
    if kind is said.DisputeRequested:
        body_ |= {
            "dispute_id": step.after.dispute_id,
            "history": [_line(line) for line in so_far],
            "windows": {name: getattr(step.after.windows, name) for name in said.Windows.model_fields},
        }
    work.outbox.add(kind.model_validate(body_))


def step_body(step: Step, recorded_at: datetime) -> dict[str, Any]:
    """The whole order after the step, why it happened, and what money moves."""
    cause = said.Cause.model_validate(
        {
            "row": step.row.id,
            "user": step.request.user,
            "role": None if step.request.role is Role.CLOCK else str(step.request.role),
            "acting_for": step.request.acting_for,
            "deadline": step.deadline,
        }
    )
    return body(step.after, cause, step.at, recorded_at, step.settlement)


def announce_checkout(work: OrdersWork, orders: Sequence[Order], due_at: datetime) -> None:
    """One checkout.placed for payments, and one order.placed for each order (T1)."""
    first = orders[0]
    work.outbox.add(
        said.CheckoutPlaced(
            payment_number=first.payment_number,
            buyer=first.buyer,
            currency=first.currency,
            amount=sum(order.amount for order in orders),
            due_at=due_at,
            placed_at=first.placed_at,
            orders=tuple(
                said.CheckoutLine(
                    number=order.number,
                    seller=order.seller,
                    listing_id=order.listing_id,
                    title=order.title,
                    category=order.category,
                    amount=order.amount,
                )
                for order in orders
            ),
        )
    )
    for order in orders:
        cause = said.Cause(row="T1", user=order.buyer, role="buyer")
        placed = body(order, cause, order.placed_at, order.placed_at, Settlement())
        work.outbox.add(said.OrderPlaced.model_validate(placed))
        set_deadline(work, order)


def set_deadline(work: OrdersWork, order: Order) -> None:
    """Tell the scheduler the order's clock, under its next generation."""
    deadline = deadlines.current(order)
    assert deadline is not None
    work.outbox.add(
        DeadlineSet(
            owner=OWNER,
            key=order.number,
            subject=order.number,
            kind=deadline.kind,
            generation=order.generation,
            due_at=deadline.due_at,
        )
    )


def withdraw_deadline(work: OrdersWork, order: Order) -> None:
    """Tell the scheduler that no clock is left."""
    work.outbox.add(DeadlineWithdrawn(owner=OWNER, key=order.number, subject=order.number, generation=order.generation))


def refuse_payment(
    work: OrdersWork, order: Order, reason: str, capture_id: object, offered: int, at: datetime, recorded_at: datetime
) -> None:
    """Answer captured money that the order can't take; nothing about the order changes."""
    cause = said.Cause(row="T6", role="provider")
    told = body(order, cause, at, recorded_at, Settlement())
    told |= {"reason": reason, "capture_id": capture_id, "offered": offered}
    work.outbox.add(said.OrderPaymentRefused.model_validate(told))


def announce_listing(work: OrdersWork, kind: type[said.ListingEvent], listing: Listing, at: datetime) -> None:
    """A listing went live, changed or was withdrawn."""
    work.outbox.add(
        kind(
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
    )


def announce_contact(work: OrdersWork, listing: Listing, kinds: Sequence[str], at: datetime) -> None:
    """Contact information in a listing is an offence; the same text of the same listing counts once (rules 2.4)."""
    digest = contact.fingerprint(f"{listing.title}\n{listing.description}")
    work.outbox.add(
        said.ContactViolationDetected(
            source="listing",
            source_id=f"{listing.listing_id}:{digest}",
            user=listing.seller,
            side="seller",
            kinds=tuple(kinds),
            at=at,
        )
    )


def announce_review(work: OrdersWork, order: Order, row: ReviewRow, rating: int, at: datetime) -> None:
    """A review was posted, replied to or reported."""
    if row.event is not None:
        kind = EVENTS[row.event]
        told = {"number": order.number, "listing_id": order.listing_id, "buyer": order.buyer, "seller": order.seller}
        work.outbox.add(kind.model_validate({**told, "rating": rating, "at": at}))


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
    order: Order, cause: said.Cause, at: datetime, recorded_at: datetime, settlement: Settlement
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
        "terms": said.Terms(fee_rate=order.fee_rate, tax_rate=order.tax_rate, policy_version=order.policy_version),
        "settlement": {name: getattr(settlement, name) for name in Settlement.__dataclass_fields__},
        "refund_request": {name: getattr(request, name) for name in said.RefundRequest.model_fields}
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

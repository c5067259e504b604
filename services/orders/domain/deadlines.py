"""The current deadline of an order, derived from its facts, so that nothing has to cancel one (rules 3.3)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.orders.domain.order import Order, Stage, Status


@dataclass(frozen=True, slots=True)
class Deadline:
    """A kind of deadline, D1 to D7, and the first instant that is too late: windows are half-open."""

    kind: str
    due_at: datetime


def current(order: Order) -> Deadline | None:
    """The earliest deadline that runs now; a tie of D3 and D4 shows as D3 (rules 3.3.7)."""
    match order.status:
        case Status.WAITING_PAYMENT:
            return _after("D1", order.placed_at, order.windows.payment)
        case Status.WAITING_DELIVERY:
            return _after("D3", order.paid_at, order.windows.delivery)
        case Status.WAITING_CONFIRMATION:
            return confirmation(order)
        case Status.REFUNDING:
            return _refunding(order)
        case Status.REFUND_REFUSED:
            answered = order.request.answered_at if order.request else None
            return _after("D7", answered, order.windows.escalation)
        case _:
            return None


def confirmation(order: Order) -> Deadline:
    """D5, which a post-delivery refund request suspends without moving its due time (rules 3.3.6)."""
    return _after("D5", order.delivered_at, order.windows.confirmation)


def gate(order: Order) -> datetime | None:
    """D2: from when an undelivered order's buyer may ask for a refund; None before it is paid."""
    return order.paid_at + timedelta(seconds=order.windows.gate) if order.paid_at else None


def is_due(order: Order, at: datetime) -> bool:
    """Whether the current deadline is overdue: at the due time itself the expiry has won."""
    deadline = current(order)
    return deadline is not None and at >= deadline.due_at


def _refunding(order: Order) -> Deadline:
    assert order.request is not None
    if order.request.stage is Stage.POST_DELIVERY:
        return _after("D6", order.request.requested_at, order.windows.answer_post_delivery)
    delivery = _after("D3", order.paid_at, order.windows.delivery)
    answer = _after("D4", order.request.requested_at, order.windows.answer_pre_delivery)
    return min(delivery, answer, key=lambda deadline: (deadline.due_at, deadline.kind))


def _after(kind: str, start: datetime | None, seconds: int) -> Deadline:
    assert start is not None, f"{kind} needs its start"
    return Deadline(kind, start + timedelta(seconds=seconds))

"""What must hold at every commit of orders (domain: the rules' money invariants 5 to 8, deadlines, stock)."""

from services.orders.domain import deadlines
from services.orders.domain.order import Order, RequestState, Status
from services.orders.repository import Entry
from tests.simulation.faults import must
from tests.support.memory import OrdersTables

DISPUTED, EXPIRED = str(Status.DISPUTED), str(Status.EXPIRED)
OUT_OF_DISPUTE = frozenset({"T24", "T25", "T26", "T29"})
"""By support, by the seller agreeing, by the buyer confirming; and a charge-back stays a dispute."""
SIDES = frozenset({"buyer", "seller"})
CLOSED = frozenset({str(Status.DELETED), str(Status.REFUNDED), str(Status.COMPLETED)})


def check(before: OrdersTables, after: OrdersTables) -> None:
    """Whatever this commit changed was allowed to change so."""
    for number, order in after.orders.items():
        was = before.orders.get(number)
        if was is None:
            suspended = before.is_suspended(order.buyer) or before.is_suspended(order.seller)
            must(not suspended, "nobody buys or sells while suspended", number, number, order.buyer, order.seller)
        elif was is not order:
            _check_change(was, order, after)
    for listing in after.listings.values():
        must(listing.stock >= 0, "stock is never negative", f"{listing.listing_id} has {listing.stock}")


def _check_change(was: Order, order: Order, tables: OrdersTables) -> None:
    number = order.number
    lines = [tables.history.get((number, version)) for version in range(was.version + 1, order.version + 1)]
    steps = [line for line in lines if line is not None]
    must(len(steps) == len(lines), "every transition has its line of history", number, number)
    must(order.generation > was.generation or steps != [], "every change is a transition or a timer", number, number)
    status = str(was.status)
    for step in steps:
        must(step.source == status, "history is a chain", f"{number} went from {step.source}, was {status}", number)
        _check_step(number, step)
        acts = step.by_user is not None and step.by_role in SIDES and tables.is_suspended(step.by_user)
        must(not acts, "nobody acts while suspended", f"{number}: {step.by_user} took {step.row}", number)
        status = step.target
    must(str(order.status) == status, "an order is where its history ends", number, number)
    if steps:
        _check_time(was, steps[0])
    _check_money(order)
    _check_requests(was, order, steps)


def _check_step(number: str, step: Entry) -> None:
    ended = step.source in CLOSED or (step.source == EXPIRED and step.row != "T5")
    must(not ended, "no order has two endings", f"{number} left {step.source} by {step.row}", number)
    must(
        step.source != DISPUTED or step.row in OUT_OF_DISPUTE,
        "a dispute is left only by support, the seller agreeing or the buyer confirming",
        f"{number} left it by {step.row}",
        number,
    )


def _check_time(was: Order, step: Entry) -> None:
    """Windows are half-open: at the due time the deadline wins, before it nothing expires (rules 3.3)."""
    clock = deadlines.current(was)
    if step.deadline is None:
        early = clock is None or step.recorded_at < clock.due_at
        must(early, "an overdue deadline expires first", f"{was.number} took {step.row} after its deadline", was.number)
        return
    must(clock is not None, "only a deadline that is set can expire", was.number, was.number)
    assert clock is not None
    expired = (step.deadline, step.at) == (clock.kind, clock.due_at) and step.recorded_at >= clock.due_at
    must(expired, "a deadline expires at its own time", f"{was.number} by {step.deadline} at {step.at}", was.number)


def _check_money(order: Order) -> None:
    if order.paid_at is None:
        must(order.held == 0, "an unpaid order holds nothing", order.number, order.number)
    elif str(order.status) not in CLOSED:
        whole = order.held + order.refunded_amount == order.amount
        must(whole, "what is not refunded is held until the end", f"{order.number}: {order.held}", order.number)
    if order.status is Status.REFUNDED:
        whole = order.refunded_amount == order.amount
        must(whole, "refunded means all of it", f"{order.number}: {order.refunded_amount}", order.number)


def _check_requests(was: Order, order: Order, steps: list[Entry]) -> None:
    for request in order.requests[len(was.requests) :]:
        expired = any(step.deadline for step in steps)
        fits = expired or request.requested_amount <= was.held
        must(fits, "nobody asks for more than is held", f"{order.number}: {request.requested_amount}", order.number)
        cancelled = any(each.state is RequestState.CANCELLED for each in was.requests)
        must(not cancelled, "no request after a cancelled one", order.number, order.number)

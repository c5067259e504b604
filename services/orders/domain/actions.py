"""The next actions of each side, from the decision that commands make: what is allowed works (architecture 8)."""

from dataclasses import dataclass
from datetime import datetime

from services.orders.domain import deadlines
from services.orders.domain.order import Order, Status
from services.orders.domain.request import Action, Outcome, Request, Role
from services.orders.domain.review import WINDOW, Review, ReviewAction
from services.orders.domain.review import decide as decide_review
from services.orders.domain.transition import Settlement, decide, expire
from services.orders.refusals import OrdersRefusal
from shared.refusals import Refusal, RefusalCode

BUYER = ("pay", "delete", "request_refund", "cancel_refund_request", "confirm", "escalate", "review")
SELLER = ("deliver", "refund", "agree_refund", "refuse_refund", "reply_review", "report_review")
SUPPORT = ("force_decision",)
NAMES = {Role.BUYER: BUYER, Role.SELLER: SELLER, Role.SUPPORT: SUPPORT}
REVIEWS = frozenset({"review", "reply_review", "report_review"})
"""Names that the review's own table decides."""


@dataclass(frozen=True, slots=True)
class NextAction:
    """One action of one side: whether it is allowed now, why not, from when and until when it is."""

    name: str
    allowed: bool
    code: RefusalCode | None
    available_at: datetime | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class DefaultOutcome:
    """What happens by itself if nobody acts until then."""

    kind: str
    due_at: datetime
    outcome: Status
    settlement: Settlement


def default_outcome(order: Order) -> DefaultOutcome | None:
    """The current deadline, and what its expiry will do."""
    deadline = deadlines.current(order)
    if deadline is None:
        return None
    expiry = expire(order, deadline.due_at)
    assert expiry is not None
    return DefaultOutcome(deadline.kind, deadline.due_at, expiry.after.status, expiry.settlement)


def next_actions(
    order: Order, role: Role, at: datetime, review: Review | None = None, *, suspended: bool = False
) -> tuple[NextAction, ...]:
    """Every action of this side, in its fixed order; `order` must not have an overdue deadline."""
    return tuple(_next(order, name, role, at, review, suspended) for name in NAMES[role])


def _next(order: Order, name: str, role: Role, at: datetime, review: Review | None, suspended: bool) -> NextAction:
    if suspended and role is not Role.SUPPORT:
        return NextAction(name, False, Refusal.ACCOUNT_SUSPENDED, None, None)
    if name in REVIEWS:
        return _about_review(order, name, at, review)
    refusal = decide(order, _probe(order, name, role, at)).refusal
    deadline = deadlines.current(order)
    until = deadline.due_at if deadline is not None else None
    if refusal is not None:
        opens = deadlines.gate(order) if refusal is OrdersRefusal.REFUND_TOO_EARLY else None
        return NextAction(name, False, refusal, opens, until if opens is not None else None)
    return NextAction(name, True, None, None, until)


def _about_review(order: Order, name: str, at: datetime, review: Review | None) -> NextAction:
    answer = decide_review(order, review, ReviewAction(name), at)
    if isinstance(answer, RefusalCode):
        return NextAction(name, False, answer, None, None)
    start = {"review": order.closed_at, "report_review": review.posted_at if review else None}.get(name)
    return NextAction(name, True, None, None, start + WINDOW if start is not None else None)


def _probe(order: Order, name: str, role: Role, at: datetime) -> Request:
    """The request that this side would make, filled in correctly: only status, time and history can refuse it.

    The buyer's "pay" is answered by the confirmation of exactly this payment.
    """
    if name == "pay":
        amount, currency = order.amount, order.currency
        confirm = Action.CONFIRM_PAYMENT
        return Request(confirm, Role.PROVIDER, at, amount=amount, currency=currency, fee_rate=0, tax_rate=0)
    action = Action(name)
    return Request(
        action,
        role,
        at,
        amount=order.held or None,
        currency=order.currency,
        reason="other",
        description="-",
        outcome=Outcome.REFUND if action is Action.FORCE_DECISION else None,
    )

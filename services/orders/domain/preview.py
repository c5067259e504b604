"""Previews: what a command would do, from the decision that the command makes; nothing is written (architecture 8)."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.orders.domain import deadlines, hand_over
from services.orders.domain.deadlines import Deadline
from services.orders.domain.order import Order, Status
from services.orders.domain.request import Request
from services.orders.domain.review import Review, ReviewInput
from services.orders.domain.review import decide as decide_review
from services.orders.domain.transition import Settlement, Step, decide, expire
from shared.refusals import Refusal, RefusalCode


@dataclass(frozen=True, slots=True)
class Preview:
    """The last step that the command would commit: its own, or for a refusal an overdue deadline's expiry, or none."""

    allowed: bool
    code: RefusalCode | None
    row: str | None
    status: Status
    settlement: Settlement
    currency: str
    event: str | None
    deadline_before: Deadline | None
    deadline_after: Deadline | None


def refused(order: Order, code: RefusalCode) -> Preview:
    """A command that is refused whatever the order's status."""
    return _preview(order, None, code)


def preview(order: Order, request: Request) -> Preview:
    """What this request would do to this order now."""
    decision = decide(order, request)
    return _preview(order, decision.steps[-1] if decision.steps else None, decision.refusal)


def about_review(
    order: Order, review: Review | None, action: ReviewInput, at: datetime, *, suspended: bool = False
) -> Preview:
    """What an action of the order's review would do; the order itself changes only if its deadline is overdue."""
    expiry = expire(order, at)
    after = expiry.after if expiry is not None else order
    row = Refusal.ACCOUNT_SUSPENDED if suspended else decide_review(after, review, action.action, at)
    if isinstance(row, RefusalCode):
        return _preview(order, expiry, row)
    return replace(_preview(order, expiry, None), row=row.id, event=row.event)


def about_hand_over(order: Order, at: datetime, *, suspended: bool = False) -> Preview:
    """What revealing the hand-over would do; the order itself changes only if its deadline is overdue."""
    expiry = expire(order, at)
    after = expiry.after if expiry is not None else order
    code = Refusal.ACCOUNT_SUSPENDED if suspended else hand_over.refusal(after)
    found = _preview(order, expiry, code)
    return found if code is not None else replace(found, row=hand_over.ROW, event=None)


def _preview(order: Order, done: Step | None, code: RefusalCode | None) -> Preview:
    after = done.after if done is not None else order
    return Preview(
        allowed=code is None,
        code=code,
        row=done.row.id if done is not None else None,
        status=after.status,
        settlement=done.settlement if done is not None else Settlement(),
        currency=order.currency,
        event=done.row.event if done is not None else None,
        deadline_before=deadlines.current(order),
        deadline_after=deadlines.current(after),
    )

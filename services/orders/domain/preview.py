"""What a command would do, told by the same pure functions that do it; nothing is written (architecture 8)."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.orders.domain import deadlines
from services.orders.domain.deadlines import Deadline
from services.orders.domain.order import Order, Status
from services.orders.domain.request import Action, Request, Role
from services.orders.domain.review import AskedReview, Review
from services.orders.domain.review import decide as decide_review
from services.orders.domain.transition import Settlement, Step, judge, step
from shared.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Preview:
    """The step that the command would commit: its own, or for a refusal the time-out that rings first, or none."""

    allowed: bool
    code: Refusal | None
    row: str | None
    status: Status
    settlement: Settlement
    currency: str
    event: str | None
    deadline_before: Deadline | None
    deadline_after: Deadline | None


def refused(order: Order, code: Refusal) -> Preview:
    """A command that is refused before the order is asked."""
    return _preview(order, None, code)


def preview(order: Order, request: Request) -> Preview:
    """What this request would do to this order now."""
    judged = judge(order, request)
    rung = step(order, Request(Action.TIME_OUT, Role.CLOCK, request.at), judged.rang) if judged.rang else None
    if isinstance(judged.answer, Refusal):
        return _preview(order, rung, judged.answer)
    return _preview(order, step(judged.order, request, judged.answer), None)


def about_review(
    order: Order, review: Review | None, asked: AskedReview, at: datetime, *, suspended: bool = False
) -> Preview:
    """What a button of the order's review would do; the order itself changes only when a clock of it is due."""
    clock = Request(Action.TIME_OUT, Role.CLOCK, at)
    judged = judge(order, clock)
    rung = step(order, clock, judged.rang) if judged.rang else None
    answer = Refusal.ACCOUNT_SUSPENDED if suspended else decide_review(judged.order, review, asked.action, at)
    if isinstance(answer, Refusal):
        return _preview(order, rung, answer)
    return replace(_preview(order, rung, None), row=answer.id, event=answer.event)


def _preview(order: Order, done: Step | None, code: Refusal | None) -> Preview:
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

"""Commands of a completed order's review: the review, the seller's reply and report, support's decision."""

from services.orders import publishers
from services.orders.commands.orders import OrderResult, expire_overdue, is_suspended, lock
from services.orders.domain import parties, review
from services.orders.domain.review import ReviewInput
from services.orders.unit_of_work import OrdersWork
from shared.actor import Actor
from shared.refusals import Refusal, RefusalCode, Refused
from shared.telemetry import metrics


async def perform(work: OrdersWork, number: str, actor: Actor, action: ReviewInput) -> OrderResult | Refused:
    """Perform an action of the order's review (R1 to R5); an overdue deadline of the order expires first."""
    locked = await lock(work, number)
    if locked is None:
        return Refused(Refusal.ORDER_NOT_FOUND)
    if (stranger := parties.refusal(locked.order, actor, action.role)) is not None:
        return Refused(stranger)
    order = await expire_overdue(work, locked.order, locked.at)
    if await is_suspended(work, locked, actor):
        return Refused(Refusal.ACCOUNT_SUSPENDED)
    before = await work.reviews.of(number)
    row = review.decide(order, before, action.action, locked.at)
    if isinstance(row, RefusalCode):
        return Refused(row, {"status": str(order.status)})
    after = review.apply(before, action, actor.user, locked.at)
    await work.reviews.put(order, after)
    if (event := publishers.review_event(order, row, action.rating, locked.at)) is not None:
        work.outbox.add(event)
    work.on_commit(metrics.TRANSITIONS.labels("review", row.id).inc)
    work.log("review.transition", number=number, row=row.id, user=actor.user)
    return OrderResult(order, locked.at, after)

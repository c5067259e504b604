"""What can be said about a completed order: the buyer's review, the seller's reply and report, support's answer."""

from services.orders import publishers
from services.orders.commands.orders import Told, is_barred, lock, ring
from services.orders.domain import parties, review
from services.orders.domain.request import By
from services.orders.domain.review import AskedReview
from services.orders.unit_of_work import OrdersWork
from shared.refusals import Refusal, Refused
from shared.telemetry import metrics
from shared.telemetry.logs import logger


async def press(work: OrdersWork, number: str, by: By, asked: AskedReview) -> Told | Refused:
    """A button of the order's review (R1 to R5); an overdue clock of the order rings first."""
    locked = await lock(work, number)
    if locked is None:
        return Refused(Refusal.ORDER_NOT_FOUND)
    if (stranger := parties.refusal(locked.order, by, asked.role)) is not None:
        return Refused(stranger)
    order = await ring(work, locked.order, locked.at)
    if await is_barred(work, locked, by):
        return Refused(Refusal.ACCOUNT_SUSPENDED)
    before = await work.reviews.of(number)
    row = review.decide(order, before, asked.action, locked.at)
    if isinstance(row, Refusal):
        return Refused(row, {"status": str(order.status)})
    after = review.apply(before, asked, by.sub, locked.at)
    await work.reviews.put(order, after)
    publishers.announce_review(work, order, row, asked.rating, locked.at)
    work.on_commit(metrics.TRANSITIONS.labels("review", row.id).inc)
    logger().info("review.transition", number=number, row=row.id, user=by.sub)
    return Told(order, locked.at, after)

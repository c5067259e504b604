"""Support decides about money that fits no payment (rules 6.6.5)."""

from uuid import UUID

from services.payments import publishers
from services.payments.domain import booking
from services.payments.domain.capture import Unmatched
from services.payments.unit_of_work import PaymentsWork
from shared.refusals import Refusal, Refused
from shared.telemetry.logs import logger


async def resolve(
    work: PaymentsWork, unmatched_id: UUID, support: str, user: str | None, reason: str | None
) -> Unmatched | Refused:
    """Credit an unmatched amount to its buyer, or to the user whom support found out; audited with the reason."""
    found = await work.captures.lock_unmatched(unmatched_id)
    if found is None:
        return Refused(Refusal.NOT_FOUND)
    item, at, still_open = found
    if not still_open:
        return Refused(Refusal.WRONG_STATUS)
    if not (reason or "").strip() or reason is None:
        return Refused(Refusal.REASON_REQUIRED)
    credited_to = user or item.buyer
    if credited_to is None:
        return Refused(Refusal.INVALID_DETAILS, {"errors": [{"pointer": "/body/user", "detail": "nobody is known"}]})
    await work.ledger.book(booking.credited(item.id, credited_to, item.amount, item.currency, item.payment_number, at))
    await work.captures.resolve(item, at, support, credited_to, reason)
    work.outbox.add(publishers.credited_by_support(item, credited_to, at))
    logger().info("unmatched.credited", unmatched_id=str(item.id), user=credited_to, by=support, reason=reason)
    return item

"""Support decides about money that fits no payment, and looks at charge-backs (rules 6.6.5, 6.6.9)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from services.payments import publishers
from services.payments.domain import booking
from services.payments.domain.capture import NO_MONEY, Unmatched
from services.payments.refusals import PaymentsRefusal
from services.payments.unit_of_work import PaymentsWork
from shared.actor import Actor
from shared.refusals import Refusal, RefusalCode, Refused, conflict_of_interest
from shared.texts import has_text


@dataclass(frozen=True, slots=True)
class Decision:
    """What support decides about an item: to credit its money to a user, or to write a loss off."""

    actor: Actor
    action: Literal["credit", "write_off"]
    user: str | None
    """Whom to credit; None for the payment's buyer."""
    reason: str | None


async def resolve(work: PaymentsWork, unmatched_id: UUID, decided: Decision) -> Unmatched | Refused:
    """Credit unmatched money to its buyer or to the named user, or write off a loss, which moves nothing.

    Refused with `not_found`, `not_a_party` (about one's own payment, sales or wallet), `wrong_status`,
    `reason_required` and `invalid_details`.
    """
    found = await work.captures.lock_unmatched(unmatched_id)
    if found is None:
        return Refused(Refusal.NOT_FOUND)
    own = await _conflict(work, found[0], decided)
    return Refused(own) if own is not None else await _resolve(work, *found, decided)


async def _conflict(work: PaymentsWork, item: Unmatched, decided: Decision) -> RefusalCode | None:
    """Refuses whoever decides as a buyer or seller of the payment, or as the user who would be credited."""
    parties = await work.payments.parties(item.payment_number) if item.payment_number else ()
    return conflict_of_interest(decided.actor.accounts, item.buyer, *parties, decided.user)


async def _resolve(
    work: PaymentsWork, item: Unmatched, at: datetime, still_open: bool, decided: Decision
) -> Unmatched | Refused:
    if not still_open:
        return Refused(Refusal.WRONG_STATUS)
    if not has_text(decided.reason):
        return Refused(Refusal.REASON_REQUIRED)
    if (decided.action == "write_off") != (item.reason in NO_MONEY):
        return _invalid("action", "an item is either money to be credited, or holds none and is written off")
    credited_to = (decided.user or item.buyer) if decided.action == "credit" else None
    if decided.action == "credit" and credited_to is None:
        return _invalid("user", "nobody is known")
    await _close(work, item, decided, credited_to, at)
    return item


async def _close(work: PaymentsWork, item: Unmatched, decided: Decision, user: str | None, at: datetime) -> None:
    if user is not None:
        entry = booking.credited(item.id, user, item.amount, item.currency, item.payment_number, at)
        booked = await work.ledger.book(entry)
        assert booked, "an item is credited once, under a reference of its own"
        work.outbox.add(publishers.credited_by_support(item, user, at))
    reason = decided.reason or ""
    await work.captures.resolve(item, at, decided.actor.user, decided.action, user, reason)
    about = {"unmatched_id": str(item.id), "user": user, "by": decided.actor.user, "reason": reason}
    work.log("unmatched.resolved", action=decided.action, **about)


def _invalid(field: str, detail: str) -> Refused:
    return Refused(PaymentsRefusal.INVALID_DETAILS, {"errors": [{"pointer": f"/body/{field}", "detail": detail}]})

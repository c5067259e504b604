"""Support decides about money that fits no payment, and looks at charge-backs (rules 6.6.5, 6.6.9)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from services.payments import publishers
from services.payments.domain import booking, ledger
from services.payments.domain.capture import NO_MONEY, Unmatched
from services.payments.domain.ledger import Account, Kind
from services.payments.refusals import PaymentsRefusal as R
from services.payments.unit_of_work import PaymentsWork
from shared.actor import Actor
from shared.refusals import Refusal, RefusalCode, Refused, conflict_of_interest
from shared.texts import has_text


@dataclass(frozen=True, slots=True)
class Decision:
    """What support decides about an item: where its money goes, or that nothing is to be done."""

    actor: Actor
    action: Literal["credit", "return", "write_off"]
    user: str | None
    """Whom to credit; None for the payment's buyer."""
    reason: str | None
    windows: Mapping[str, timedelta] = field(default_factory=dict)
    """By name of a method: how long after the capture it takes money back; one that is missing never does."""

    def no_way_back(self, method: str | None, age: timedelta) -> dict[str, str] | None:
        """Why money of this method and age can't go back where it came from; of no known method it always can."""
        if method is None or age <= self.windows.get(method, timedelta(-1)):
            return None
        return {"why": "window_closed" if method in self.windows else "method", "method": method}


async def resolve(work: PaymentsWork, unmatched_id: UUID, decided: Decision) -> Unmatched | Refused:
    """Credit unmatched money to its buyer or the named user, return it to its provider, or write the item off.

    Money that is written off is the platform's; a loss that is written off moves nothing. Refused with `not_found`,
    `not_a_party` (about one's own payment, sales or wallet), `wrong_status`, `reason_required`, `invalid_details`, and
    `refund_to_origin_unavailable` where the method can't take money back.
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
    target = await _target(work, item, decided, at)
    if isinstance(target, Refused):
        return target
    await _close(work, item, decided, target, at)
    return item


async def _target(work: PaymentsWork, item: Unmatched, decided: Decision, at: datetime) -> Account | Refused | None:
    """The account that gets the money of an item; None for an item that holds none and is written off."""
    if item.reason in NO_MONEY:
        can = decided.action == "write_off"
        return None if can else _invalid("action", "an item that holds no money can only be written off")
    if decided.action != "credit" and decided.user is not None:
        return _invalid("user", "only a credit is to a user")
    match decided.action:
        case "credit":
            user = decided.user or item.buyer
            return _invalid("user", "nobody is known") if user is None else ledger.buyer_balance(user)
        case "return":
            method = await work.captures.method_of(item.capture_id) if item.capture_id else None
            why = decided.no_way_back(method, at - item.at)
            return ledger.provider(item.provider) if why is None else Refused(R.REFUND_TO_ORIGIN_UNAVAILABLE, why)
        case "write_off":
            return ledger.ADJUSTMENT


async def _close(work: PaymentsWork, item: Unmatched, decided: Decision, target: Account | None, at: datetime) -> None:
    by, reason = decided.actor.user, decided.reason or ""
    user = target.owner if target is not None and target.kind is Kind.BUYER_BALANCE else None
    if target is not None:
        booked = await work.ledger.book(booking.resolved(item, target, at, by, reason))
        assert booked, "an item is resolved once, under a reference of its own"
    if user is not None:
        work.outbox.add(publishers.credited_by_support(item, user, at))
    await work.captures.resolve(item, at, by, decided.action, user, reason)
    about = {"unmatched_id": str(item.id), "user": user, "by": by, "reason": reason}
    work.log("unmatched.resolved", action=decided.action, **about)


def _invalid(field: str, detail: str) -> Refused:
    return Refused(R.INVALID_DETAILS, {"errors": [{"pointer": f"/body/{field}", "detail": detail}]})

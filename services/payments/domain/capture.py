"""Where captured money goes: every capture has exactly one disposition, with a reason (rules 6.6)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.payments.domain.attempt import Attempt
from services.payments.domain.line import Line, LineState
from services.payments.domain.payment import Payment
from shared.money import AMOUNT_MAX


class Disposition(StrEnum):
    """Where the money of one capture went."""

    OFFERED = "offered"  # to the orders that may take it; what they can't take goes to the buyer's balance
    CREDITED = "credited"  # to the buyer's balance at once
    UNMATCHED = "unmatched"  # to the review queue, where support decides


class Reason(StrEnum):
    """Why it went there."""

    EXACT = "exact"
    OVERPAID = "overpaid"
    LATE = "late"
    DUPLICATE = "duplicate"
    UNDERPAID = "underpaid"
    WRONG_CURRENCY = "wrong_currency"
    UNKNOWN_REFERENCE = "unknown_reference"
    TOO_LARGE = "too_large"
    CLAIMED = "claimed"  # support claimed a transfer for a user
    REFERENCE_CLAIMED = "reference_claimed"  # a provider reports another amount than support has claimed


CHARGED_BACK = "charged_back"
"""Reason of a review item: a bank took back what had been passed on already. It holds no money."""
CHARGE_BACK_ASIDE = "charge_back_aside"
"""Reason of a review item: a charge-back that fits no capture: it is larger, in another currency, or of a method that
can't be disputed. It moves nothing and holds no money."""
UNREADABLE = "unreadable"
"""Reason of a review item: a provider's signed message that can't be read. It holds no money and names no amount."""
NO_MONEY = frozenset({CHARGED_BACK, CHARGE_BACK_ASIDE, UNREADABLE})
"""Reasons of items that hold no money: they can't be credited, only looked at and closed."""

NO_MORE: Mapping[LineState, str] = {LineState.EXPIRED: "late", LineState.DELETED: "late"}
"""States of lines that can't take money any more, and why their share is credited to the buyer."""
OVERDUE: Mapping[LineState, str] = {**NO_MORE, LineState.PAYABLE: "late"}
"""The same once the time to pay is over, even if the order's event has not arrived yet."""


@dataclass(frozen=True, slots=True)
class Credit:
    """A part that is credited to the buyer: the share of one order, or what no order needs."""

    order_number: str | None
    amount: int
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The disposition of one capture; unless it is unmatched, offers, credits and fee sum to the captured amount."""

    disposition: Disposition
    reason: Reason
    offers: tuple[Line, ...] = ()
    credits: tuple[Credit, ...] = ()
    fee: int = 0
    """The processing fee, which stays with the processor whatever happens (rules 4.6)."""


def judge(payment: Payment | None, attempt: Attempt | None, amount: int, currency: str, at: datetime) -> Verdict:
    """Where this captured amount (minor units) goes; the payment is locked, `at` is the time (rules 6.6).

    Enough money is offered to the orders even when it is late, because orders decides about that. Too little is offered
    to nobody: before the payment is due it waits for support, afterwards it is credited to the buyer.
    """
    if payment is None or attempt is None:
        return Verdict(Disposition.UNMATCHED, Reason.UNKNOWN_REFERENCE)
    if (strange := _strange(payment, attempt, amount, currency)) is not None:
        return Verdict(Disposition.UNMATCHED, strange)
    waiting, fee = payment.payable(), min(attempt.fee, amount)
    net = amount - fee
    if not waiting and payment.any_taken():
        again = (Credit(_only(attempt), net, Reason.DUPLICATE),) if net else ()
        return Verdict(Disposition.CREDITED, Reason.DUPLICATE, credits=again, fee=fee)
    surplus = net - payment.due()
    if not waiting or (surplus < 0 and at >= payment.due_at):
        back = tuple(_shares(payment, attempt, net, OVERDUE))
        return Verdict(Disposition.CREDITED, Reason.LATE, credits=back, fee=fee)
    if surplus < 0:
        return Verdict(Disposition.UNMATCHED, Reason.UNDERPAID)
    reason = Reason.OVERPAID if surplus else Reason.EXACT
    return Verdict(Disposition.OFFERED, reason, waiting, tuple(_shares(payment, attempt, surplus, NO_MORE)), fee)


def _strange(payment: Payment, attempt: Attempt, amount: int, currency: str) -> Reason | None:
    """Why support must look at the money first: another currency, or more than anybody can owe; else None."""
    if currency != payment.currency:
        return Reason.WRONG_CURRENCY
    return Reason.TOO_LARGE if amount > max(AMOUNT_MAX + attempt.fee, attempt.amount) else None


def _only(attempt: Attempt) -> str | None:
    return attempt.covers[0] if len(attempt.covers) == 1 else None


def _shares(payment: Payment, attempt: Attempt, amount: int, no_more: Mapping[LineState, str]) -> Iterator[Credit]:
    """The shares of the attempt's orders that can't take money any more, one by one, then the excess."""
    for line in payment.lines:
        if line.number in attempt.covers and line.state in no_more and amount:
            share = min(line.amount, amount)
            yield Credit(line.number, share, no_more[line.state])
            amount -= share
    if amount:
        yield Credit(None, amount, "excess")


@dataclass(frozen=True, slots=True)
class Unmatched:
    """One item of support's review queue: money that fits no payment, or a charge-back to be looked at."""

    id: UUID
    capture_id: UUID | None
    """None for a charge-back of nothing that was captured, and for an unreadable message."""
    reason: str
    provider: str
    transaction_id: str
    """The provider's transaction; of an unreadable message its event id."""
    amount: int
    """In minor units; 0 in no currency for an unreadable message."""
    currency: str
    payment_number: str | None
    buyer: str | None
    at: datetime
    message: bytes | None = None
    """The bytes of an unreadable message."""

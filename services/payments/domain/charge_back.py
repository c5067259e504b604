"""Charge-backs: a bank takes captured money back, whole or in part; who bears it, order by order (rules 6.6.9)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.payments.domain import ledger
from services.payments.domain.capture import CHARGE_BACK_ASIDE, CHARGED_BACK, Disposition, Unmatched
from services.payments.domain.ledger import Account, Entry, EntryType, Kind
from services.payments.domain.line import Line
from services.payments.domain.payment import Payment
from services.payments.domain.settlement import Settlement

BALANCES = (Kind.BUYER_BALANCE, Kind.FROZEN_BALANCE)
"""The accounts in which a user holds what came back from a payment, the spendable one first."""


@dataclass(frozen=True, slots=True)
class ChargeBack:
    """A provider's message that the buyer's bank took captured money back; the amount is in minor units."""

    id: UUID
    provider: str
    event_id: str
    transaction_id: str
    attempt_id: UUID | None
    """None when the provider names an unknown reference."""
    payment_number: str | None
    capture_id: UUID | None
    """The capture that it takes back; None before that arrives, and when the charge-back is put aside."""
    amount: int
    currency: str
    waiting: int
    """How much is not yet assigned to an order, to the buyer's balance or to the platform's loss."""
    aside: bool
    """Put aside for support, because it fits no capture."""
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Capture:
    """A capture with its disposition, and in `left` what no bank has taken back; amounts in minor units."""

    id: UUID
    amount: int
    currency: str
    disposition: Disposition
    left: int

    def fits(self, amount: int, currency: str) -> bool:
        """Whether a bank can have taken this amount from it."""
        return currency == self.currency and amount <= self.left


@dataclass(frozen=True, slots=True)
class Held:
    """How much of a payment is on its way to its orders, and in the escrow of each by number; in minor units."""

    incoming: int
    escrow: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Given:
    """What one user was given from a payment, and the user's balances now; in minor units."""

    user: str
    amount: int
    """Credited to the balance, less what was taken back from there."""
    balances: Mapping[Kind, int]

    def still_there(self) -> int:
        """What can be taken back: never more than was given, nor than there is."""
        return max(0, min(self.amount, sum(self.balances.get(kind, 0) for kind in BALANCES)))

    def takings(self, amount: int) -> tuple[tuple[Account, int], ...]:
        """How much of this amount is taken back from which balance."""
        left, found = min(amount, self.still_there()), []
        for kind in BALANCES:
            part = min(left, self.balances.get(kind, 0))
            left -= part
            found.append((Account(kind, self.user), part))
        return tuple(found)


def fitting(captures: Iterable[Capture], amount: int, currency: str) -> Capture | None:
    """The capture that a bank took this amount from: one that it uses up, else the first that is large enough."""
    fit = [each for each in captures if each.fits(amount, currency)]
    return next((each for each in fit if each.left == amount), fit[0] if fit else None)


def room(back: ChargeBack, payment: Payment, held: Held) -> dict[str, int]:
    """By order number: what each order that this capture paid still holds and no bank has taken, in minor units."""
    paid = [line for line in payment.lines if line.offered_by == back.capture_id]
    free = {line.number: held.escrow.get(line.number, 0) - line.charged_back for line in paid}
    return {number: amount for number, amount in free.items() if amount > 0}


def split(amount: int, rooms: Mapping[str, int]) -> dict[str, int]:
    """Split an amount in proportion to what each order holds, by largest remainder, never above what it holds.

    Orders that get nothing are left out; an amount above what all of them hold is cut to that.
    """
    whole = sum(rooms.values())
    amount = min(amount, whole)
    if not amount:
        return {}
    parts = {number: amount * held // whole for number, held in rooms.items()}
    by_remainder = sorted(rooms, key=lambda number: -(amount * rooms[number] % whole))
    for number in by_remainder[: amount - sum(parts.values())]:
        parts[number] += 1
    return {number: part for number, part in parts.items() if part}


def direct(line: Line, settlement: Settlement, since: datetime) -> int:
    """How much of the buyer's part of a decision goes to the provider instead of the balance, in minor units.

    Nothing where the decision is older than the charge-back and only arrived after it: then the buyer had it first.
    """
    return 0 if settlement.at < since else min(line.charged_back, settlement.to_buyer)


def taken(reference: str, back: ChargeBack, amount: int, given: Given, at: datetime, order: str | None = None) -> Entry:
    """The provider gets an amount: first from the user's balances, the rest is the platform's loss."""
    parts = given.takings(amount)
    sources = (*parts, (ledger.CHARGE_BACK_LOSS, amount - sum(part for _, part in parts)))
    to = ledger.provider(back.provider)
    postings = [each for source, part in sources for each in ledger.move(source, back.currency, (to, part))]
    return Entry(reference, EntryType.CHARGE_BACK, at, tuple(postings), back.payment_number, order)


def loss(entry: Entry) -> int:
    """How much of an entry is the platform's loss, in minor units."""
    return sum(each.amount for each in entry.postings if each.source == ledger.CHARGE_BACK_LOSS)


def credits_of(back: ChargeBack, payment: Payment, every: Iterable[ChargeBack]) -> tuple[str, ...]:
    """References of the entries that credited a capture to its buyer, and that took back what was credited."""
    from_orders = (f"{line.number}:{back.capture_id}" for line in payment.lines)
    return (f"capture:{back.capture_id}", *from_orders, *(f"charge_back:{each.id}:credit" for each in every))


def from_review_queue(back: ChargeBack) -> Entry:
    """Unmatched money that nobody was given goes back to the provider."""
    postings = ledger.move(ledger.UNMATCHED, back.currency, (ledger.provider(back.provider), back.amount))
    return Entry(f"charge_back:{back.id}", EntryType.CHARGE_BACK, back.at, postings, back.payment_number)


def review(back: ChargeBack, item_id: UUID, buyer: str, lost: int, at: datetime) -> Unmatched:
    """The review item of a loss: support looks at the buyer's account."""
    return _item(back, item_id, CHARGED_BACK, buyer, lost, at)


def put_aside(back: ChargeBack, item_id: UUID, buyer: str | None) -> Unmatched:
    """The review item of a charge-back that fits no capture; it holds no money."""
    return _item(back, item_id, CHARGE_BACK_ASIDE, buyer, back.amount, back.at)


def _item(back: ChargeBack, item_id: UUID, reason: str, buyer: str | None, amount: int, at: datetime) -> Unmatched:
    return Unmatched(
        id=item_id,
        capture_id=back.capture_id,
        reason=reason,
        provider=back.provider,
        transaction_id=back.transaction_id,
        amount=amount,
        currency=back.currency,
        payment_number=back.payment_number,
        buyer=buyer,
        at=at,
    )

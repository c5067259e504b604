"""A bank takes captured money back: what is still held goes back, what was passed on is our loss (rules 6.6.9)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.payments.domain import ledger
from services.payments.domain.capture import CHARGED_BACK, Disposition, Unmatched
from services.payments.domain.ledger import Entry, Story
from services.payments.domain.payment import LineState, Payment
from services.payments.domain.settlement import Settlement


@dataclass(frozen=True, slots=True)
class ChargeBack:
    """A provider's word that the buyer's bank took a whole capture back, once per capture."""

    id: UUID
    provider: str
    event_id: str
    transaction_id: str
    attempt_id: UUID
    payment_number: str
    capture_id: UUID | None
    """None while the capture that it takes back has not been told yet."""
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Capture:
    """Captured money and where its one disposition sent it, in minor units."""

    id: UUID
    amount: int
    currency: str
    disposition: Disposition


@dataclass(frozen=True, slots=True)
class Held:
    """What of a payment is still with us, in minor units: on its way to its orders, and in the escrow of each."""

    incoming: int
    escrow: Mapping[str, int]


def losses(told: ChargeBack, capture: Capture, payment: Payment, held: Held) -> tuple[Entry, ...]:
    """What had been passed on before the bank took it back, order by order, then what belonged to none of them.

    What is still held is no loss: it goes back to the provider, or costs us something, when its order is decided.
    """
    found: list[Entry] = []
    rest = capture.amount
    if capture.disposition is Disposition.OFFERED:
        paid = [line for line in payment.lines if line.state is LineState.PAID]
        rest -= held.incoming + sum(line.amount for line in paid)
        for line in paid:
            gone = line.amount - held.escrow.get(line.number, 0)
            found += _loss(told, f"charge_back:{told.id}:{line.number}", gone, capture.currency, told.at, line.number)
    return (*found, *_loss(told, f"charge_back:{told.id}", rest, capture.currency, told.at))


def cost(told: ChargeBack, settlement: Settlement) -> tuple[Entry, ...]:
    """What a decision gives to the seller's side though the bank has taken it back already: the platform pays it."""
    reference, gross = f"{settlement.reference}:charge_back", settlement.gross
    return _loss(told, reference, gross, settlement.currency, settlement.at, settlement.order_number)


def from_desk(told: ChargeBack, item: Unmatched) -> Entry:
    """Money that nobody was given yet simply goes back."""
    postings = ledger.move(ledger.UNMATCHED, item.currency, (ledger.provider(told.provider), item.amount))
    return Entry(f"charge_back:{told.id}", Story.CHARGE_BACK, told.at, postings, told.payment_number)


def review(told: ChargeBack, item_id: UUID, capture_id: UUID, buyer: str, lost: tuple[Entry, ...]) -> Unmatched:
    """What support finds on its desk: the account of a buyer whose bank took back what we had passed on."""
    postings = [posting for entry in lost for posting in entry.postings]
    return Unmatched(
        id=item_id,
        capture_id=capture_id,
        reason=CHARGED_BACK,
        provider=told.provider,
        transaction_id=told.transaction_id,
        amount=sum(posting.amount for posting in postings),
        currency=postings[0].currency,
        payment_number=told.payment_number,
        buyer=buyer,
        at=lost[0].at,
    )


def _loss(
    told: ChargeBack, reference: str, amount: int, currency: str, at: datetime, order: str | None = None
) -> tuple[Entry, ...]:
    postings = ledger.move(ledger.CHARGE_BACK_LOSS, currency, (ledger.provider(told.provider), amount))
    return (Entry(reference, Story.CHARGE_BACK, at, postings, told.payment_number, order),) if postings else ()

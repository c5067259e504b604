"""Gift cards are issued, and a user tops the balance up with one (rules 6.8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.payments.domain.gift_card import TRIES_WINDOW, Batch, GiftCard, expiry, next_try
from services.payments.refusals import PaymentsRefusal
from services.payments.unit_of_work import PaymentsWork
from shared.clock import written
from shared.ids import new_id
from shared.refusals import Refusal, Refused


@dataclass(frozen=True, slots=True)
class NewCards:
    """Cards that are sold: one per hash of a PIN, each with the same amount in minor units."""

    hashes: Sequence[bytes]
    amount: int
    currency: str
    bought_at: datetime | None
    """None for now."""


async def issue(work: PaymentsWork, cards: NewCards) -> Batch:
    """Store new cards, and book what was paid for them as owed to whoever uses them."""
    now = await work.now()
    bought_at = cards.bought_at or now
    batch = Batch(new_id(), cards.amount, cards.currency, len(cards.hashes), bought_at)
    for each in cards.hashes:
        card = GiftCard(new_id(), batch.id, cards.amount, cards.currency, bought_at, expiry(bought_at))
        await work.gift_cards.add(card, each)
    booked = await work.ledger.book(batch.sale(now))
    assert booked, "a batch is booked once, under a reference of its own"
    work.log("gift_cards.issued", batch=str(batch.id), count=batch.count, currency=batch.currency)
    return batch


async def top_up(work: PaymentsWork, user: str, hashes: Sequence[bytes]) -> GiftCard | Refused:
    """Put a card's money into the user's balance; `hashes` are those that its PIN may be stored under.

    Refused with `account_suspended`, `rate_limited` after five refused PINs within an hour, and `gift_card_refused`,
    which is the same whether the card is unknown, used, expired or in another currency, and counts as a try.
    """
    if await work.account_statuses.is_suspended(user):
        return Refused(Refusal.ACCOUNT_SUSPENDED)
    await work.gift_cards.lock_tries(user)
    begun = await work.now()
    if (until := next_try(await work.gift_cards.refused_since(user, begun - TRIES_WINDOW))) is not None:
        return Refused(Refusal.RATE_LIMITED, {"until": written(until)})
    card = await work.gift_cards.lock(hashes)
    at = await work.now()
    if card is None or not card.is_good(await work.ledger.currencies(user), at):
        await work.gift_cards.add_refused(user, at, at - TRIES_WINDOW)
        work.log("top_up.refused", user=user)
        return Refused(PaymentsRefusal.GIFT_CARD_REFUSED)
    await work.gift_cards.use(card, user, at)
    booked = await work.ledger.book(card.top_up(user, at))
    assert booked, "a card is booked once, under a reference of its own"
    work.log("top_up.booked", user=user, card=str(card.id))
    return card

"""A gift card: money that was paid before anybody knows for whom; its PIN is used once (rules 6.8)."""

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.payments.domain import ledger
from services.payments.domain.ledger import Entry, EntryType

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Digits and letters of a PIN; I, L, O and U are left out, because people mistake them."""
PIN_LENGTH = 20
"""Characters of a PIN: 5 bits each, 100 in all, so that guessing is hopeless however often it is tried."""
_MISREAD = str.maketrans("ILO", "110")

VALID_YEARS = 2
TRIES_MAX = 5
"""How many refused PINs a user may try within TRIES_WINDOW."""
TRIES_WINDOW = timedelta(hours=1)
SALES = "gift_cards"
"""The provider to whose account the money of sold cards is booked: where cards are sold."""


@dataclass(frozen=True, slots=True)
class GiftCard:
    """One card; nobody knows its PIN any more, only the hash of it. The amount is in minor units."""

    id: UUID
    batch: UUID
    """The cards that were issued together."""
    amount: int
    currency: str
    bought_at: datetime
    expires_at: datetime
    used_by: str | None = None
    used_at: datetime | None = None

    def is_good(self, currencies: Collection[str], at: datetime) -> bool:
        """Whether a user with wallets in these currencies can use it now; without a wallet any currency will do."""
        fits = self.currency in currencies or not currencies
        return fits and self.used_by is None and at < self.expires_at

    def top_up(self, user: str, at: datetime) -> Entry:
        """Its money goes to the balance of a user."""
        postings = ledger.move(ledger.GIFT_CARDS, self.currency, (ledger.buyer_balance(user), self.amount))
        return Entry(f"top_up:{self.id}", EntryType.TOP_UP, at, postings)


@dataclass(frozen=True, slots=True)
class Batch:
    """Cards that are issued together, each with the same amount in minor units."""

    id: UUID
    amount: int
    currency: str
    count: int
    bought_at: datetime

    def sale(self, at: datetime) -> Entry:
        """What the buyers of the cards paid is owed to whoever uses them."""
        source, total = ledger.provider(SALES), self.amount * self.count
        postings = ledger.move(source, self.currency, (ledger.GIFT_CARDS, total))
        return Entry(f"gift_cards:{self.id}", EntryType.GIFT_CARD_SALE, at, postings)


def canonical(text: str) -> str:
    """A PIN as it is compared: without spaces and dashes, in upper case, misread characters as those that are meant."""
    plain = unicodedata.normalize("NFKC", text).upper().translate(_MISREAD)
    return "".join(each for each in plain if not each.isspace() and each != "-")


def expiry(bought_at: datetime) -> datetime:
    """Two calendar years after the purchase; of one on 29 February that is 1 March."""
    year = bought_at.year + VALID_YEARS
    try:
        return bought_at.replace(year=year)
    except ValueError:
        return bought_at.replace(year=year, month=3, day=1)


def next_try(refused: Collection[datetime]) -> datetime | None:
    """When a user whose PINs were refused at these times within TRIES_WINDOW may try again; None for at once."""
    newest = sorted(refused, reverse=True)
    return newest[TRIES_MAX - 1] + TRIES_WINDOW if len(newest) >= TRIES_MAX else None

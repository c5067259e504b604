"""Settlements: how money leaves escrow as orders decided; payments computes no share (architecture 7)."""

from dataclasses import dataclass
from datetime import datetime

from services.payments.domain import ledger
from services.payments.domain.ledger import Entry, EntryType


class Unsound(Exception):
    """A settlement whose parts do not sum: nothing is booked, and the failed message is parked for an operator."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """What one transition of an order moves out of escrow, in minor units; gross = fee + tax + net."""

    order_number: str
    version: int
    buyer: str
    seller: str
    currency: str
    at: datetime
    to_buyer: int
    gross: int
    fee: int
    tax: int
    net: int

    def __post_init__(self) -> None:
        """Checks that the parts sum and none is negative; raises Unsound."""
        if min(self.to_buyer, self.gross, self.fee, self.tax, self.net) < 0:
            raise Unsound(f"{self.reference} moves a negative amount")
        if self.gross != self.fee + self.tax + self.net:
            raise Unsound(f"{self.reference} does not sum: {self.gross} is not {self.fee} + {self.tax} + {self.net}")

    @property
    def reference(self) -> str:
        """`K…:v<version>`: unique in the ledger, so that a repeated event can't pay twice."""
        return reference(self.order_number, self.version)

    @property
    def moves(self) -> bool:
        """Whether anything leaves escrow at all."""
        return self.to_buyer + self.gross > 0

    def entry(self, charged_back_by: str | None = None, direct: int = 0) -> Entry:
        """Escrow to the buyer, the seller, the fee and the tax: one entry, all or nothing (rules 7.2).

        `direct` is how much of the buyer's part the bank has already given to the buyer: it goes to the provider (T29).
        """
        bank = ((ledger.provider(charged_back_by), direct),) if charged_back_by else ()
        postings = ledger.move(
            ledger.escrow(self.order_number),
            self.currency,
            *bank,
            (ledger.buyer_balance(self.buyer), self.to_buyer - direct),
            (ledger.seller_available(self.seller), self.net),
            (ledger.FEE_REVENUE, self.fee),
            (ledger.SERVICE_TAX_PAYABLE, self.tax),
        )
        return Entry(self.reference, EntryType.SETTLEMENT, self.at, postings, order_number=self.order_number)


def reference(order_number: str, version: int) -> str:
    """The unique reference of the money of one transition of one order."""
    return f"{order_number}:v{version}"

"""What the marketplace takes of a sale: rules with a date, pinned on an order when it is paid (rules 7.2, 3.7 C7, C8).

A change is a new line with its date; lines that are there stay, because they say what older orders paid.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from services.orders.domain.order import Order
from services.orders.domain.seller import LEVELS

EVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class FeeRule:
    """The seller's fee in basis points from a moment on: of all sales, or of those that fit everything it names."""

    since: datetime
    rate: int
    level: int = 1
    """The seller's level at least."""
    category: str | None = None
    listing_id: str | None = None
    """One product."""

    def fits(self, order: Order, level: int, at: datetime) -> bool:
        """Whether it is about this sale at this moment."""
        about = self.category in (None, order.category) and self.listing_id in (None, order.listing_id)
        return about and self.level <= level and self.since <= at

    def rank(self) -> tuple[bool, bool, int, datetime]:
        """The highest wins: a product before a category, a category before a level, then the higher and the later."""
        return (self.listing_id is not None, self.category is not None, self.level, self.since)


FEES: tuple[FeeRule, ...] = (
    FeeRule(EVER, 500),
    FeeRule(EVER, 1000, category="account"),
)
"""At least one fits every sale."""

TAXES: tuple[tuple[datetime, int], ...] = (
    (EVER, 600),
    (datetime(2024, 3, 1, tzinfo=UTC), 800),
)
"""The service tax on the fee, in basis points since a moment; the oldest first."""


def fee_rate(order: Order, level: int, at: datetime, rules: tuple[FeeRule, ...] = FEES) -> int:
    """The fee of an order that is paid now, in basis points; `level` is its seller's."""
    return max((each for each in rules if each.fits(order, level, at)), key=FeeRule.rank).rate


def tax_rate(at: datetime) -> int:
    """The service tax on the fee of an order that is paid now, in basis points."""
    return next(rate for since, rate in reversed(TAXES) if since <= at)


def sales_that_matter(at: datetime, rules: tuple[FeeRule, ...] = FEES) -> int:
    """How many completed sales of a seller decide about a fee at most: 0 while no rule in force names a level."""
    return LEVELS[max(each.level for each in rules if each.since <= at) - 1]

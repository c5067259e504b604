"""What buyers can know of a seller: level, reviews, and the share of deliveries in time (rules 1.5)."""

from bisect import bisect_right
from dataclasses import dataclass

LEVELS = (0, 11, 41, 91, 151, 251, 501, 1001, 2001, 5001, 10001, 20001, 50001, 100001, 200001)
"""From how many completed orders each of the fifteen levels begins."""


def level_of(completed_orders: int) -> int:
    """A seller's level, 1 to 15."""
    return bisect_right(LEVELS, completed_orders)


@dataclass(frozen=True, slots=True)
class SellerPage:
    """A seller's record; shares and averages are None while there is nothing to count."""

    seller: str
    completed_orders: int
    reviews: int
    rating_sum: int
    due: int
    """Orders that were delivered, or refunded because they were not (rules 1.5)."""
    on_time: int
    store_open: bool

    @property
    def level(self) -> int:
        """1 to 15, by completed orders."""
        return level_of(self.completed_orders)

    @property
    def average_hundredths(self) -> int | None:
        """The average rating in hundredths, rounded half up; hidden reviews are left out."""
        return (200 * self.rating_sum + self.reviews) // (2 * self.reviews) if self.reviews else None

    @property
    def on_time_basis_points(self) -> int | None:
        """The share of orders delivered within the promised hours, in basis points."""
        return 10_000 * self.on_time // self.due if self.due else None

"""Events of listings, which orders publishes."""

from shared.contracts.base import Event, Moment, event


class ListingEvent(Event):
    """A listing as it is now."""

    listing_id: str
    """The id that the seller chose."""
    seller: str
    """Whose listing it is."""
    title: str
    """Its title."""
    category: str
    """Its category."""
    unit_price: int
    """In minor units."""
    currency: str
    """ISO 4217 code."""
    stock: int
    """Pieces left to sell."""
    version: int
    """Raised by every change."""
    at: Moment
    """When it changed."""

    def about(self) -> str:
        """The listing id."""
        return self.listing_id

    def sequence(self) -> int:
        """The listing's version."""
        return self.version


@event("orders", "listing.published", public=True)
class ListingPublished(ListingEvent):
    """A listing went live, or its store opened again."""


@event("orders", "listing.changed", public=True)
class ListingChanged(ListingEvent):
    """A live listing has another text, price or stock."""


@event("orders", "listing.withdrawn", public=True)
class ListingWithdrawn(ListingEvent):
    """A listing is not for sale any more: back to draft, or its store closed."""

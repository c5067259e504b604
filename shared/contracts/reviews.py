"""Events of reviews, which orders publishes; none has the text."""

from shared.contracts.base import Event, Moment, event


class ReviewEvent(Event):
    """A buyer's review of a completed order, and the seller's part in it."""

    number: str
    """The order's number."""
    listing_id: str
    """What was bought."""
    buyer: str
    """Who reviewed."""
    seller: str
    """Who was reviewed."""
    at: Moment
    """When it happened."""

    def about(self) -> str:
        """The order number."""
        return self.number


@event("orders", "review.posted", public=True)
class ReviewPosted(ReviewEvent):
    """The buyer reviewed the order."""

    rating: int
    """The buyer's, 1 to 5."""


@event("orders", "review.replied", public=True)
class ReviewReplied(ReviewEvent):
    """The seller answered the review and rated the buyer."""

    rating: int
    """The seller's rating of the buyer, 1 to 5."""


@event("orders", "review.reported", public=True)
class ReviewReported(ReviewEvent):
    """The seller reported the review as abusive; support decides."""

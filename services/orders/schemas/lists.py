"""Summaries of lists and public reviews, as they are answered."""

from services.orders.queries.catalogue import PublicReview
from services.orders.queries.lists import StatusCount
from shared.http.fields import Moment, MoneyView, View


class StatusCountView(View):
    """How many orders have a status in one currency, and what they cost together."""

    status: str
    count: int
    amount: MoneyView


class OrderSummaryView(View):
    """The orders of a list counted by status and currency; `total` is the number of all of them."""

    total: int
    items: list[StatusCountView]


class PublicReviewView(View):
    """A review of a seller as everybody reads it, with the seller's reply."""

    listing_id: str
    title: str
    rating: int
    text: str
    posted_at: Moment
    reply_text: str | None
    replied_at: Moment | None


def order_summary_view(counts: list[StatusCount]) -> OrderSummaryView:
    """The counts of a list of orders."""
    items = [StatusCountView.of(each, amount=MoneyView.of(each)) for each in counts]
    return OrderSummaryView(total=sum(each.count for each in counts), items=items)


def public_review_view(review: PublicReview) -> PublicReviewView:
    """A review as everybody reads it."""
    return PublicReviewView.of(review)

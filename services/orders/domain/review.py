"""Reviews: a second small lifecycle beside the completed order's, also one table (rules 9).

The buyer reviews once, the seller replies once and may report it once; support upholds or rejects the report.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.orders.domain.order import Order, Status
from services.orders.domain.request import Role
from services.orders.refusals import OrdersRefusal
from shared.refusals import Refusal, RefusalCode

WINDOW = timedelta(days=30)
"""How long after completion a review, and after the review a report (D11), is possible; half-open."""


class ReviewAction(StrEnum):
    """Actions about an order's review."""

    REVIEW = "review"
    REPLY_REVIEW = "reply_review"
    REPORT_REVIEW = "report_review"
    UPHOLD_REPORT = "uphold_report"
    REJECT_REPORT = "reject_report"


class ReportState(StrEnum):
    """What became of a report."""

    OPEN = "open"
    UPHELD = "upheld"  # the review is hidden and out of the average
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Review:
    """What the buyer thinks, what the seller answered, and whether somebody found it abusive. Ratings are 1 to 5."""

    rating: int
    text: str
    posted_at: datetime
    reply_rating: int | None = None
    reply_text: str | None = None
    replied_at: datetime | None = None
    report_text: str | None = None
    reported_at: datetime | None = None
    report_state: ReportState | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None

    def __post_init__(self) -> None:
        """Raises AssertionError for facts that contradict each other."""
        assert 1 <= self.rating <= 5, "a rating is 1 to 5"
        assert (self.reply_text is None) == (self.replied_at is None), "a reply has its time"
        assert (self.report_state is None) == (self.reported_at is None), "a report has its time"

    @property
    def hidden(self) -> bool:
        """Whether support took it out of sight and out of the average."""
        return self.report_state is ReportState.UPHELD


@dataclass(frozen=True, slots=True)
class ReviewInput:
    """An action about a review with its fields; `text` is the review, the reply, the report or support's reason."""

    action: ReviewAction
    role: Role
    text: str = ""
    rating: int = 0


Guard = Callable[[Order, Review | None, datetime], RefusalCode | None]


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One line of the table: its number, the action and its role, the event to publish, and the guards."""

    id: str
    action: ReviewAction
    role: Role
    event: str | None
    guards: tuple[Guard, ...]


def completed(order: Order, _review: Review | None, _at: datetime) -> RefusalCode | None:
    """Only a completed order is reviewed; a partly refunded one is completed too."""
    return None if order.status is Status.COMPLETED else Refusal.WRONG_STATUS


def first(_order: Order, review: Review | None, _at: datetime) -> RefusalCode | None:
    """One review per order, never changed."""
    return None if review is None else OrdersRefusal.REVIEW_EXISTS


def review_window(order: Order, _review: Review | None, at: datetime) -> RefusalCode | None:
    """Within 30 days of the completion."""
    closed = order.closed_at
    return None if closed is not None and at < closed + WINDOW else OrdersRefusal.WINDOW_CLOSED


def reviewed(_order: Order, review: Review | None, _at: datetime) -> RefusalCode | None:
    """There must be a review."""
    return None if review is not None else Refusal.WRONG_STATUS


def first_reply(_order: Order, review: Review | None, _at: datetime) -> RefusalCode | None:
    """One reply, never edited or withdrawn."""
    return OrdersRefusal.REPLY_EXISTS if review is not None and review.replied_at is not None else None


def first_report(_order: Order, review: Review | None, _at: datetime) -> RefusalCode | None:
    """One report per review."""
    return OrdersRefusal.REPORT_EXISTS if review is not None and review.reported_at is not None else None


def report_window(_order: Order, review: Review | None, at: datetime) -> RefusalCode | None:
    """Within 30 days of the review (D11)."""
    return None if review is not None and at < review.posted_at + WINDOW else OrdersRefusal.WINDOW_CLOSED


def report_open(_order: Order, review: Review | None, _at: datetime) -> RefusalCode | None:
    """There must be a report that nobody has decided."""
    is_open = review is not None and review.report_state is ReportState.OPEN
    return None if is_open else Refusal.WRONG_STATUS


A, R = ReviewAction, Role
TABLE: tuple[ReviewRow, ...] = (
    ReviewRow("R1", A.REVIEW, R.BUYER, "review.posted", (completed, first, review_window)),
    ReviewRow("R2", A.REPLY_REVIEW, R.SELLER, "review.replied", (reviewed, first_reply)),
    ReviewRow("R3", A.REPORT_REVIEW, R.SELLER, "review.reported", (reviewed, first_report, report_window)),
    ReviewRow("R4", A.UPHOLD_REPORT, R.SUPPORT, None, (report_open,)),
    ReviewRow("R5", A.REJECT_REPORT, R.SUPPORT, None, (report_open,)),
)


def decide(order: Order, review: Review | None, action: ReviewAction, at: datetime) -> ReviewRow | RefusalCode:
    """The row that answers, or the first guard's refusal; an overdue deadline of the order has expired before."""
    row = next(row for row in TABLE if row.action is action)
    return next((refusal for guard in row.guards if (refusal := guard(order, review, at)) is not None), row)


def apply(review: Review | None, action: ReviewInput, user: str, at: datetime) -> Review:
    """The review after the row."""
    if action.action is ReviewAction.REVIEW:
        return Review(action.rating, action.text, at)
    assert review is not None, "every other row has a review"
    match action.action:
        case ReviewAction.REPLY_REVIEW:
            return replace(review, reply_rating=action.rating, reply_text=action.text, replied_at=at)
        case ReviewAction.REPORT_REVIEW:
            return replace(review, report_text=action.text, reported_at=at, report_state=ReportState.OPEN)
        case _:
            upheld = action.action is ReviewAction.UPHOLD_REPORT
            state = ReportState.UPHELD if upheld else ReportState.REJECTED
            return replace(review, report_state=state, decided_by=user, decided_at=at)

"""Request bodies of checkouts, actions and reviews; a field whose refusal has its own code is judged by the rules."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from services.orders.domain.listing import STOCK_MAX
from services.orders.domain.policy import LINES_MAX
from services.orders.schemas.listings import LISTING_ID
from services.orders.schemas.names import BuyerReasonIn, SellerReasonIn
from shared.http.fields import AnyMoneyIn, Body, Clean, ReasonText, ShortText

DetailName = Annotated[str, StringConstraints(min_length=1, max_length=40), Clean]
DetailText = Annotated[str, StringConstraints(min_length=1, max_length=200), Clean]


class LineIn(Body):
    """So many pieces of one listing."""

    listing_id: str = Field(pattern=LISTING_ID)
    quantity: int = Field(ge=1, le=STOCK_MAX)
    details: dict[DetailName, DetailText] = Field(
        default_factory=dict, max_length=10, description="What the seller needs to deliver: player id, server, …"
    )


class CheckoutIn(Body):
    """Up to 20 lines, paid together."""

    lines: list[LineIn] = Field(min_length=1, max_length=LINES_MAX)


class RefundIn(Body):
    """Why the seller gives the money back; judged by the table, so that its refusal has its own code."""

    reason: SellerReasonIn | None = Field(default=None, examples=["out_of_stock"])
    description: ReasonText | None = None


class RefundRequestIn(Body):
    """How much the buyer wants back (all that is held unless said), and why; judged by the table."""

    amount: AnyMoneyIn | None = None
    reason: BuyerReasonIn | None = Field(default=None, examples=["not_received"])
    description: ReasonText | None = None


class RefuseIn(Body):
    """Why the seller refuses, in words."""

    reason: ReasonText | None = None


class DecisionIn(Body):
    """What support decides, and why, in words."""

    outcome: Literal["refund", "complete"]
    reason: ReasonText | None = None


class ReviewIn(Body):
    """What the buyer thinks of the trade, or what the seller answers and thinks of the buyer."""

    rating: int = Field(ge=1, le=5)
    text: ShortText


class ReportIn(Body):
    """Why the seller finds the review abusive, or why support decides about the report as it does."""

    text: ShortText

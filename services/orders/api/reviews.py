"""HTTP of reviews and of the seller's page."""

from fastapi import APIRouter, Request, Response

from services.orders import queries
from services.orders.api.actions import Answer, Preview
from services.orders.api.common import OrderNumber, the_order
from services.orders.commands import reviews
from services.orders.domain.request import Role
from services.orders.domain.review import ReviewAction, ReviewInput
from services.orders.refusals import OrdersRefusal
from services.orders.schemas.actions import ReportIn, ReviewIn
from services.orders.schemas.listings import SellerView, seller_view
from services.orders.schemas.orders import OrderView, order_view, preview_view, result_view
from shared.clock import written
from shared.http.access import allowed
from shared.http.executor import Context, show
from shared.http.pages import CursorText, Limit, Page, page, read_time_cursor
from shared.http.paths import AccountId
from shared.http.problems import refusals
from shared.http.strict import StrictRoute
from shared.refusals import Refusal

R = Refusal
router = APIRouter(prefix="/v1", route_class=StrictRoute, tags=["reviews"])
OF_REVIEW = (R.ORDER_NOT_FOUND, R.NOT_A_PARTY, R.ACCOUNT_SUSPENDED, R.WRONG_STATUS)


@router.post(
    "/orders/{number}/review",
    response_model=Answer,
    responses=refusals(*OF_REVIEW, OrdersRefusal.REVIEW_EXISTS, OrdersRefusal.WINDOW_CLOSED),
    openapi_extra=allowed("buyer"),
)
async def review(number: OrderNumber, body: ReviewIn, context: Context, preview: Preview = False) -> Response:
    """The buyer reviews a completed order, once, within 30 days."""
    action = ReviewInput(ReviewAction.REVIEW, Role.BUYER, body.text, body.rating)
    return await _perform(context, number, action, preview)


@router.post(
    "/orders/{number}/review/reply",
    response_model=Answer,
    responses=refusals(*OF_REVIEW, OrdersRefusal.REPLY_EXISTS),
    openapi_extra=allowed("seller", "assistant"),
)
async def reply_review(number: OrderNumber, body: ReviewIn, context: Context, preview: Preview = False) -> Response:
    """The seller answers the review and rates the buyer, once."""
    action = ReviewInput(ReviewAction.REPLY_REVIEW, Role.SELLER, body.text, body.rating)
    return await _perform(context, number, action, preview)


@router.post(
    "/orders/{number}/review/report",
    response_model=Answer,
    responses=refusals(*OF_REVIEW, OrdersRefusal.REPORT_EXISTS, OrdersRefusal.WINDOW_CLOSED),
    openapi_extra=allowed("seller", "assistant"),
)
async def report_review(number: OrderNumber, body: ReportIn, context: Context, preview: Preview = False) -> Response:
    """The seller reports an abusive review, once, within 30 days of it."""
    return await _perform(context, number, ReviewInput(ReviewAction.REPORT_REVIEW, Role.SELLER, body.text), preview)


@router.post(
    "/orders/{number}/review/report/uphold",
    response_model=Answer,
    responses=refusals(*OF_REVIEW),
    openapi_extra=allowed("support"),
)
async def uphold_report(number: OrderNumber, context: Context, preview: Preview = False) -> Response:
    """Support agrees with the seller: the review is hidden and leaves the average."""
    return await _perform(context, number, ReviewInput(ReviewAction.UPHOLD_REPORT, Role.SUPPORT), preview)


@router.post(
    "/orders/{number}/review/report/reject",
    response_model=Answer,
    responses=refusals(*OF_REVIEW),
    openapi_extra=allowed("support"),
)
async def reject_report(number: OrderNumber, context: Context, preview: Preview = False) -> Response:
    """Support finds nothing wrong with the review: it stays."""
    return await _perform(context, number, ReviewInput(ReviewAction.REJECT_REPORT, Role.SUPPORT), preview)


@router.get("/reviews/reported", response_model=Page[OrderView], openapi_extra=allowed("support"))
async def get_reported(context: Context, limit: Limit = 20, cursor: CursorText = None) -> Response:
    """The orders whose review was reported and nobody has decided about, oldest report first."""
    after = read_time_cursor(cursor, "reported")
    return await context.show(
        lambda session: queries.reported(session, after, limit + 1),
        lambda rows: page("reported", rows, limit, order_view, _key),
    )


@router.get("/sellers/{user}", response_model=SellerView, openapi_extra=allowed("anyone"))
async def get_seller(user: AccountId, request: Request) -> Response:
    """A seller's completed orders, level, reviews and share of timely deliveries."""
    return await show(request, lambda session: queries.seller(session, user), seller_view)


def _key(seen: queries.OrderSeen) -> tuple[str, str]:
    """What the cursor holds of an order: when its review was reported, and its number."""
    assert seen.review is not None, "the list has reported reviews only"
    assert seen.review.reported_at is not None, "a report has its time"
    return written(seen.review.reported_at), seen.order.number


async def _perform(context: Context, number: str, action: ReviewInput, preview: bool) -> Response:
    who, about = context.caller.actor, the_order(context.caller, number, action.role)
    if preview:
        return await context.preview(
            lambda session: queries.preview_review(session, number, who, action, context.denied), preview_view, about
        )
    return await context.execute(
        lambda work: reviews.perform(work, number, who, action),
        lambda result: result_view(result, action.role),
        about=about,
    )

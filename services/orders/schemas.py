"""HTTP bodies of orders: what is asked, strictly, and what is answered (api.md names them)."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from services.orders.commands.checkout import Checkout
from services.orders.commands.listings import Shown
from services.orders.commands.orders import Told
from services.orders.domain.actions import NextAction
from services.orders.domain.deadlines import Deadline
from services.orders.domain.order import Order, RefundRequest, Windows
from services.orders.domain.preview import Preview
from services.orders.domain.request import Role
from services.orders.domain.review import Review
from services.orders.domain.seller import SellerPage
from services.orders.domain.transition import Settlement
from services.orders.queries import OrderSeen, see
from services.orders.tables import HistoryRow
from shared.clock import iso_duration
from shared.http.fields import (
    Body,
    Clean,
    LongText,
    Moment,
    MoneyAsked,
    MoneyIn,
    MoneyOut,
    Printable,
    ShortText,
    Title,
    View,
)

LISTING_ID = "^[A-Za-z0-9_-]{1,64}$"
QUANTITY_MAX = 1_000_000

DetailName = Annotated[str, StringConstraints(min_length=1, max_length=40), Clean]
ReasonText = Annotated[str, StringConstraints(max_length=1000), Printable]
DetailText = Annotated[str, StringConstraints(min_length=1, max_length=200), Clean]


class ListingBody(Body):
    """What a seller offers."""

    title: Title
    description: LongText
    category: Literal["item", "currency", "account", "top_up", "gift_card"]
    unit_price: MoneyIn
    stock: int = Field(ge=0, le=QUANTITY_MAX)
    delivery_method: Literal[
        "in_game_trade",
        "in_game_mail",
        "auction_house",
        "player_id_top_up",
        "login_top_up",
        "code_in_chat",
        "account_transfer",
    ]
    delivery_hours: int = Field(ge=1, le=72, description="The seller's own promise.")
    state: Literal["draft", "live"] = "live"
    account_declaration: bool = Field(
        default=False, description="For accounts: legal source, owner, full original access."
    )


class ListingView(View):
    """A listing as everybody sees it."""

    listing_id: str
    seller: str
    title: str
    description: str
    category: str
    unit_price: MoneyOut
    stock: int
    delivery_method: str
    delivery_hours: int
    state: str
    store_open: bool
    account_declaration: bool
    version: int
    updated_at: Moment


class StoreBody(Body):
    """Whether the seller takes orders."""

    open: bool


class StoreView(View):
    """The seller's store."""

    seller: str
    open: bool


class LineBody(Body):
    """So many pieces of one listing."""

    listing_id: str = Field(pattern=LISTING_ID)
    quantity: int = Field(ge=1, le=QUANTITY_MAX)
    details: dict[DetailName, DetailText] = Field(
        default_factory=dict, max_length=10, description="What the seller needs to deliver: player id, server, …"
    )


class CheckoutBody(Body):
    """Up to 20 lines, paid together."""

    lines: list[LineBody] = Field(min_length=1, max_length=20)


class RefundBody(Body):
    """Why the seller gives the money back; judged by the table, so that its refusal has its own code."""

    reason: ReasonText | None = Field(default=None, examples=["out_of_stock"])
    description: ReasonText | None = None


class RefundRequestBody(Body):
    """How much the buyer wants back (all that is held unless said), and why; judged by the table."""

    amount: MoneyAsked | None = None
    reason: ReasonText | None = Field(default=None, examples=["not_received"])
    description: ReasonText | None = None


class RefuseBody(Body):
    """Why the seller refuses, in words."""

    reason: ReasonText | None = None


class DecisionBody(Body):
    """What support decides, and why, in words."""

    outcome: Literal["refund", "complete"]
    reason: ReasonText | None = None


class ReviewBody(Body):
    """What the buyer thinks of the trade, or what the seller answers and thinks of the buyer."""

    rating: int = Field(ge=1, le=5)
    text: ShortText


class ReportBody(Body):
    """Why the seller finds the review abusive, or why support decides about the report as it does."""

    text: ShortText


class ReasonBody(Body):
    """Why, in words; it stays on record."""

    reason: ReasonText | None = None


class SellerView(View):
    """What everybody can know of a seller; averages and shares are null while there is nothing to count."""

    seller: str
    completed_orders: int
    level: int
    reviews: int
    rating_average_hundredths: int | None
    delivered_on_time_basis_points: int | None
    store_open: bool


class ReviewView(View):
    """The review of an order, with the seller's reply; a hidden one is seen only by its parties and support."""

    rating: int
    text: str
    posted_at: Moment
    reply_rating: int | None
    reply_text: str | None
    replied_at: Moment | None
    report_state: str | None
    hidden: bool


class TermsView(View):
    """The terms that are pinned to the order: windows D1 to D7, rates in basis points (null before it is paid)."""

    windows: dict[str, str]
    fee_rate: int | None
    tax_rate: int | None
    policy_version: int


class RequestView(View):
    """The latest refund request."""

    stage: str
    state: str
    requested_amount: MoneyOut
    reason: str
    description: str
    refusal_reason: str | None
    requested_at: Moment
    answered_at: Moment | None


class DeadlineView(View):
    """The ticking default: what happens by itself at `due_at`, and what each side then gets."""

    kind: str
    due_at: Moment
    outcome: str
    to_buyer: MoneyOut
    to_seller: MoneyOut


class ActionView(View):
    """One button of the caller's side."""

    name: str
    allowed: bool
    code: str | None
    available_at: Moment | None
    until: Moment | None


class OrderView(View):
    """An order as the caller's side sees it."""

    number: str
    payment_number: str
    listing_id: str
    title: str
    category: str
    quantity: int
    unit_price: MoneyOut
    amount: MoneyOut
    status: str
    refunding_stage: str | None
    buyer: str
    seller: str
    held: MoneyOut
    refunded_amount: MoneyOut
    placed_at: Moment
    paid_at: Moment | None
    delivered_at: Moment | None
    closed_at: Moment | None
    version: int
    pending: bool
    terms: TermsView
    refund_request: RequestView | None
    dispute_id: str | None
    details: dict[str, str]
    delivery_method: str
    delivery_hours: int
    review: ReviewView | None
    deadline: DeadlineView | None
    actions: list[ActionView]


class CheckoutView(View):
    """What was placed, and until when it can be paid."""

    payment_number: str
    amount: MoneyOut
    due_at: Moment
    orders: list[OrderView]


class ByView(View):
    """Who or what caused an entry: a person, or a deadline."""

    user: str | None = None
    role: str | None = None
    acting_for: str | None = None
    deadline: str | None = None


class SettlementView(View):
    """What moves out of escrow; gross = fee + tax + net."""

    to_buyer: MoneyOut
    gross: MoneyOut
    fee: MoneyOut
    tax: MoneyOut
    net: MoneyOut


class ClockView(View):
    """A clock of the order."""

    kind: str
    due_at: Moment


class PreviewView(View):
    """What the command would do now; for a refusal, what would be committed all the same: a time-out that is due."""

    allowed: bool
    code: str | None
    row: str | None
    status: str
    settlement: SettlementView
    event: str | None
    deadline_before: ClockView | None
    deadline_after: ClockView | None


class HistoryView(View):
    """One transition, with its row of the table and one sentence why."""

    row: str
    by: ByView
    from_: str | None = Field(serialization_alias="from")
    to: str
    at: Moment
    recorded_at: Moment
    why: str
    settled_at: Moment | None


class HistoryList(View):
    """Every transition, oldest first."""

    items: list[HistoryView]


def listing_view(shown: Shown) -> ListingView:
    """A listing as everybody sees it."""
    listing = shown.listing
    return ListingView(
        listing_id=listing.listing_id,
        seller=listing.seller,
        title=listing.title,
        description=listing.description,
        category=listing.category,
        unit_price=MoneyOut(amount=listing.unit_price, currency=listing.currency),
        stock=listing.stock,
        delivery_method=listing.delivery_method,
        delivery_hours=listing.delivery_hours,
        state=listing.state,
        store_open=shown.store_open,
        account_declaration=listing.account_declaration,
        version=listing.version,
        updated_at=shown.at,
    )


def checkout_view(checkout: Checkout) -> CheckoutView:
    """The answer to a checkout."""
    orders = checkout.orders
    total = MoneyOut(amount=sum(order.amount for order in orders), currency=orders[0].currency)
    views = [order_view(see(order, Role.BUYER, checkout.at)) for order in orders]
    return CheckoutView(payment_number=checkout.payment_number, amount=total, due_at=checkout.due_at, orders=views)


def told_view(told: Told, role: Role) -> OrderView:
    """The order after a command, for the side that asked."""
    return order_view(see(told.order, role, told.at, told.review))


def order_view(seen: OrderSeen) -> OrderView:
    """An order as one side sees it."""
    order = seen.order
    return OrderView(
        number=order.number,
        payment_number=order.payment_number,
        listing_id=order.listing_id,
        title=order.title,
        category=order.category,
        quantity=order.quantity,
        unit_price=_money(order.unit_price, order),
        amount=_money(order.amount, order),
        status=order.status,
        refunding_stage=order.stage,
        buyer=order.buyer,
        seller=order.seller,
        held=_money(order.held, order),
        refunded_amount=_money(order.refunded_amount, order),
        placed_at=order.placed_at,
        paid_at=order.paid_at,
        delivered_at=order.delivered_at,
        closed_at=order.closed_at,
        version=order.version,
        pending=seen.pending,
        terms=_terms(order),
        refund_request=_request(order.request, order) if order.request else None,
        dispute_id=str(order.dispute_id) if order.dispute_id else None,
        details=dict(order.details),
        delivery_method=order.delivery_method,
        delivery_hours=order.delivery_hours,
        review=_review(seen.review) if seen.review else None,
        deadline=_deadline(seen),
        actions=[_action(action) for action in seen.actions],
    )


def preview_view(preview: Preview) -> PreviewView:
    """A preview as clients read it."""
    names = Settlement.__dataclass_fields__
    moved = {name: MoneyOut(amount=getattr(preview.settlement, name), currency=preview.currency) for name in names}
    return PreviewView(
        allowed=preview.allowed,
        code=preview.code,
        row=preview.row,
        status=preview.status,
        settlement=SettlementView(**moved),
        event=preview.event,
        deadline_before=_clock(preview.deadline_before),
        deadline_after=_clock(preview.deadline_after),
    )


def history_view(rows: Sequence[HistoryRow]) -> HistoryList:
    """The history of an order."""
    return HistoryList(items=[_entry(row) for row in rows])


def seller_view(page: SellerPage) -> SellerView:
    """A seller's page."""
    return SellerView(
        seller=page.seller,
        completed_orders=page.completed_orders,
        level=page.level,
        reviews=page.reviews,
        rating_average_hundredths=page.average_hundredths,
        delivered_on_time_basis_points=page.on_time_basis_points,
        store_open=page.store_open,
    )


def _review(review: Review) -> ReviewView:
    return ReviewView(**{name: getattr(review, name) for name in ReviewView.model_fields})


def _money(amount: int, order: Order) -> MoneyOut:
    return MoneyOut(amount=amount, currency=order.currency)


def _terms(order: Order) -> TermsView:
    names = zip(("D1", "D2", "D3", "D4", "D5", "D6", "D7"), Windows.__dataclass_fields__, strict=True)
    windows = {kind: iso_duration(getattr(order.windows, name)) for kind, name in names}
    return TermsView(
        windows=windows, fee_rate=order.fee_rate, tax_rate=order.tax_rate, policy_version=order.policy_version
    )


def _request(request: RefundRequest, order: Order) -> RequestView:
    return RequestView(
        stage=request.stage,
        state=request.state,
        requested_amount=_money(request.requested_amount, order),
        reason=request.reason,
        description=request.description,
        refusal_reason=request.refusal_reason,
        requested_at=request.requested_at,
        answered_at=request.answered_at,
    )


def _deadline(seen: OrderSeen) -> DeadlineView | None:
    ticking = seen.ticking
    if ticking is None:
        return None
    return DeadlineView(
        kind=ticking.kind,
        due_at=ticking.due_at,
        outcome=ticking.outcome,
        to_buyer=_money(ticking.settlement.to_buyer, seen.order),
        to_seller=_money(ticking.settlement.net, seen.order),
    )


def _clock(deadline: Deadline | None) -> ClockView | None:
    return ClockView(kind=deadline.kind, due_at=deadline.due_at) if deadline is not None else None


def _action(action: NextAction) -> ActionView:
    return ActionView(
        name=action.name,
        allowed=action.allowed,
        code=action.code,
        available_at=action.available_at,
        until=action.until,
    )


def _entry(row: HistoryRow) -> HistoryView:
    return HistoryView(
        row=row.row,
        by=ByView(user=row.by_user, role=row.by_role, acting_for=row.acting_for, deadline=row.deadline),
        from_=row.source,
        to=row.target,
        at=row.at,
        recorded_at=row.recorded_at,
        why=row.why,
        settled_at=row.settled_at,
    )

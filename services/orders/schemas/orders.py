"""Answers about orders, for the caller's side with its next actions."""

from collections.abc import Sequence

from pydantic import Field

from services.orders.commands.checkout import Checkout
from services.orders.commands.orders import OrderResult
from services.orders.domain.deadlines import Deadline
from services.orders.domain.listing import Category, DeliveryMethod
from services.orders.domain.order import Order, RefundRequest, RequestState, Stage, Status, Windows
from services.orders.domain.preview import Preview
from services.orders.domain.request import Role
from services.orders.domain.review import ReportState
from services.orders.domain.transition import Settlement
from services.orders.queries import OrderSeen, see
from services.orders.schemas.names import ActionName, BuyerReason, DeadlineKind
from services.orders.tables import HistoryRow
from shared.clock import iso_duration
from shared.http.fields import Moment, MoneyView, View, Whole
from shared.http.problems import Refusal


class ReviewView(View):
    """The review of an order with reply, report and decision; a hidden one is seen only by its parties and support."""

    rating: int
    text: str
    posted_at: Moment
    reply_rating: int | None
    reply_text: str | None
    replied_at: Moment | None
    report_text: str | None
    reported_at: Moment | None
    report_state: ReportState | None
    decided_by: str | None
    """The member of support who decided about the report."""
    decided_at: Moment | None
    hidden: bool
    """Whether support took it out of sight and out of the average."""


class TermsView(View):
    """The terms that are pinned to the order: windows D1 to D7, rates in basis points (null before it is paid)."""

    windows: dict[str, str]
    """ISO 8601 durations by name."""
    fee_rate: int | None
    tax_rate: int | None
    policy_version: int


class RequestView(View):
    """The latest refund request."""

    stage: Stage
    state: RequestState
    requested_amount: MoneyView
    reason: BuyerReason
    description: str
    refusal_reason: str | None
    """The seller's words."""
    requested_at: Moment
    answered_at: Moment | None
    """When it was answered, taken back or ended; null while it is open."""


class DeadlineView(View):
    """The current deadline: what happens by itself at `due_at`, and what each side then gets."""

    kind: DeadlineKind
    due_at: Moment
    outcome: Status
    """The status afterwards."""
    to_buyer: MoneyView
    to_seller: MoneyView


class ActionView(View):
    """One action of the caller's side."""

    name: ActionName
    allowed: bool
    code: Refusal | None
    """Why it is not allowed; null if it is."""
    available_at: Moment | None
    """From when it is allowed, if that is known."""
    until: Moment | None
    """Until when it is allowed, if that is limited."""


class HandOverView(View):
    """The sealed data that the seller handed over with the delivery; what is in it only the buyer can reveal."""

    sealed_at: Moment
    revealed_at: Moment | None
    """When the buyer revealed it for the first time; every time is in the history."""


class OrderView(Whole):
    """An order as the caller's side sees it."""

    number: str
    payment_number: str
    listing_id: str
    title: str
    category: Category
    quantity: int
    unit_price: MoneyView
    amount: MoneyView
    status: Status
    refunding_stage: Stage | None
    """Null unless a refund request is open."""
    buyer: str
    seller: str
    held: MoneyView
    """What escrow holds."""
    refunded_amount: MoneyView
    """What went back to the buyer so far."""
    placed_at: Moment
    paid_at: Moment | None
    delivered_at: Moment | None
    closed_at: Moment | None
    version: int
    """The number of the latest transition."""
    pending: bool
    """Whether an overdue deadline is shown as expired and is not recorded yet."""
    terms: TermsView
    refund_request: RequestView | None
    dispute_id: str | None
    details: dict[str, str]
    """What the seller needs to deliver."""
    delivery_method: DeliveryMethod
    delivery_hours: int
    """The seller's own promise."""
    hand_over: HandOverView | None
    """Null unless sealed data was handed over: for accounts."""
    review: ReviewView | None
    deadline: DeadlineView | None
    actions: list[ActionView]
    """Every action of the caller's side, allowed or not."""


class CheckoutView(View):
    """What was placed, and until when it can be paid."""

    payment_number: str
    amount: MoneyView
    due_at: Moment
    orders: list[OrderView]


class ByView(View):
    """Who or what caused an entry: a person, or a deadline."""

    user: str | None = None
    role: Role | None = None
    acting_for: str | None = None
    """The seller of an assistant."""
    deadline: DeadlineKind | None = None


class SettlementView(View):
    """What moves out of escrow; gross = fee + tax + net."""

    to_buyer: MoneyView
    gross: MoneyView
    fee: MoneyView
    tax: MoneyView
    net: MoneyView


class ClockView(View):
    """A deadline of the order."""

    kind: DeadlineKind
    due_at: Moment


class PreviewView(View):
    """What the command would do now; for a refusal, what would be committed all the same: a time-out that is due."""

    allowed: bool
    code: Refusal | None
    """Why it would be refused."""
    row: str | None
    """The row of the lifecycle that would be recorded, e.g. `T7`."""
    status: Status
    """The status afterwards."""
    settlement: SettlementView
    event: str | None
    """What would be published."""
    deadline_before: ClockView | None
    deadline_after: ClockView | None


class HistoryView(View):
    """One transition, or one time that the hand-over was revealed (H1), with one sentence why."""

    row: str
    """E.g. `T7`."""
    by: ByView
    from_: Status | None = Field(serialization_alias="from")
    to: Status
    at: Moment
    """When it took effect; for a deadline its due time."""
    recorded_at: Moment
    why: str
    settled_at: Moment | None
    """When payments had moved the money of it."""


class HistoryListView(View):
    """Every transition, and every time that the hand-over was revealed, oldest first."""

    items: list[HistoryView]


def checkout_view(checkout: Checkout) -> CheckoutView:
    """The answer to a checkout."""
    orders = checkout.orders
    total = MoneyView(amount=sum(order.amount for order in orders), currency=orders[0].currency)
    views = [order_view(see(order, Role.BUYER, checkout.at)) for order in orders]
    return CheckoutView(payment_number=checkout.payment_number, amount=total, due_at=checkout.due_at, orders=views)


def result_view(result: OrderResult, role: Role) -> OrderView:
    """The order after a command, for the side that asked."""
    return order_view(see(result.order, role, result.at, result.review))


def order_view(seen: OrderSeen) -> OrderView:
    """An order as one side sees it."""
    order = seen.order
    return OrderView.of(
        order,
        unit_price=_money(order.unit_price, order),
        amount=_money(order.amount, order),
        refunding_stage=order.stage,
        held=_money(order.held, order),
        refunded_amount=_money(order.refunded_amount, order),
        pending=seen.pending,
        terms=_terms(order),
        refund_request=_request(order.request, order) if order.request else None,
        dispute_id=str(order.dispute_id) if order.dispute_id else None,
        details=dict(order.details),
        hand_over=_hand_over(order),
        review=ReviewView.of(seen.review) if seen.review else None,
        deadline=_deadline(seen),
        actions=[ActionView.of(action) for action in seen.actions],
    )


def preview_view(preview: Preview) -> PreviewView:
    """A preview as clients read it."""
    names = Settlement.__dataclass_fields__
    moved = {name: MoneyView(amount=getattr(preview.settlement, name), currency=preview.currency) for name in names}
    return PreviewView.of(
        preview,
        settlement=SettlementView(**moved),
        deadline_before=_clock(preview.deadline_before),
        deadline_after=_clock(preview.deadline_after),
    )


def history_view(rows: Sequence[HistoryRow]) -> HistoryListView:
    """The history of an order."""
    return HistoryListView(items=[_entry(row) for row in rows])


def _money(amount: int, order: Order) -> MoneyView:
    return MoneyView(amount=amount, currency=order.currency)


def _terms(order: Order) -> TermsView:
    names = zip(("D1", "D2", "D3", "D4", "D5", "D6", "D7"), Windows.__dataclass_fields__, strict=True)
    windows = {kind: iso_duration(getattr(order.windows, name)) for kind, name in names}
    return TermsView.of(order, windows=windows)


def _request(request: RefundRequest, order: Order) -> RequestView:
    return RequestView.of(request, requested_amount=_money(request.requested_amount, order))


def _hand_over(order: Order) -> HandOverView | None:
    if not order.sealed or order.delivered_at is None:
        return None
    return HandOverView(sealed_at=order.delivered_at, revealed_at=order.revealed_at)


def _deadline(seen: OrderSeen) -> DeadlineView | None:
    default = seen.default_outcome
    if default is None:
        return None
    paid = default.settlement
    return DeadlineView.of(default, to_buyer=_money(paid.to_buyer, seen.order), to_seller=_money(paid.net, seen.order))


def _clock(deadline: Deadline | None) -> ClockView | None:
    return ClockView.of(deadline) if deadline is not None else None


def _entry(row: HistoryRow) -> HistoryView:
    by = ByView(user=row.by_user, role=row.by_role, acting_for=row.acting_for, deadline=row.deadline)
    return HistoryView.of(row, by=by, from_=row.source, to=row.target)

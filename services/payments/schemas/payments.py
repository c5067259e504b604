"""Bodies of payments and attempts: what is owed, how it can be paid, how it was tried."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from services.payments.domain.attempt import Attempt, AttemptStatus, Failure
from services.payments.domain.line import LineState
from services.payments.domain.methods import Method, MethodName
from services.payments.queries.payments import PaymentShown
from shared.http.fields import Body, Moment, MoneyView, View

PaymentStatus = Literal["waiting_payment", "captured", "charged_back", "closed"]
DetailName = Annotated[str, StringConstraints(pattern="^[a-z][a-z0-9_]{0,39}$")]
Detail = Annotated[str, StringConstraints(max_length=2000)]


class AttemptIn(Body):
    """How the buyer wants to pay; `details` are the method's fields and are not stored."""

    method: MethodName
    details: dict[DetailName, Detail] = Field(default_factory=dict, max_length=20)


class NextView(View):
    """Where the buyer goes on; exactly one of them is set."""

    redirect_url: str | None = None
    qr: str | None = None
    voucher: str | None = None
    bank_details: str | None = None


class AttemptView(View):
    """A new attempt."""

    attempt_id: UUID
    status: AttemptStatus
    amount: MoneyView
    """With the processing fee."""
    next: NextView | None


class AttemptSummaryView(View):
    """One attempt of a payment."""

    attempt_id: UUID
    method: MethodName
    status: AttemptStatus
    amount: MoneyView
    reason: Failure | None
    """Why it failed."""
    created_at: Moment


class OrderShareView(View):
    """One order of a payment and its state as payments knows it."""

    number: str
    amount: MoneyView
    status: LineState


class MethodPriceView(View):
    """What a method costs on top of what is due."""

    method: MethodName
    fee: MoneyView
    """The processing fee."""
    total: MoneyView


class PaymentView(View):
    """A payment: what was ordered, what is still due, and how it was tried to pay it."""

    payment_number: str
    status: PaymentStatus
    amount: MoneyView
    due: MoneyView
    """What can still be paid."""
    due_at: Moment
    """From then on nothing can be paid."""
    placed_at: Moment
    orders: list[OrderShareView]
    methods: list[MethodPriceView]
    """What can be used now; empty when nothing can be paid."""
    attempts: list[AttemptSummaryView]


class PaymentSummaryView(View):
    """A payment in a list: its buyer, its status, which orders it pays and how it was tried."""

    payment_number: str
    buyer: str
    status: PaymentStatus
    amount: MoneyView
    due_at: Moment
    placed_at: Moment
    orders: list[OrderShareView]
    attempts: list[AttemptSummaryView]


class MethodView(View):
    """A payment method: rates in basis points, fixed fee and limits in minor units, no currencies means any."""

    method: MethodName
    category: str
    currencies: list[str] | None
    fields: list[str]
    """Names in an attempt's `details`."""
    fee_rate: int
    fee_fixed: int
    fee: MoneyView | None
    """For the amount of the request, if it names one."""
    amount_min: int
    amount_max: int
    refund_to_origin: str | None
    """Where support can send money back to: card, bank or wallet."""


class MethodsView(View):
    """The methods that fit the question."""

    items: list[MethodView]


def attempt_view(attempt: Attempt, next_step: dict[str, str] | None) -> AttemptView:
    """A new attempt and where the buyer goes on."""
    owed = MoneyView.of(attempt)
    following = NextView(**next_step) if next_step else None
    return AttemptView(attempt_id=attempt.id, status=attempt.status, amount=owed, next=following)


def payment_view(shown: PaymentShown, methods: tuple[Method, ...]) -> PaymentView:
    """A payment as its buyer sees it; prices only while it can be paid."""
    of, due = shown.payment, shown.payment.due()
    open_ = of.refusal(shown.at) is None
    return PaymentView(
        **_common(shown),
        due=MoneyView(amount=due if open_ else 0, currency=of.currency),
        methods=[_price(each, due, of.currency) for each in methods if open_ and each.takes(due, of.currency)],
    )


def payment_summary_view(shown: PaymentShown) -> PaymentSummaryView:
    """A payment in short, without what each method would cost."""
    return PaymentSummaryView(**_common(shown), buyer=shown.payment.buyer)


def method_view(method: Method, amount: int | None, currency: str | None) -> MethodView:
    """A method, with its fee where an amount (minor units) in a currency is given."""
    priced = amount is not None and currency is not None
    return MethodView.of(
        method,
        method=method.name,
        currencies=sorted(method.currencies) if method.currencies is not None else None,
        fields=list(method.fields),
        fee=MoneyView(amount=method.fee(amount or 0), currency=currency or "") if priced else None,
    )


def _price(method: Method, due: int, currency: str) -> MethodPriceView:
    fee = method.fee(due)
    total = MoneyView(amount=due + fee, currency=currency)
    return MethodPriceView(method=method.name, fee=MoneyView(amount=fee, currency=currency), total=total)


def _common(shown: PaymentShown) -> dict[str, Any]:
    """What a payment and its summary have in common."""
    of, unit = shown.payment, shown.payment.currency
    return {
        "payment_number": of.number,
        "status": of.status(shown.at),
        "amount": MoneyView(amount=of.amount, currency=unit),
        "due_at": of.due_at,
        "placed_at": of.placed_at,
        "orders": [
            OrderShareView(number=line.number, amount=MoneyView(amount=line.amount, currency=unit), status=line.state)
            for line in of.lines
        ],
        "attempts": [_attempt_summary(each) for each in shown.attempts],
    }


def _attempt_summary(attempt: Attempt) -> AttemptSummaryView:
    return AttemptSummaryView.of(attempt, attempt_id=attempt.id, amount=MoneyView.of(attempt))

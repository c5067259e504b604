"""Bodies of payments and attempts: what is owed, how it can be paid, how it was tried."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from services.payments.domain.attempt import Attempt, AttemptStatus, Failure
from services.payments.domain.line import LineState
from services.payments.domain.methods import MethodName
from services.payments.queries.payments import PaymentShown
from services.payments.schemas.methods import Country
from shared.http.fields import Body, Moment, MoneyView, View

PaymentStatus = Literal["waiting_payment", "captured", "charged_back", "closed"]
DetailName = Annotated[str, StringConstraints(pattern="^[a-z][a-z0-9_]{0,39}$")]
Detail = Annotated[str, StringConstraints(max_length=2000)]


class AttemptIn(Body):
    """How the buyer wants to pay; `details` are the fields that the method asks for, and are not stored."""

    method: MethodName
    country: Country | None = None
    """Where the buyer is: some methods and fees are for some countries only."""
    details: dict[DetailName, Detail] = Field(default_factory=dict, max_length=20)


class NextView(View):
    """Where the buyer goes on: the provider's page, and what can be shown instead of it."""

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
    valid_until: Moment
    """Until when this attempt can pay: its page, voucher or code, at most until the payment is due."""
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
    valid_until: Moment
    """Until when it can pay; money that comes later is late."""


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


def attempt_view(attempt: Attempt, next_step: Mapping[str, str] | None) -> AttemptView:
    """A new attempt and where the buyer goes on."""
    following = NextView(**next_step) if next_step else None
    return AttemptView.of(attempt, attempt_id=attempt.id, amount=MoneyView.of(attempt), next=following)


def payment_view(shown: PaymentShown, fees: Mapping[MethodName, int]) -> PaymentView:
    """A payment as its buyer sees it, with the fee of each method that can be used now, in minor units."""
    of, due = shown.payment, shown.due()
    return PaymentView(
        **_common(shown),
        due=MoneyView(amount=due, currency=of.currency),
        methods=[_price(name, fee, due, of.currency) for name, fee in fees.items()],
    )


def payment_summary_view(shown: PaymentShown) -> PaymentSummaryView:
    """A payment in short, without what each method would cost."""
    return PaymentSummaryView(**_common(shown), buyer=shown.payment.buyer)


def _price(name: MethodName, fee: int, due: int, currency: str) -> MethodPriceView:
    total = MoneyView(amount=due + fee, currency=currency)
    return MethodPriceView(method=name, fee=MoneyView(amount=fee, currency=currency), total=total)


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

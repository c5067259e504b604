"""Payments in a list: in short, without what each method would cost."""

from typing import Literal

from services.payments.queries import PaymentShown
from services.payments.schemas import AttemptSummary, OrderShare, attempt_summary, order_shares
from shared.http.fields import Moment, MoneyOut, View

PaymentStatus = Literal["waiting_payment", "captured", "charged_back", "closed"]


class PaymentSummaryView(View):
    """A payment in a list: whose it is, how it stands, which orders it pays and how it was tried."""

    payment_number: str
    buyer: str
    status: PaymentStatus
    amount: MoneyOut
    due_at: Moment
    placed_at: Moment
    orders: list[OrderShare]
    attempts: list[AttemptSummary]


def payment_summary(shown: PaymentShown) -> PaymentSummaryView:
    """A payment in short."""
    of = shown.payment
    return PaymentSummaryView(
        payment_number=of.number,
        buyer=of.buyer,
        status=of.status(shown.at),
        amount=MoneyOut(amount=of.amount, currency=of.currency),
        due_at=of.due_at,
        placed_at=of.placed_at,
        orders=order_shares(of),
        attempts=[attempt_summary(each) for each in shown.attempts],
    )

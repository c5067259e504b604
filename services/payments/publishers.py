"""What payments says, built from what happened."""

from datetime import datetime
from uuid import UUID

from services.payments.domain.account_status import AccountStatus
from services.payments.domain.attempt import Attempt
from services.payments.domain.capture import Credit, Unmatched
from services.payments.domain.line import Line
from services.payments.domain.payment import Payment
from services.payments.domain.settlement import Settlement
from shared.contracts.base import Event
from shared.contracts.payments import (
    BalanceFrozen,
    BalanceReleased,
    EscrowRefunded,
    EscrowReleased,
    PaymentChargedBack,
    PaymentConfirmed,
    PaymentCredited,
    PaymentFailed,
    PaymentUnmatched,
)


def confirmed(payment: Payment, line: Line, attempt: Attempt, capture_id: UUID, at: datetime) -> Event:
    """The exact share of one order is captured; orders answers."""
    return PaymentConfirmed(
        payment_number=payment.number,
        currency=payment.currency,
        at=at,
        number=line.number,
        buyer=payment.buyer,
        amount=line.amount,
        capture_id=capture_id,
        attempt_id=attempt.id,
        method=attempt.method,
    )


def credited(payment: Payment, credit: Credit, capture_id: UUID, at: datetime) -> Event:
    """Captured money is in the buyer's balance."""
    return PaymentCredited.model_validate(
        {
            "payment_number": payment.number,
            "currency": payment.currency,
            "at": at,
            "number": credit.order_number,
            "buyer": payment.buyer,
            "amount": credit.amount,
            "reason": credit.reason,
            "capture_id": capture_id,
        }
    )


def unmatched(item: Unmatched) -> Event:
    """Captured money waits for support."""
    return PaymentUnmatched.model_validate(
        {
            "unmatched_id": item.id,
            "reason": item.reason,
            "provider": item.provider,
            "transaction_id": item.transaction_id,
            "payment_number": item.payment_number,
            "buyer": item.buyer,
            "amount": item.amount if item.currency else None,
            "currency": item.currency or None,
            "at": item.at,
        }
    )


def credited_by_support(item: Unmatched, user: str, at: datetime) -> Event:
    """Support found whose the unmatched money is."""
    return PaymentCredited(
        payment_number=item.payment_number,
        currency=item.currency,
        at=at,
        number=None,
        buyer=user,
        amount=item.amount,
        reason="support",
        capture_id=item.capture_id,
    )


def failed(payment: Payment, attempt: Attempt, reason: str, at: datetime) -> Event:
    """An attempt failed; another method may be used."""
    return PaymentFailed(
        payment_number=payment.number,
        currency=payment.currency,
        at=at,
        buyer=payment.buyer,
        attempt_id=attempt.id,
        method=attempt.method,
        reason=reason,
        orders=tuple(line.number for line in payment.payable()),
    )


def charged_back(payment: Payment, line: Line, reason: str, at: datetime) -> Event:
    """The bank took back what had paid an order, or a part; orders opens a dispute about what is still held."""
    return PaymentChargedBack(
        payment_number=payment.number,
        currency=payment.currency,
        at=at,
        number=line.number,
        buyer=payment.buyer,
        amount=line.charged_back,
        reason=reason,
    )


def balance_moved(standing: AccountStatus, currency: str, balance: int, available: int, at: datetime) -> Event:
    """Both balances of an account are frozen, or each is back where it came from."""
    kind = BalanceFrozen if standing.frozen else BalanceReleased
    return kind(user=standing.account, currency=currency, balance=balance, available=available, at=at)


def settled(settlement: Settlement) -> tuple[Event, ...]:
    """Money left an order's escrow: to the buyer, to the seller, or to both."""
    moved = settlement
    of = {
        "number": moved.order_number,
        "order_version": moved.version,
        "currency": moved.currency,
        "reference": moved.reference,
        "at": moved.at,
    }
    said: list[Event] = []
    if moved.gross:
        shares = {"gross": moved.gross, "fee": moved.fee, "tax": moved.tax, "net": moved.net}
        said.append(EscrowReleased.model_validate({**of, "seller": moved.seller, **shares}))
    if moved.to_buyer:
        said.append(EscrowRefunded.model_validate({**of, "buyer": moved.buyer, "amount": moved.to_buyer}))
    return tuple(said)

"""Events of payments: pure functions that return events of shared.contracts; commands add them to the outbox."""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.payments.domain.account_status import AccountStatus
from services.payments.domain.attempt import Attempt
from services.payments.domain.capture import Credit, Unmatched
from services.payments.domain.claim import Claim
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
    """The exact share of one order is captured; orders answers with order.paid or order.payment_refused."""
    of = {"capture_id": capture_id, "attempt_id": attempt.id, "method": attempt.method}
    return PaymentConfirmed(**_of(payment, at), number=line.number, amount=line.amount, **of)


def credited(payment: Payment, credit: Credit, capture_id: UUID, at: datetime) -> Event:
    """Captured money is in the buyer's balance."""
    of = {"number": credit.order_number, "amount": credit.amount, "reason": credit.reason}
    return PaymentCredited.model_validate({**_of(payment, at), **of, "capture_id": capture_id})


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


def claimed(claim: Claim, capture_id: UUID) -> Event:
    """A transfer that support claimed for a user is in the balance."""
    return PaymentCredited(
        payment_number=None,
        currency=claim.currency,
        at=claim.at,
        number=None,
        buyer=claim.user or "",
        amount=claim.amount,
        reason="support",
        capture_id=capture_id,
    )


def failed(payment: Payment, attempt: Attempt, reason: str, at: datetime) -> Event:
    """An attempt failed; another method may be used."""
    orders = tuple(line.number for line in payment.payable())
    of = {"attempt_id": attempt.id, "method": attempt.method, "reason": reason, "orders": orders}
    return PaymentFailed(**_of(payment, at), **of)


def charged_back(payment: Payment, line: Line, reason: str, at: datetime) -> Event:
    """The bank took back what had paid an order, or a part; orders opens a dispute about what is still held."""
    return PaymentChargedBack(**_of(payment, at), number=line.number, amount=line.charged_back, reason=reason)


def balance_moved(status: AccountStatus, currency: str, balance: int, available: int, at: datetime) -> Event:
    """Both balances of an account are frozen, or both are released; amounts in minor units."""
    kind = BalanceFrozen if status.frozen else BalanceReleased
    return kind(user=status.account, currency=currency, balance=balance, available=available, at=at)


def settled(settlement: Settlement) -> tuple[Event, ...]:
    """Money left an order's escrow: one event for what the seller gets, one for what the buyer gets."""
    moved = settlement
    of = {
        "number": moved.order_number,
        "order_version": moved.version,
        "currency": moved.currency,
        "reference": moved.reference,
        "at": moved.at,
    }
    events: list[Event] = []
    if moved.gross:
        shares = {"gross": moved.gross, "fee": moved.fee, "tax": moved.tax, "net": moved.net}
        events.append(EscrowReleased.model_validate({**of, "seller": moved.seller, **shares}))
    if moved.to_buyer:
        events.append(EscrowRefunded.model_validate({**of, "buyer": moved.buyer, "amount": moved.to_buyer}))
    return tuple(events)


def _of(payment: Payment, at: datetime) -> dict[str, Any]:
    """What every event about a payment carries."""
    return {"payment_number": payment.number, "buyer": payment.buyer, "currency": payment.currency, "at": at}

"""Payments, attempts and settlements as tests need them."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.payments.domain.attempt import Attempt
from services.payments.domain.line import Line, LineState
from services.payments.domain.payment import Payment
from services.payments.domain.settlement import Settlement

T0 = datetime(2026, 3, 2, tzinfo=UTC)
DUE = T0 + timedelta(hours=1)
CAPTURE = UUID(int=7)


def a_payment(
    *states: LineState, captured_by: UUID | None = None, amounts: tuple[int, ...] = (100_00, 40_00, 7)
) -> Payment:
    """A payment of one order per state."""
    lines = tuple(
        Line(f"K{at}", f"seller-{at}", amounts[at], state, None if state is LineState.PAYABLE else captured_by)
        for at, state in enumerate(states)
    )
    amount = sum(line.amount for line in lines)
    return Payment("P1", "buyer", "MYR", amount, T0, DUE, captured_by, lines)


def an_attempt(payment: Payment, covers: tuple[str, ...] | None = None, fee: int = 0) -> Attempt:
    """An attempt that was made when these orders could be paid; all of them unless given."""
    covered = tuple(line.number for line in payment.lines) if covers is None else covers
    amount = sum(line.amount for line in payment.lines if line.number in covered) + fee
    shape = ("card", "sandbox", max(amount, 1), fee, payment.currency, covered, T0, DUE, True)
    return Attempt(UUID(int=1), payment.number, *shape)


def a_settlement(**parts: int) -> Settlement:
    """A settlement of order K0; parts that are not given are zero."""
    sums = {name: parts.get(name, 0) for name in ("to_buyer", "gross", "fee", "tax", "net")}
    return Settlement("K0", parts.get("version", 3), "buyer", "seller", "MYR", T0, **sums)

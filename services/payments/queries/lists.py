"""Lists of payments: one's own, and for support anybody's, found by any reference."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, CompoundSelect, and_, not_, or_, union
from sqlmodel import col, select, tuple_
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.payments.domain.attempt import Attempt
from services.payments.domain.line import LineState
from services.payments.queries import PaymentShown
from services.payments.repository import reads
from services.payments.tables import (
    AttemptRow,
    CaptureRow,
    ChargeBackRow,
    LineRow,
    PaymentRow,
    to_attempt,
    to_payment,
)


@dataclass(frozen=True, slots=True)
class PaymentFilter:
    """Which payments are meant; what is None does not matter."""

    buyer: str | None = None
    status: str | None = None
    number: str | None = None
    attempt: UUID | None = None
    transaction: str | None = None
    """A provider's id of captured money, or of money that a bank took back."""
    start: datetime | None = None
    """Placed at this moment or later."""
    end: datetime | None = None
    """Placed before this moment."""


async def payments(
    session: AsyncSession, which: PaymentFilter, after: tuple[datetime, str] | None, limit: int
) -> list[PaymentShown]:
    """The payments with their orders and attempts, newest first, from `after` (time, number) on."""
    at = await reads.now(session)
    place = (col(PaymentRow.placed_at), col(PaymentRow.number))
    query = select(PaymentRow).where(*_conditions(which, at))
    if after is not None:
        query = query.where(tuple_(*place) < after)
    rows = (await session.exec(query.order_by(*(each.desc() for each in place)).limit(limit))).all()
    numbers = [row.number for row in rows]
    lines, tries = await _lines(session, numbers), await _attempts(session, numbers)
    found = [to_payment(row.model_dump(), [line.model_dump() for line in lines[row.number]]) for row in rows]
    return [PaymentShown(each, tuple(tries[each.number]), at) for each in found]


async def _lines(session: AsyncSession, numbers: Sequence[str]) -> dict[str, list[LineRow]]:
    query = select(LineRow).where(col(LineRow.payment_number).in_(numbers))
    found: dict[str, list[LineRow]] = defaultdict(list)
    for row in await session.exec(query.order_by(col(LineRow.position), col(LineRow.number))):
        found[row.payment_number].append(row)
    return found


async def _attempts(session: AsyncSession, numbers: Sequence[str]) -> dict[str, list[Attempt]]:
    query = select(AttemptRow).where(col(AttemptRow.payment_number).in_(numbers))
    found: dict[str, list[Attempt]] = defaultdict(list)
    for row in await session.exec(query.order_by(col(AttemptRow.created_at), col(AttemptRow.id))):
        found[row.payment_number].append(to_attempt(row.model_dump()))
    return found


def _conditions(which: PaymentFilter, at: datetime) -> list[ColumnElement[bool]]:
    number, placed = col(PaymentRow.number), col(PaymentRow.placed_at)
    found: list[ColumnElement[bool]] = []
    if which.buyer is not None:
        found.append(col(PaymentRow.buyer) == which.buyer)
    if which.status is not None:
        found.append(_status(which.status, at))
    if which.number is not None:
        found.append(number == which.number)
    if which.attempt is not None:
        found.append(number == _of_attempt(which.attempt).scalar_subquery())
    if which.transaction is not None:
        found.append(number.in_(_of_transaction(which.transaction)))
    if which.start is not None:
        found.append(placed >= which.start)
    if which.end is not None:
        found.append(placed < which.end)
    return found


def _status(status: str, at: datetime) -> ColumnElement[bool]:
    """As `Payment.status` says it."""
    charged_back = _line(col(LineRow.charged_back_by).is_not(None))
    captured = col(PaymentRow.captured_by).is_not(None)
    expired, payable = (_line(col(LineRow.state) == state) for state in (LineState.EXPIRED, LineState.PAYABLE))
    can_be_paid = and_(col(PaymentRow.due_at) > at, payable, not_(expired))
    found = {
        "charged_back": and_(charged_back, not_(can_be_paid)),
        "captured": and_(captured, not_(charged_back), not_(can_be_paid)),
        "waiting_payment": can_be_paid,
    }
    return found[status] if status in found else not_(or_(charged_back, captured, can_be_paid))


def _line(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(LineRow.number).where(col(LineRow.payment_number) == col(PaymentRow.number), condition).exists()


def _of_attempt(attempt: UUID) -> SelectOfScalar[str]:
    return select(AttemptRow.payment_number).where(col(AttemptRow.id) == attempt)


def _of_transaction(transaction: str) -> CompoundSelect[tuple[str | None]]:
    captured = select(col(CaptureRow.payment_number)).where(col(CaptureRow.transaction_id) == transaction)
    taken = select(col(ChargeBackRow.payment_number)).where(col(ChargeBackRow.transaction_id) == transaction)
    return union(captured, taken)

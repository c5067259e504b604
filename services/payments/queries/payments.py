"""Payments as their buyer and support see them: one, and lists found by any reference."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, CompoundSelect, and_, not_, or_, text, union
from sqlmodel import col, select, tuple_
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.payments.commands import missing
from services.payments.domain.attempt import Attempt
from services.payments.domain.declines import DECLINES_READ_MAX, closed_until
from services.payments.domain.line import LineState
from services.payments.domain.methods import CARDS, Method, MethodName
from services.payments.domain.payment import Payment
from services.payments.tables import (
    AttemptRow,
    CaptureRow,
    CardDeclineRow,
    ChargeBackRow,
    LineRow,
    PaymentRow,
    to_attempt,
    to_payment,
)
from shared.actor import Actor
from shared.ids import is_number
from shared.refusals import Refusal, Refused


@dataclass(frozen=True, slots=True)
class PaymentShown:
    """A payment with its attempts, oldest first, at one moment of business time."""

    payment: Payment
    attempts: tuple[Attempt, ...]
    at: datetime
    cards_closed_until: datetime | None = None
    """The end of the last closure of the buyer's card methods; read for one payment only."""

    def due(self) -> int:
        """What can be paid now, in minor units; 0 when nothing can."""
        return self.payment.due() if self.payment.refusal(self.at) is None else 0

    def fees(self, methods: Iterable[Method], country: str | None) -> dict[MethodName, int]:
        """By method the fee of an attempt made now, in minor units; only the methods that can pay (rules 6.2)."""
        due, currency = self.due(), self.payment.currency
        quotes = {each.name: each.quote(due, currency, country) for each in methods}
        until = self.cards_closed_until
        closed = CARDS if until is not None and self.at < until else frozenset[MethodName]()
        return {name: fee for name, fee in quotes.items() if fee is not None and name not in closed}


@dataclass(frozen=True, slots=True)
class PaymentFilter:
    """Which payments a list shows; a field that is None does not matter."""

    buyer: str | None = None
    status: str | None = None
    """One of the words of `Payment.status`."""
    number: str | None = None
    attempt: UUID | None = None
    transaction: str | None = None
    """A provider's id of captured money, or of money that a bank took back."""
    start: datetime | None = None
    """Placed at this moment or later."""
    end: datetime | None = None
    """Placed before this moment."""


async def is_known(session: AsyncSession, number: str) -> bool:
    """Whether the payment's checkout has arrived here."""
    return await session.get(PaymentRow, number) is not None


async def payment(session: AsyncSession, number: str, actor: Actor) -> PaymentShown | Refused:
    """A payment, for its buyer and for support; to everybody else it does not exist.

    Refused with `not_yet_known` while its checkout may still be on its way here.
    """
    row = await session.get(PaymentRow, number) if is_number(number, "P") else None
    if row is None:
        return Refused(missing(number))
    if not (row.buyer == actor.account or actor.is_support):
        return Refused(Refusal.NOT_FOUND)
    declines = select(CardDeclineRow.at).where(CardDeclineRow.buyer == row.buyer)
    last = (await session.exec(declines.order_by(col(CardDeclineRow.at).desc()).limit(DECLINES_READ_MAX))).all()
    (shown,) = await _shown(session, [row], await _now(session))
    return replace(shown, cards_closed_until=closed_until(last))


async def payments(
    session: AsyncSession, which: PaymentFilter, after: tuple[datetime, str] | None, limit: int
) -> list[PaymentShown]:
    """The payments with their orders and attempts, newest first, from `after` (time, number) on."""
    at = await _now(session)
    place = (col(PaymentRow.placed_at), col(PaymentRow.number))
    query = select(PaymentRow).where(*_conditions(which, at))
    if after is not None:
        query = query.where(tuple_(*place) < after)
    rows = await session.exec(query.order_by(*(each.desc() for each in place)).limit(limit))
    return await _shown(session, rows.all(), at)


async def _shown(session: AsyncSession, rows: Sequence[PaymentRow], at: datetime) -> list[PaymentShown]:
    numbers = [row.number for row in rows]
    line = select(LineRow).where(col(LineRow.payment_number).in_(numbers))
    lines: dict[str, list[LineRow]] = defaultdict(list)
    for each in await session.exec(line.order_by(col(LineRow.position), col(LineRow.number))):
        lines[each.payment_number].append(each)
    attempt = select(AttemptRow).where(col(AttemptRow.payment_number).in_(numbers))
    attempts: dict[str, list[Attempt]] = defaultdict(list)
    for made in await session.exec(attempt.order_by(col(AttemptRow.created_at), col(AttemptRow.id))):
        attempts[made.payment_number].append(to_attempt(made.model_dump()))
    found = [to_payment(row.model_dump(), [each.model_dump() for each in lines[row.number]]) for row in rows]
    return [PaymentShown(each, tuple(attempts[each.number]), at) for each in found]


async def _now(session: AsyncSession) -> datetime:
    """The business time."""
    moment: datetime = await session.scalar(text("select market_now()"))
    return moment


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
    """The condition under which `Payment.status` answers this word."""
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

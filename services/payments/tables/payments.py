"""Payments with their lines and attempts, declined cards and account statuses."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Text,
    Uuid,
    text,
)
from sqlmodel import Field

from services.payments.domain.attempt import Attempt, AttemptStatus
from services.payments.domain.line import Line, LineState
from services.payments.domain.payment import Payment
from services.payments.tables.base import MOMENT, Table


class PaymentRow(Table, table=True):
    """The payment of one checkout; its row lock orders everything that happens to its money."""

    __tablename__ = "payments"
    __table_args__ = (
        Index("payments_buyer", "buyer", "placed_at", "number"),
        Index("payments_placed", "placed_at", "number"),
    )

    number: str = Field(primary_key=True, sa_type=Text)
    buyer: str = Field(sa_type=Text)
    currency: str = Field(sa_type=Text)
    amount: int = Field(sa_type=BigInteger)  # the sum of its orders, in minor units
    placed_at: datetime = Field(sa_type=MOMENT)
    due_at: datetime = Field(sa_type=MOMENT)  # from then on no attempt is made
    captured_by: UUID | None = None  # the capture whose money was offered to orders last


class LineRow(Table, table=True):
    """One order of a payment; without a foreign key, because its events may arrive before its payment's."""

    __tablename__ = "payment_lines"
    __table_args__ = (
        Index("payment_lines_payment", "payment_number"),
        Index("payment_lines_buyer", "buyer", postgresql_where=text("state = 'paid'")),
    )

    number: str = Field(primary_key=True, sa_type=Text)  # the order's
    payment_number: str = Field(sa_type=Text)
    position: int = Field(sa_type=Integer)  # in the checkout
    buyer: str = Field(sa_type=Text)
    seller: str = Field(sa_type=Text)
    currency: str = Field(sa_type=Text)
    amount: int = Field(sa_type=BigInteger)  # in minor units
    state: str = Field(sa_type=Text)  # see domain/line.py
    offered_by: UUID | None = None  # the capture whose money was offered to the order last
    charged_back_by: str | None = Field(default=None, sa_type=Text)
    """The provider whose bank took money of the payment back."""
    charged_back: int = Field(default=0, sa_type=BigInteger)
    """How much of the order's escrow the bank has taken, in minor units."""


class AttemptRow(Table, table=True):
    """One try to pay."""

    __tablename__ = "attempts"
    __table_args__ = (
        Index("attempts_payment", "payment_number"),
        Index("attempts_unknown", "poll_at", postgresql_where=text("poll_at is not null")),
    )

    id: UUID = Field(primary_key=True)
    payment_number: str = Field(sa_column=Column(Text, ForeignKey("payments.number"), nullable=False))
    method: str = Field(sa_type=Text)
    provider: str = Field(sa_type=Text)
    amount: int = Field(sa_type=BigInteger)  # what the provider shall take, with the fee, in minor units
    fee: int = Field(sa_type=BigInteger)  # the processing fee in it
    currency: str = Field(sa_type=Text)
    covers: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))  # the orders that could be paid
    status: str = Field(sa_type=Text)  # see domain/attempt.py
    reason: str | None = Field(default=None, sa_type=Text)  # why it failed
    created_at: datetime = Field(sa_type=MOMENT)
    valid_until: datetime = Field(sa_type=MOMENT)  # until when it can pay its orders
    can_dispute: bool = Field(sa_type=Boolean)  # whether the method's bank can take captured money back
    poll_at: datetime | None = Field(default=None, sa_type=MOMENT)  # when the provider is polled next
    polls: int = Field(default=0, sa_type=Integer)


class CardDeclineRow(Table, table=True):
    """A bank's no to a card, once per attempt."""

    __tablename__ = "card_declines"
    __table_args__ = (Index("card_declines_buyer", "buyer", "at"),)

    attempt_id: UUID = Field(sa_column=Column(Uuid, ForeignKey("attempts.id"), primary_key=True))
    buyer: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=MOMENT)  # business time


class AccountStatusRow(Table, table=True):
    """The status of an account as disputes published it; a higher version replaces a lower one."""

    __tablename__ = "standings"
    __table_args__ = (CheckConstraint("suspended or not frozen", name="standings_frozen"),)

    account: str = Field(primary_key=True, sa_type=Text)  # the id of the user
    suspended: bool = Field(sa_type=Boolean)
    frozen: bool = Field(sa_type=Boolean)
    version: int = Field(sa_type=Integer)  # of the event that was applied last


def to_payment(row: Mapping[str, Any], lines: Iterable[Mapping[str, Any]]) -> Payment:
    """The payment of a row and of its lines' rows."""
    plain = {name: row[name] for name in Payment.__dataclass_fields__ if name != "lines"}
    return Payment(**plain, lines=tuple(to_line(line) for line in lines))


def to_line(row: Mapping[str, Any]) -> Line:
    """The line of a row."""
    plain = {name: row[name] for name in Line.__dataclass_fields__ if name != "state"}
    return Line(**plain, state=LineState(row["state"]))


def to_attempt(row: Mapping[str, Any]) -> Attempt:
    """The attempt of a row."""
    plain = {name: row[name] for name in Attempt.__dataclass_fields__ if name not in ("covers", "status")}
    return Attempt(**plain, covers=tuple(row["covers"]), status=AttemptStatus(row["status"]))

"""The review queue of support, and what support claims and adjusts."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field

from services.payments.domain.adjustment import Adjustment, AdjustmentKind, AdjustmentState
from services.payments.domain.capture import Unmatched
from services.payments.tables.base import MOMENT, Table, recorded


class UnmatchedRow(Table, table=True):
    """An item of support's review queue: money that fits no payment, or a charge-back to be looked at."""

    __tablename__ = "unmatched_items"
    __table_args__ = (
        Index("unmatched_items_open", "id", postgresql_where=text("resolved_at is null")),
        Index("unmatched_items_capture", "capture_id"),
    )

    id: UUID = Field(primary_key=True)
    capture_id: UUID | None = Field(default=None, sa_column=Column(ForeignKey("captures.id")))
    """None for a charge-back that was put aside."""
    reason: str = Field(sa_type=Text)  # see domain/capture.py
    provider: str = Field(sa_type=Text)
    transaction_id: str = Field(sa_type=Text)
    amount: int = Field(sa_type=BigInteger)  # in minor units
    currency: str = Field(sa_type=Text)
    payment_number: str | None = Field(default=None, sa_type=Text)
    buyer: str | None = Field(default=None, sa_type=Text)  # the payment's, if it is known
    at: datetime = Field(sa_type=MOMENT)
    message: bytes | None = Field(default=None, sa_type=LargeBinary)  # the bytes of an unreadable message
    resolved_at: datetime | None = Field(default=None, sa_type=MOMENT)
    resolved_by: str | None = Field(default=None, sa_type=Text)
    resolution: str | None = Field(default=None, sa_type=Text)  # how: `credit`, `return`, `write_off`, `charged_back`
    credited_to: str | None = Field(default=None, sa_type=Text)  # the user who got the money
    why: str | None = Field(default=None, sa_type=Text)  # support's reason


class ClaimRow(Table, table=True):
    """A bank transfer that support claimed; its money is the capture of the provider `bank` under its reference."""

    __tablename__ = "claims"
    __table_args__ = (
        UniqueConstraint("reference", name="claims_once"),
        CheckConstraint('(payment_number is null) <> ("user" is null)', name="claims_whose"),
    )

    id: UUID = Field(primary_key=True)
    reference: str = Field(sa_type=Text)  # normalised
    amount: int = Field(sa_type=BigInteger)  # in minor units
    currency: str = Field(sa_type=Text)
    value_date: date = Field(sa_type=Date)  # when the bank had the money
    payment_number: str | None = Field(default=None, sa_type=Text)
    user: str | None = Field(default=None, sa_type=Text)  # whose balance it is for
    claimed_by: str = Field(sa_type=Text)  # who of support
    at: datetime = Field(sa_type=MOMENT)  # business time
    recorded_at: datetime = Field(sa_column=recorded())  # real time


class AdjustmentRow(Table, table=True):
    """What support gave a user or declared forfeited; booked at once, or by a second person."""

    __tablename__ = "adjustments"
    __table_args__ = (
        Index("adjustments_pending", "id", postgresql_where=text("state = 'pending'")),
        Index("adjustments_user", "user", "id"),
        CheckConstraint("(decided_by is null) = (decided_at is null)", name="adjustments_decided"),
    )

    id: UUID = Field(primary_key=True)
    kind: str = Field(sa_type=Text)  # see domain/adjustment.py
    user: str = Field(sa_type=Text)  # whose money it is about
    amount: int = Field(sa_type=BigInteger)  # in minor units
    currency: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    requested_by: str = Field(sa_type=Text)  # who of support
    requested_at: datetime = Field(sa_type=MOMENT)  # business time
    needs_second: bool = Field(sa_type=Boolean)  # its amount is above what one person may decide
    state: str = Field(sa_type=Text)  # see domain/adjustment.py
    decided_by: str | None = Field(default=None, sa_type=Text)  # the second person
    decided_at: datetime | None = Field(default=None, sa_type=MOMENT)
    recorded_at: datetime = Field(sa_column=recorded())  # real time


def to_adjustment(row: Mapping[str, Any]) -> Adjustment:
    """The adjustment of a row."""
    plain = {name: row[name] for name in Adjustment.__dataclass_fields__ if name not in ("kind", "state")}
    return Adjustment(**plain, kind=AdjustmentKind(row["kind"]), state=AdjustmentState(row["state"]))


def to_unmatched(row: Mapping[str, Any]) -> Unmatched:
    """The review item of a row."""
    return Unmatched(**{name: row[name] for name in Unmatched.__dataclass_fields__})

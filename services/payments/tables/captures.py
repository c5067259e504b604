"""Providers' messages, captured money, and money that banks took back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field

from services.payments.tables.base import MOMENT, Table, recorded


class WebhookRow(Table, table=True):
    """A provider's signed message exactly as it came, and what was done with it; the first body of an id wins."""

    __tablename__ = "webhooks"
    __table_args__ = (
        UniqueConstraint("provider", "event_id", "body_sha256", name="webhooks_once"),
        Index("webhooks_first", "provider", "event_id", unique=True, postgresql_where=text("outcome <> 'aside'")),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    provider: str = Field(sa_type=Text)
    event_id: str = Field(sa_type=Text)  # the provider's
    body: bytes = Field(sa_type=LargeBinary)
    body_sha256: bytes = Field(sa_type=LargeBinary)
    outcome: str = Field(sa_type=Text)  # what it led to; `aside` for another body under a known id
    received_at: datetime = Field(sa_column=recorded())


class CaptureRow(Table, table=True):
    """Captured money, once per transaction of a provider, with its one disposition and the reason."""

    __tablename__ = "captures"
    __table_args__ = (
        UniqueConstraint("provider", "event_id", name="captures_event"),
        UniqueConstraint("provider", "transaction_id", name="captures_transaction"),
        Index("captures_payment", "payment_number"),
        Index("captures_lookup", "transaction_id"),
        Index("captures_reference", "reference"),
    )

    id: UUID = Field(primary_key=True)
    provider: str = Field(sa_type=Text)
    event_id: str = Field(sa_type=Text)  # the provider's
    transaction_id: str = Field(sa_type=Text)  # the provider's
    attempt_id: UUID | None = None  # None for an unknown reference
    payment_number: str | None = Field(default=None, sa_type=Text)
    amount: int = Field(sa_type=BigInteger)  # in minor units
    currency: str = Field(sa_type=Text)
    disposition: str = Field(sa_type=Text)  # see domain/capture.py
    reason: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=MOMENT)  # business time
    recorded_at: datetime = Field(sa_column=recorded())  # real time
    reference: str = Field(sa_column=Column(Text, nullable=False, server_default=text("''")))
    """The transaction's id normalised as a bank reference: claims share its name space."""


class ChargeBackRow(Table, table=True):
    """Captured money that a bank took back, whole or in part; one that came before its capture waits for it."""

    __tablename__ = "charge_backs"
    __table_args__ = (
        UniqueConstraint("provider", "event_id", name="charge_backs_event"),
        UniqueConstraint("provider", "transaction_id", name="charge_backs_transaction"),
        Index("charge_backs_attempt", "attempt_id"),
        Index("charge_backs_capture", "capture_id"),
        CheckConstraint("amount > 0 and waiting between 0 and amount", name="charge_backs_amount"),
        CheckConstraint("not aside or capture_id is null", name="charge_backs_aside"),
        Index("charge_backs_lookup", "transaction_id"),
    )

    id: UUID = Field(primary_key=True)
    provider: str = Field(sa_type=Text)
    event_id: str = Field(sa_type=Text)  # the provider's
    transaction_id: str = Field(sa_type=Text)  # the provider's
    attempt_id: UUID | None = Field(default=None, sa_column=Column(ForeignKey("attempts.id")))
    payment_number: str | None = Field(default=None, sa_type=Text)
    capture_id: UUID | None = Field(default=None, sa_column=Column(ForeignKey("captures.id")))
    """None before its capture arrives, and when it is put aside."""
    amount: int = Field(sa_type=BigInteger)  # in minor units
    currency: str = Field(sa_type=Text)
    waiting: int = Field(sa_type=BigInteger)  # how much has no bearer yet
    aside: bool = Field(sa_type=Boolean)  # fits no capture: support looks at it
    reason: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=MOMENT)  # business time
    recorded_at: datetime = Field(sa_column=recorded())  # real time

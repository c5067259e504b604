"""The tables that every service's database has: outbox, inbox, failed messages, idempotency answers, the clock.

Storage only: SQLModel classes for reads, and for the test that compares them with what the migrations of
shared/db/common make. Writing goes through the module that owns the table.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    Interval,
    LargeBinary,
    MetaData,
    Text,
    text,
)
from sqlmodel import Field, SQLModel

MOMENT = DateTime(timezone=True)
COMMON = MetaData()


class CommonTable(SQLModel):
    """Base of the tables that all services share in shape, each in its own database."""

    metadata = COMMON


class OutboxRow(CommonTable, table=True):
    """An event that was committed with its cause and waits for the relay, or was published."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("outbox_unpublished", "id", postgresql_where=text("published_at is null")),
        Index("outbox_published_at", "published_at", postgresql_where=text("published_at is not null")),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    """The order in which events are published."""
    message_id: UUID = Field(unique=True)
    """The same in every delivery; consumers recognise a repeated message by it."""
    event: str = Field(sa_type=Text)
    """The event's name, e.g. `order.paid`."""
    routing_key: str = Field(sa_type=Text)  # the key of market.events that it is published under
    subject: str = Field(sa_type=Text)
    """What the event is about, e.g. an order number."""
    sequence: int = Field(sa_type=BigInteger)
    """The version of the subject; a consumer sees by it which of two events is newer."""
    body: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))  # the event's JSON
    traceparent: str | None = Field(default=None, sa_type=Text)
    """The W3C trace of the command; None when there was none."""
    correlation_id: str = Field(sa_type=Text)
    """The request, or first message, that began everything."""
    causation_id: str | None = Field(default=None, sa_type=Text)
    """The message whose handling published this event; None for a request."""
    happened_at: datetime = Field(sa_type=MOMENT)
    """Business time of the event."""
    created_at: datetime = Field(sa_column=Column(MOMENT, nullable=False, server_default=text("clock_timestamp()")))
    """Real time of the row."""
    published_at: datetime | None = Field(default=None, sa_type=MOMENT)
    """When the broker confirmed it; None until then."""
    attempts: int = Field(sa_column=Column(Integer, nullable=False, server_default=text("0")))
    """How many publishes failed."""
    retry_at: datetime | None = Field(default=None, sa_type=MOMENT)
    """When a failed publish is tried again; None is now."""
    error: str | None = Field(default=None, sa_type=Text)
    """Why the last publish failed."""


class InboxRow(CommonTable, table=True):
    """A message that this consumer has handled; the row is in the same transaction as the effect."""

    __tablename__ = "inbox"
    __table_args__ = (Index("inbox_handled_at", "handled_at"),)

    consumer: str = Field(primary_key=True, sa_type=Text)
    """The queue that the message came from."""
    message_id: str = Field(primary_key=True, sa_type=Text)  # `message_id` of the outbox row
    event: str = Field(sa_type=Text)
    """The event's name, e.g. `order.paid`."""
    handled_at: datetime = Field(sa_column=Column(MOMENT, nullable=False, server_default=text("clock_timestamp()")))
    """Real time."""


class FailedMessage(CommonTable, table=True):
    """A message whose handling failed: a job (shared/db/jobs.py), parked after eight tries."""

    __tablename__ = "kept_messages"
    __table_args__ = (
        Index("kept_messages_of", "consumer", "message_id", unique=True),
        Index("kept_messages_due", "next_try_at", postgresql_where=text("state = 'waiting'")),
        CheckConstraint("state in ('waiting', 'parked', 'handled', 'skipped')", name="kept_messages_state"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    consumer: str = Field(sa_type=Text)
    """The queue that the message came from."""
    message_id: str = Field(sa_type=Text)  # as in the inbox
    event: str = Field(sa_type=Text)
    """The event's name as the publisher wrote it; `unknown` without one."""
    headers: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))  # the AMQP headers as delivered
    body: bytes = Field(sa_type=LargeBinary)
    """The body as delivered, byte for byte."""
    state: str = Field(sa_type=Text)
    """`waiting` for its next try, `parked` for an operator, `handled`, or `skipped` by an operator."""
    attempts: int
    """How many tries failed since the last replay."""
    error: str = Field(sa_type=Text)
    """Why the last try failed."""
    kept_at: datetime = Field(sa_column=Column(MOMENT, nullable=False, server_default=text("clock_timestamp()")))
    """Real time of the first failure."""
    next_try_at: datetime = Field(sa_type=MOMENT)
    """When it may be claimed; while it is being tried, when the lease ends."""
    settled_by: str | None = Field(default=None, sa_type=Text)
    """The operator who replayed or skipped it."""
    settled_why: str | None = Field(default=None, sa_type=Text)
    """The operator's reason."""
    settled_at: datetime | None = Field(default=None, sa_type=MOMENT)
    """When it was handled, or an operator acted."""


class Answer(CommonTable, table=True):
    """What a caller was answered under an Idempotency-Key: the same bytes are given again for 48 hours."""

    __tablename__ = "answers"
    __table_args__ = (Index("answers_stored_at", "stored_at"),)

    caller: str = Field(primary_key=True, sa_type=Text)  # the token's `sub`
    route: str = Field(primary_key=True, sa_type=Text)  # method and path
    key: str = Field(primary_key=True, sa_type=Text)  # the Idempotency-Key
    fingerprint: bytes = Field(sa_type=LargeBinary)  # SHA-256 of method, path, query and body
    status: int  # the HTTP status
    headers: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    body: bytes = Field(sa_type=LargeBinary)
    stored_at: datetime = Field(sa_column=Column(MOMENT, nullable=False, server_default=text("clock_timestamp()")))
    """Real time."""


class ClockRow(CommonTable, table=True):
    """The sandbox clock of this database; a production database has no row, and its business time is real."""

    __tablename__ = "clock"
    __table_args__ = (CheckConstraint("id", name="clock_one_row"),)

    id: bool = Field(primary_key=True, default=True)  # always true: one row
    frozen_at: datetime | None = Field(default=None, sa_type=MOMENT)  # where the clock stands still; None while it runs
    shift: timedelta = Field(sa_column=Column(Interval, nullable=False, server_default=text("'0'::interval")))
    """How far a running clock is ahead of real time."""
    round: int = Field(sa_column=Column(BigInteger, nullable=False, server_default=text("0")))
    """The coordinator's polling round that set it."""

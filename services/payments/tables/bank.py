"""What the sandbox's provider remembers."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, Identity, Index, LargeBinary, Text, text
from sqlmodel import Field

from services.payments.tables.base import MOMENT, Table, recorded


class SandboxIntentRow(Table, table=True):
    """An attempt as the sandbox's bank has it in its own books; empty in production."""

    __tablename__ = "sandbox_intents"

    attempt_id: UUID = Field(primary_key=True)
    state: str = Field(sa_type=Text)  # open, authorised, captured, voided
    created_at: datetime = Field(sa_column=recorded())


class SandboxMessageRow(Table, table=True):
    """A message that the sandbox's bank sent, or that got lost."""

    __tablename__ = "sandbox_messages"
    __table_args__ = (
        Index("sandbox_messages_attempt", "attempt_id", "id"),
        Index("sandbox_messages_event", "event_id"),
        Index("sandbox_messages_late", "send_at", postgresql_where=text("send_at is not null")),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    attempt_id: UUID
    event_id: str = Field(sa_type=Text)
    body: bytes = Field(sa_type=LargeBinary)
    sent_at: datetime = Field(sa_column=recorded())
    send_at: datetime | None = Field(default=None, sa_type=MOMENT)  # when a late one is sent; None once it was

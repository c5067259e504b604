"""The tables of chat, and how a row becomes a domain object. Storage only."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Text,
    Uuid,
    text,
)
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import BigInteger, Field, SQLModel

from services.chat.domain.attachment import Attachment, Picture, Proof, UploadContext
from services.chat.domain.conversation import Conversation, Kind, Message
from services.chat.domain.log import Line, Order
from services.chat.domain.support import Channel, Item, Status, Unanswered

METADATA = MetaData()
MOMENT = DateTime(timezone=True)


class Table(SQLModel):
    """Base of the service's own tables."""

    metadata = METADATA


def _of_conversation(*, primary_key: bool = True) -> Any:
    return Field(sa_column=Column(ForeignKey("conversations.id"), primary_key=primary_key, nullable=False))


class ListingRow(Table, table=True):
    """Whose a listing is; who has one here was a seller once."""

    __tablename__ = "listings"
    __table_args__ = (Index("listings_seller", "seller"),)

    listing_id: str = Field(primary_key=True, sa_type=Text)
    seller: str = Field(sa_type=Text)
    version: int = Field(sa_type=BigInteger)


class OrderRow(Table, table=True):
    """An order's parties, and the end of its log."""

    __tablename__ = "orders"
    __table_args__ = (CheckConstraint("lines >= 0"), Index("orders_pair", "buyer", "seller"))

    number: str = Field(primary_key=True, sa_type=Text)
    buyer: str = Field(sa_type=Text)
    seller: str = Field(sa_type=Text)
    category: str = Field(sa_type=Text)
    paid: bool
    version: int = Field(sa_type=Integer)
    lines: int = Field(sa_type=Integer)
    hash: str = Field(sa_type=Text)
    paid_at: datetime | None = Field(default=None, sa_type=MOMENT)
    closed_at: datetime | None = Field(default=None, sa_type=MOMENT)


class AccountStatusRow(Table, table=True):
    """Whether an account is suspended, as disputes published it last."""

    __tablename__ = "account_statuses"

    account: str = Field(primary_key=True, sa_type=Text)
    suspended: bool
    version: int = Field(sa_type=Integer)


class ConversationRow(Table, table=True):
    """A conversation and its head."""

    __tablename__ = "conversations"
    __table_args__ = (
        Unique("buyer", "seller", "kind", name="conversations_pair"),
        CheckConstraint("buyer <> seller", name="conversations_two"),
        Index("conversations_buyer", "buyer", text("active_at desc"), "id"),
        Index("conversations_active", "active_at"),
        Index("conversations_seller", "seller", text("active_at desc"), "id"),
    )

    id: UUID = Field(primary_key=True)
    buyer: str = Field(sa_type=Text)
    seller: str = Field(sa_type=Text)
    head: int = Field(sa_type=Integer)
    opened_at: datetime = Field(sa_type=MOMENT)
    active_at: datetime = Field(sa_type=MOMENT)
    kind: str = Field(default="trade", sa_type=Text)


class ConversationOrderRow(Table, table=True):
    """An order that a conversation is about."""

    __tablename__ = "conversation_orders"

    conversation_id: UUID = _of_conversation()
    number: str = Field(primary_key=True, sa_type=Text)
    at: datetime = Field(sa_type=MOMENT)


class MessageRow(Table, table=True):
    """A message; it is never changed."""

    __tablename__ = "messages"
    __table_args__ = (Unique("conversation_id", "sender", "client_id", name="messages_client"),)

    conversation_id: UUID = _of_conversation()
    seq: int = Field(primary_key=True, sa_type=Integer)
    id: UUID = Field(unique=True)
    sender: str = Field(sa_type=Text)
    by_user: str = Field(sa_type=Text)
    client_id: str = Field(sa_type=Text)
    fingerprint: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)
    auto: bool
    at: datetime = Field(sa_type=MOMENT)
    attachments: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False, server_default="{}"))


class WithheldRow(Table, table=True):
    """That a message was withheld; its text is not kept."""

    __tablename__ = "withheld"

    conversation_id: UUID = _of_conversation()
    sender: str = Field(primary_key=True, sa_type=Text)
    client_id: str = Field(primary_key=True, sa_type=Text)
    fingerprint: str = Field(sa_type=Text)
    kinds: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    at: datetime = Field(sa_type=MOMENT)


class MarkRow(Table, table=True):
    """Up to where a party has read."""

    __tablename__ = "marks"

    conversation_id: UUID = _of_conversation()
    account: str = Field(primary_key=True, sa_type=Text)
    seq: int = Field(sa_type=Integer)
    at: datetime = Field(sa_type=MOMENT)


class UnreadRunRow(Table, table=True):
    """Messages that a party has not read, from the first of them on, and whether that was reported."""

    __tablename__ = "unread_runs"
    __table_args__ = (Index("unread_runs_due", "due_at", postgresql_where=text("notified_at is null")),)

    conversation_id: UUID = _of_conversation()
    account: str = Field(primary_key=True, sa_type=Text)
    first_seq: int = Field(sa_type=Integer)
    due_at: datetime = Field(sa_type=MOMENT)
    notified_at: datetime | None = Field(default=None, sa_type=MOMENT)


class LogLineRow(Table, table=True):
    """A line of an order's log; it is never changed."""

    __tablename__ = "log_lines"
    __table_args__ = (Unique("number", "version", "row", name="log_lines_step"),)

    number: str = Field(sa_column=Column(ForeignKey("orders.number"), primary_key=True, nullable=False))
    seq: int = Field(primary_key=True, sa_type=Integer)
    id: UUID = Field(unique=True)
    kind: str = Field(sa_type=Text)
    by_user: str | None = Field(default=None, sa_type=Text)
    by_role: str | None = Field(default=None, sa_type=Text)
    row: str | None = Field(default=None, sa_type=Text)
    version: int | None = Field(default=None, sa_type=Integer)
    text: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=MOMENT)
    attachments: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False, server_default="{}"))
    previous_hash: str = Field(sa_type=Text)
    hash: str = Field(sa_type=Text)


class AttachmentRow(Table, table=True):
    """An uploaded picture: what it is for, and until when it is kept. Without a hash it was never stored."""

    __tablename__ = "attachments"
    __table_args__ = (
        Index("attachments_due", "keep_until", postgresql_where=text("purged_at is null")),
        Index("attachments_unused", "account", postgresql_where=text("used_at is null")),
    )

    id: UUID = Field(primary_key=True)
    conversation_id: UUID | None = Field(sa_column=Column(ForeignKey("conversations.id"), nullable=True))
    number: str | None = Field(sa_column=Column(ForeignKey("orders.number"), nullable=True))
    dispute_id: UUID | None = Field(default=None)
    account: str = Field(sa_type=Text)
    by_user: str = Field(sa_type=Text)
    sha256: str | None = Field(default=None, sa_type=Text)
    type: str | None = Field(default=None, sa_type=Text)
    width: int | None = Field(default=None, sa_type=Integer)
    height: int | None = Field(default=None, sa_type=Integer)
    uploaded_at: datetime = Field(sa_type=MOMENT)
    used_at: datetime | None = Field(default=None, sa_type=MOMENT)
    purged_at: datetime | None = Field(default=None, sa_type=MOMENT)
    keep_until: datetime = Field(sa_type=MOMENT)
    in_case: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=text("false")))


class CaseRow(Table, table=True):
    """A dispute about an order, and whether it is over: until then the order's pictures are kept."""

    __tablename__ = "cases"
    __table_args__ = (Index("cases_number", "number"),)

    dispute_id: UUID = Field(primary_key=True)
    number: str = Field(sa_type=Text)
    closed: bool


class TicketRow(Table, table=True):
    """A ticket that was not used yet, by its hash; times are real time."""

    __tablename__ = "tickets"
    __table_args__ = (Index("tickets_by_user", "by_user"), Index("tickets_expires", "expires_at"))

    hash: str = Field(primary_key=True, sa_type=Text)
    account: str = Field(sa_type=Text)
    by_user: str = Field(sa_type=Text)
    role: str = Field(sa_type=Text)
    token_expires_at: datetime = Field(sa_type=MOMENT)
    expires_at: datetime = Field(sa_type=MOMENT)


class InstanceRow(Table, table=True):
    """A running instance: when it last reported, in real and in business time."""

    __tablename__ = "instances"

    id: UUID = Field(primary_key=True)
    seen_at: datetime = Field(sa_type=MOMENT)
    active_at: datetime = Field(sa_type=MOMENT)


class SessionRow(Table, table=True):
    """A live socket, and the instance that serves it."""

    __tablename__ = "sessions"
    __table_args__ = (
        Index("sessions_instance", "instance_id"),
        Index("sessions_account", "account"),
        Index("sessions_by_user", "by_user"),
    )

    id: UUID = Field(primary_key=True)
    instance_id: UUID
    account: str = Field(sa_type=Text)
    by_user: str = Field(sa_type=Text)


class LastActiveRow(Table, table=True):
    """When an account that is offline last had a socket (business time)."""

    __tablename__ = "last_active"

    account: str = Field(primary_key=True, sa_type=Text)
    at: datetime = Field(sa_type=MOMENT)


class SellerRow(Table, table=True):
    """What a seller prepared to say."""

    __tablename__ = "sellers"

    seller: str = Field(primary_key=True, sa_type=Text)
    auto_reply: str | None = Field(default=None, sa_type=Text)
    quick_replies: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))


class AutoRepliedRow(Table, table=True):
    """When a seller's automatic reply last went to a buyer."""

    __tablename__ = "auto_replied"

    seller: str = Field(primary_key=True, sa_type=Text)
    buyer: str = Field(primary_key=True, sa_type=Text)
    at: datetime = Field(sa_type=MOMENT)


class SupportItemRow(Table, table=True):
    """A user's conversation with support, as support's queue has it."""

    __tablename__ = "support_items"
    __table_args__ = (
        Index("support_items_open", "unanswered_at", "conversation_id", postgresql_where=text("status <> 'answered'")),
        Index("support_items_due", "due_at", postgresql_where=text("due_at is not null")),
    )

    conversation_id: UUID = _of_conversation()
    account: str = Field(sa_type=Text)
    channel: str = Field(sa_type=Text)
    status: str = Field(sa_type=Text)
    version: int = Field(sa_type=Integer)
    generation: int = Field(sa_type=Integer)
    unanswered_seq: int | None = Field(default=None, sa_type=Integer)
    unanswered_at: datetime | None = Field(default=None, sa_type=MOMENT)
    assigned_to: str | None = Field(default=None, sa_type=Text)
    due_at: datetime | None = Field(default=None, sa_type=MOMENT)


class SupportAnswerRow(Table, table=True):
    """Which message of the user an answer of support is about."""

    __tablename__ = "support_answers"
    __table_args__ = (ForeignKeyConstraint(("conversation_id", "seq"), ("messages.conversation_id", "messages.seq")),)

    conversation_id: UUID = Field(primary_key=True)
    seq: int = Field(primary_key=True, sa_type=Integer)
    answers_seq: int = Field(sa_type=Integer)


class SupportNoteRow(Table, table=True):
    """What support noted about a user's conversation; no user ever sees it."""

    __tablename__ = "support_notes"
    __table_args__ = (Index("support_notes_of", "conversation_id", "id"),)

    id: UUID = Field(primary_key=True)
    conversation_id: UUID = Field(sa_column=Column(ForeignKey("support_items.conversation_id"), nullable=False))
    by_user: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=MOMENT)


def to_conversation(row: Mapping[str, Any]) -> Conversation:
    """The conversation of a row."""
    found = {each.name: row[each.name] for each in fields(Conversation)}
    return Conversation(**{**found, "kind": Kind(found["kind"])})


def to_message(row: Mapping[str, Any]) -> Message:
    """The message of a row."""
    values = {each.name: row[each.name] for each in fields(Message)}
    return Message(**{**values, "attachments": tuple(row["attachments"])})


def to_order(row: Mapping[str, Any]) -> Order:
    """What chat knows of the order of a row."""
    return Order(**{each.name: row[each.name] for each in fields(Order)})


def to_line(row: Mapping[str, Any]) -> Line:
    """The line of a row."""
    proofs = (each.partition(":") for each in row["attachments"])
    values = {each.name: row[each.name] for each in fields(Line)}
    return Line(**{**values, "attachments": tuple(Proof(UUID(name), digest) for name, _, digest in proofs)})


def to_attachment(row: Mapping[str, Any]) -> Attachment:
    """The attachment of a row that has a picture."""
    context = UploadContext(row["conversation_id"], row["number"], row["dispute_id"])
    picture = Picture(row["sha256"], row["type"], row["width"], row["height"])
    return Attachment(row["id"], context, row["account"], row["by_user"], picture, row["used_at"], row["purged_at"])


def to_item(row: Mapping[str, Any]) -> Item:
    """The item of a row."""
    seq, at = row["unanswered_seq"], row["unanswered_at"]
    return Item(
        conversation_id=row["conversation_id"],
        account=row["account"],
        channel=Channel(row["channel"]),
        status=Status(row["status"]),
        version=row["version"],
        generation=row["generation"],
        unanswered=Unanswered(seq, at) if seq is not None else None,
        assigned_to=row["assigned_to"],
    )

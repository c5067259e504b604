"""The tables of payments, and how a row becomes a domain object."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlmodel import Field, SQLModel

from services.payments.domain.attempt import Attempt, AttemptStatus
from services.payments.domain.capture import Unmatched
from services.payments.domain.line import Line, LineState
from services.payments.domain.payment import Payment

METADATA = MetaData()
MOMENT = DateTime(timezone=True)


def _recorded() -> Column[datetime]:
    return Column(MOMENT, nullable=False, server_default=text("clock_timestamp()"))


class Table(SQLModel):
    """Base of the service's own tables."""

    metadata = METADATA


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


class SandboxIntentRow(Table, table=True):
    """An attempt as the sandbox's bank has it in its own books; empty in production."""

    __tablename__ = "sandbox_intents"

    attempt_id: UUID = Field(primary_key=True)
    state: str = Field(sa_type=Text)  # open, authorised, captured, voided
    created_at: datetime = Field(sa_column=_recorded())


class SandboxMessageRow(Table, table=True):
    """A message that the sandbox's bank sent, or that got lost."""

    __tablename__ = "sandbox_messages"
    __table_args__ = (Index("sandbox_messages_attempt", "attempt_id", "id"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    attempt_id: UUID
    event_id: str = Field(sa_type=Text)
    body: bytes = Field(sa_type=LargeBinary)
    sent_at: datetime = Field(sa_column=_recorded())


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
    received_at: datetime = Field(sa_column=_recorded())


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
    recorded_at: datetime = Field(sa_column=_recorded())  # real time
    reference: str = Field(sa_column=Column(Text, nullable=False, server_default=text("''")))
    """The transaction's id normalised as a bank reference: claims share its name space."""


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
    recorded_at: datetime = Field(sa_column=_recorded())  # real time


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
    recorded_at: datetime = Field(sa_column=_recorded())  # real time


class AccountStatusRow(Table, table=True):
    """The status of an account as disputes published it; a higher version replaces a lower one."""

    __tablename__ = "standings"
    __table_args__ = (CheckConstraint("suspended or not frozen", name="standings_frozen"),)

    account: str = Field(primary_key=True, sa_type=Text)  # the id of the user
    suspended: bool = Field(sa_type=Boolean)
    frozen: bool = Field(sa_type=Boolean)
    version: int = Field(sa_type=Integer)  # of the event that was applied last


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


class WaitingSettlementRow(Table, table=True):
    """A settlement that arrived before its order's money reached escrow; executed when it does."""

    __tablename__ = "waiting_settlements"

    order_number: str = Field(primary_key=True, sa_type=Text)
    version: int = Field(primary_key=True, sa_type=Integer)  # the order's transition
    buyer: str = Field(sa_type=Text)
    seller: str = Field(sa_type=Text)
    currency: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=MOMENT)  # business time
    to_buyer: int = Field(sa_type=BigInteger)  # amounts are minor units
    gross: int = Field(sa_type=BigInteger)  # fee + tax + net
    fee: int = Field(sa_type=BigInteger)
    tax: int = Field(sa_type=BigInteger)
    net: int = Field(sa_type=BigInteger)


class AccountRow(Table, table=True):
    """A ledger account; `balance` follows its postings by trigger and is null for the platform's own accounts."""

    __tablename__ = "accounts"
    __table_args__ = (
        UniqueConstraint("kind", "owner", "currency", name="accounts_of"),
        CheckConstraint("balance >= 0", name="accounts_not_negative"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    kind: str = Field(sa_type=Text)  # see domain/ledger.py
    owner: str = Field(sa_type=Text)  # user, order, payment or provider; empty for the platform
    currency: str = Field(sa_type=Text)
    balance: int | None = Field(default=None, sa_type=BigInteger)  # in minor units
    opened_at: datetime = Field(sa_column=_recorded())


class EntryRow(Table, table=True):
    """Postings that belong together; written once, never changed."""

    __tablename__ = "entries"
    __table_args__ = (
        Index("entries_order", "order_number", postgresql_where=text("order_number is not null")),
        Index("entries_payment", "payment_number", postgresql_where=text("payment_number is not null")),
        CheckConstraint("(by_user is null) = (why is null)", name="entries_decided"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    reference: str = Field(unique=True, sa_type=Text)  # unique: what is booked once
    story: str = Field(sa_type=Text)  # the entry type
    payment_number: str | None = Field(default=None, sa_type=Text)
    order_number: str | None = Field(default=None, sa_type=Text)
    at: datetime = Field(sa_type=MOMENT)  # business time
    recorded_at: datetime = Field(sa_column=_recorded())  # real time
    by_user: str | None = Field(default=None, sa_type=Text)  # who of support decided it
    why: str | None = Field(default=None, sa_type=Text)  # the reason of that person


class PostingRow(Table, table=True):
    """What an entry does to one account, in minor units of the account's currency; minus leaves it."""

    __tablename__ = "postings"
    __table_args__ = (
        Index("postings_account", "account_id", "entry_id"),
        CheckConstraint("amount <> 0 and abs(amount) <= 9007199254740991", name="postings_amount"),
    )

    entry_id: int = Field(sa_column=Column(BigInteger, ForeignKey("entries.id"), primary_key=True))
    account_id: int = Field(sa_column=Column(BigInteger, ForeignKey("accounts.id"), primary_key=True))
    amount: int = Field(sa_type=BigInteger)  # minus leaves the account


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


def to_unmatched(row: Mapping[str, Any]) -> Unmatched:
    """The review item of a row."""
    return Unmatched(**{name: row[name] for name in Unmatched.__dataclass_fields__})

"""The ledger, and settlements that wait for their money."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field

from services.payments.tables.base import MOMENT, Table, recorded


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
    opened_at: datetime = Field(sa_column=recorded())


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
    recorded_at: datetime = Field(sa_column=recorded())  # real time
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

"""The tables of orders, and how a row becomes a domain object and back. Storage only."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Text,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel, col

from services.orders.domain import hand_over
from services.orders.domain.listing import Category, DeliveryMethod, Listing, State
from services.orders.domain.order import Expiry, Order, RefundRequest, RequestState, Stage, Status, Windows
from services.orders.domain.request import Role
from services.orders.domain.review import ReportState, Review

METADATA = MetaData()
MOMENT = DateTime(timezone=True)


class Table(SQLModel):
    """Base of the service's own tables."""

    metadata = METADATA


class StoreRow(Table, table=True):
    """A seller's store: open or closed, and the one currency of all its listings."""

    __tablename__ = "stores"

    seller: str = Field(primary_key=True, sa_type=Text)
    open: bool = Field(sa_column=Column(Boolean, nullable=False, server_default=text("true")))
    currency: str | None = Field(default=None, sa_type=Text)  # None until the first listing


class ListingRow(Table, table=True):
    """A listing; stock moves only by conditional update."""

    __tablename__ = "listings"
    __table_args__ = (
        Index("listings_live", "created_at", "listing_id", postgresql_where=text("state = 'live'")),
        Index(
            "listings_words",
            literal_column("((title || ' '::text) || description)").label("words"),
            postgresql_using="gin",
            postgresql_ops={"words": "gin_trgm_ops"},
            postgresql_where=text("state = 'live'"),
        ),
        Index("listings_price", "currency", "unit_price", "listing_id", postgresql_where=text("state = 'live'")),
        Index("listings_category", "category", "created_at", "listing_id", postgresql_where=text("state = 'live'")),
        Index("listings_seller", "seller", "created_at", "listing_id"),
    )

    listing_id: str = Field(primary_key=True, sa_type=Text)
    seller: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    description: str = Field(sa_type=Text)
    category: str = Field(sa_type=Text)
    unit_price: int = Field(sa_type=BigInteger)  # in minor units
    currency: str = Field(sa_type=Text)
    stock: int = Field(sa_type=BigInteger)  # pieces left to sell
    delivery_method: str = Field(sa_type=Text)
    delivery_hours: int = Field(sa_type=SmallInteger)  # the seller's promise
    state: str = Field(sa_type=Text)  # `draft` or `live`
    account_declaration: bool = Field(sa_type=Boolean)  # for accounts: legal source, full access
    version: int = Field(sa_type=Integer)  # raised by every change
    created_at: datetime = Field(sa_type=MOMENT)
    updated_at: datetime = Field(sa_type=MOMENT)


LISTING_WORDS = col(ListingRow.title) + literal_column("' '") + col(ListingRow.description)
"""The text of a listing that is searched, as its index has it."""


class OrderRow(Table, table=True):
    """One order: one row holds all its facts, so that one row lock guards them."""

    __tablename__ = "orders"
    __table_args__ = (
        Index("orders_due", "due_at", postgresql_where=text("due_at is not null")),
        Index("orders_buyer", "buyer", "placed_at", "number"),
        Index("orders_seller", "seller", "placed_at", "number", postgresql_where=text("paid_at is not null")),
        Index("orders_payment", "payment_number"),
        Index("orders_placed", "placed_at", "number"),
        Index("orders_disputed", "placed_at", "number", postgresql_where=text("status = 'disputed'")),
        Index("orders_unpaid", "listing_id", postgresql_where=text("status = 'waiting_payment'")),
    )

    number: str = Field(primary_key=True, sa_type=Text)
    payment_number: str = Field(sa_type=Text)  # the payment of its checkout
    buyer: str = Field(sa_type=Text)
    seller: str = Field(sa_type=Text)
    listing_id: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    category: str = Field(sa_type=Text)
    quantity: int = Field(sa_type=BigInteger)
    unit_price: int = Field(sa_type=BigInteger)  # amounts are minor units
    amount: int = Field(sa_type=BigInteger)
    currency: str = Field(sa_type=Text)
    delivery_method: str = Field(sa_type=Text)
    delivery_hours: int = Field(sa_type=SmallInteger)
    details: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    windows: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))  # D1 to D7 in seconds, pinned
    policy_version: int = Field(sa_type=Integer)
    placed_at: datetime = Field(sa_type=MOMENT)
    status: str = Field(sa_type=Text)
    version: int = Field(sa_type=Integer)  # number of the latest transition
    generation: int = Field(sa_type=Integer)  # of its deadline
    due_at: datetime | None = Field(default=None, sa_type=MOMENT)  # of the current deadline; None without one
    paid_at: datetime | None = Field(default=None, sa_type=MOMENT)
    delivered_at: datetime | None = Field(default=None, sa_type=MOMENT)
    closed_at: datetime | None = Field(default=None, sa_type=MOMENT)  # when it was closed, or expired unpaid
    held: int = Field(sa_type=BigInteger)  # what escrow holds
    refunded_amount: int = Field(sa_type=BigInteger)
    fee_rate: int | None = Field(default=None, sa_type=Integer)  # basis points, pinned when it is paid
    tax_rate: int | None = Field(default=None, sa_type=Integer)  # the same
    capture_id: UUID | None = None
    requests: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))  # at most two refund requests
    dispute_id: UUID | None = None  # the case, once it was in dispute
    charged_back: bool = Field(sa_type=Boolean)  # whether the buyer's bank took money back
    rang: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB))
    """The domain's `expiry`, under the column's old name."""
    sealed: bool = Field(sa_column=Column(Boolean, nullable=False, server_default=text("false")))
    """Whether there is a row in `hand_overs`."""
    revealed_at: datetime | None = Field(default=None, sa_type=MOMENT)  # the first time; each has a row in `reveals`


ENDED_BY_DEADLINE = col(OrderRow.rang).is_not(None)
"""The order's latest transition was the expiry of a deadline."""


class HistoryRow(Table, table=True):
    """One transition of one order: the audit trail, append-only but for the settled mark."""

    __tablename__ = "history"

    number: str = Field(primary_key=True, sa_type=Text)  # the order's
    version: int = Field(primary_key=True, sa_type=Integer)  # of the transition, from 1
    row: str = Field(sa_type=Text)  # of the lifecycle, e.g. `T7`
    by_user: str | None = Field(default=None, sa_type=Text)  # None for a deadline or provider
    by_role: str | None = Field(default=None, sa_type=Text)
    acting_for: str | None = Field(default=None, sa_type=Text)  # the seller of an assistant
    deadline: str | None = Field(default=None, sa_type=Text)  # the expired one, e.g. `D5`
    source: str | None = Field(default=None, sa_type=Text)  # status before; None for T1
    target: str = Field(sa_type=Text)  # status after
    at: datetime = Field(sa_type=MOMENT)  # when it took effect: for a deadline its due time
    recorded_at: datetime = Field(sa_type=MOMENT)  # when it was written
    why: str = Field(sa_type=Text)  # one sentence
    settled_at: datetime | None = Field(default=None, sa_type=MOMENT)  # when payments had moved its money


class HandOverRow(Table, table=True):
    """The sealed data that the seller handed over with an order; only the service's keys open it."""

    __tablename__ = "hand_overs"
    __table_args__ = (Index("hand_overs_key", "key_id", "number"),)

    number: str = Field(sa_column=Column(Text, ForeignKey("orders.number"), primary_key=True))
    key_id: str = Field(sa_type=Text)  # of MARKET_HAND_OVER_KEYS
    text: bytes = Field(sa_type=LargeBinary)  # nonce, ciphertext, tag (shared/sealing.py)


class RevealRow(Table, table=True):
    """One time that the buyer revealed a hand-over; append-only, a trigger refuses everything else."""

    __tablename__ = "reveals"
    __table_args__ = (Index("reveals_number", "number", "id"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    number: str = Field(sa_column=Column(Text, ForeignKey("hand_overs.number"), nullable=False))
    version: int = Field(sa_type=Integer)  # of the order then
    status: str = Field(sa_type=Text)  # of the order then
    by_user: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=MOMENT)

    def as_history(self) -> HistoryRow:
        """The same as a line of the history."""
        return HistoryRow(
            number=self.number,
            version=self.version,
            row=hand_over.ROW,
            by_user=self.by_user,
            by_role=str(Role.BUYER),
            source=self.status,
            target=self.status,
            at=self.at,
            recorded_at=self.at,
            why=hand_over.WHY,
        )


class AccountStatusRow(Table, table=True):
    """An account's status as disputes published it; a higher version replaces a lower one."""

    __tablename__ = "standings"

    account: str = Field(primary_key=True, sa_type=Text)  # the id of the user
    suspended: bool = Field(sa_type=Boolean)
    version: int = Field(sa_type=Integer)  # of the event that was applied last


class ReviewTable(Table, table=True):
    """The review of an order, with its reply and its report."""

    __tablename__ = "reviews"
    __table_args__ = (
        Index("reviews_seller", "seller", "posted_at", "number"),
        Index("reviews_reported", "reported_at", postgresql_where=text("report_state = 'open'")),
    )

    number: str = Field(sa_column=Column(Text, ForeignKey("orders.number"), primary_key=True))
    listing_id: str = Field(sa_type=Text)
    buyer: str = Field(sa_type=Text)
    seller: str = Field(sa_type=Text)
    rating: int = Field(sa_type=SmallInteger)  # the buyer's, 1 to 5
    text: str = Field(sa_type=Text)
    posted_at: datetime = Field(sa_type=MOMENT)
    reply_rating: int | None = Field(default=None, sa_type=SmallInteger)  # the seller's rating of the buyer
    reply_text: str | None = Field(default=None, sa_type=Text)
    replied_at: datetime | None = Field(default=None, sa_type=MOMENT)
    report_text: str | None = Field(default=None, sa_type=Text)
    reported_at: datetime | None = Field(default=None, sa_type=MOMENT)
    report_state: str | None = Field(default=None, sa_type=Text)  # `open`, `upheld` or `rejected`
    decided_by: str | None = Field(default=None, sa_type=Text)  # the member of support
    decided_at: datetime | None = Field(default=None, sa_type=MOMENT)


def to_review(row: Mapping[str, Any]) -> Review:
    """The review of a row."""
    plain = {name: row[name] for name in Review.__dataclass_fields__ if name != "report_state"}
    state = row["report_state"]
    return Review(**plain, report_state=ReportState(state) if state else None)


def to_listing(row: Mapping[str, Any]) -> Listing:
    """The listing of a row."""
    plain = {name: row[name] for name in Listing.__dataclass_fields__ if name not in _LISTING_ENUMS}
    return Listing(
        **plain,
        category=Category(row["category"]),
        delivery_method=DeliveryMethod(row["delivery_method"]),
        state=State(row["state"]),
    )


def to_domain(row: Mapping[str, Any]) -> Order:
    """The order of a row."""
    plain = {name: row[name] for name in Order.__dataclass_fields__ if name not in _ORDER_PARTS}
    expiry = row["rang"]
    return Order(
        **plain,
        details=row["details"],
        status=Status(row["status"]),
        windows=Windows(**row["windows"]),
        requests=tuple(_to_request(each) for each in row["requests"]),
        expiry=Expiry(expiry["kind"], Status(expiry["source"]), Stage(expiry["stage"]) if expiry["stage"] else None)
        if expiry
        else None,
    )


def from_domain(order: Order) -> dict[str, Any]:
    """The columns of an order; JSON columns as text, as the driver takes them."""
    plain = {name: getattr(order, name) for name in Order.__dataclass_fields__ if name not in _ORDER_PARTS}
    return {
        **plain,
        "details": orjson.dumps(dict(order.details)).decode(),
        "status": str(order.status),
        "windows": orjson.dumps(asdict(order.windows)).decode(),
        "requests": orjson.dumps([asdict(each) for each in order.requests]).decode(),
        "rang": orjson.dumps(asdict(order.expiry)).decode() if order.expiry else None,
    }


def _to_request(row: Mapping[str, Any]) -> RefundRequest:
    moments = {name: datetime.fromisoformat(row[name]) if row[name] else None for name in _MOMENTS}
    requested_at = moments["requested_at"]
    assert requested_at is not None
    return RefundRequest(
        stage=Stage(row["stage"]),
        state=RequestState(row["state"]),
        requested_amount=row["requested_amount"],
        reason=row["reason"],
        description=row["description"],
        requested_at=requested_at,
        refusal_reason=row["refusal_reason"],
        answered_at=moments["answered_at"],
    )


_LISTING_ENUMS = frozenset({"category", "delivery_method", "state"})
_ORDER_PARTS = frozenset({"status", "windows", "requests", "expiry", "details"})
_MOMENTS = ("requested_at", "answered_at")

"""Gift cards, and the PINs that were refused."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Identity, Index, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field

from services.payments.domain.gift_card import GiftCard
from services.payments.tables.base import MOMENT, Table, recorded


class GiftCardRow(Table, table=True):
    """A gift card; its PIN is not kept, only a hash of it."""

    __tablename__ = "gift_cards"
    __table_args__ = (
        UniqueConstraint("pin_hash", name="gift_cards_pin"),
        CheckConstraint("(used_by is null) = (used_at is null)", name="gift_cards_used"),
        CheckConstraint("expires_at > bought_at", name="gift_cards_expire"),
    )

    id: UUID = Field(primary_key=True)
    pin_hash: bytes = Field(sa_type=LargeBinary)  # HMAC-SHA256 with a key of the setting
    batch: UUID  # the cards that were issued together
    amount: int = Field(sa_type=BigInteger)  # in minor units
    currency: str = Field(sa_type=Text)
    bought_at: datetime = Field(sa_type=MOMENT)
    expires_at: datetime = Field(sa_type=MOMENT)  # from then on it is refused
    used_by: str | None = Field(default=None, sa_type=Text)
    used_at: datetime | None = Field(default=None, sa_type=MOMENT)  # business time
    recorded_at: datetime = Field(sa_column=recorded())  # real time


class RefusedPinRow(Table, table=True):
    """A PIN of a user that was refused: five within an hour are all that a user may try."""

    __tablename__ = "refused_pins"
    __table_args__ = (Index("refused_pins_user", "user", "at"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    user: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=MOMENT)  # business time


def to_gift_card(row: Mapping[str, Any]) -> GiftCard:
    """The gift card of a row."""
    return GiftCard(**{name: row[name] for name in GiftCard.__dataclass_fields__})

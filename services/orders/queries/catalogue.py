"""What is for sale and the reviews of sellers: search, order and pages; one's own drafts too."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement
from sqlmodel import col, select, tuple_
from sqlmodel.ext.asyncio.session import AsyncSession

from services.orders.commands.listings import Shown
from services.orders.domain.listing import State
from services.orders.domain.review import ReportState
from services.orders.queries import Key, of_suspended, shown
from services.orders.tables import LISTING_WORDS, ListingRow, OrderRow, ReviewTable, StoreRow

Place = tuple[datetime | int, str]
"""What listings are sorted by: the time they were made or their price, and the id that tells apart what is equal."""


class Sort(StrEnum):
    """In which order listings come."""

    OLDEST = "oldest"
    NEWEST = "newest"
    LOWEST_PRICE = "lowest_price"
    HIGHEST_PRICE = "highest_price"

    @property
    def by_price(self) -> bool:
        """Whether it compares prices, which only makes sense in one currency."""
        return self in (Sort.LOWEST_PRICE, Sort.HIGHEST_PRICE)


@dataclass(frozen=True, slots=True)
class ListingFilter:
    """Which listings are meant; `owner` sees all of their own, everybody else what is for sale."""

    owner: str | None = None
    state: State | None = None
    facts: dict[str, str] = field(default_factory=dict)
    """Seller, category and currency, as far as given."""
    words: tuple[str, ...] = ()
    """All of them occur in title or description, whatever their case."""
    price_min: int | None = None
    price_max: int | None = None
    sort: Sort = Sort.OLDEST


@dataclass(frozen=True, slots=True)
class PublicReview:
    """A review as everybody may read it: without the buyer's name and without reports."""

    number: str
    """The order's, which is not shown."""
    listing_id: str
    title: str
    rating: int
    text: str
    posted_at: datetime
    reply_text: str | None
    replied_at: datetime | None


async def listings(
    session: AsyncSession, which: ListingFilter, after: Place | None, limit: int
) -> list[tuple[Shown, Place]]:
    """The listings in their order from `after` on, each with its place."""
    query = select(ListingRow, StoreRow).join(StoreRow, col(StoreRow.seller) == col(ListingRow.seller))
    query = query.where(*_of_owner(which) if which.owner is not None else _for_sale(), *_wanted(which))
    first = col(ListingRow.unit_price) if which.sort.by_price else col(ListingRow.created_at)
    place = (first, col(ListingRow.listing_id))
    descending = which.sort in (Sort.NEWEST, Sort.HIGHEST_PRICE)
    if after is not None:
        query = query.where(tuple_(*place) < after if descending else tuple_(*place) > after)
    query = query.order_by(*(each.desc() for each in place)) if descending else query.order_by(*place)
    rows = (await session.exec(query.limit(limit))).all()
    return [
        (shown(row, store), (row.unit_price if which.sort.by_price else row.created_at, row.listing_id))
        for row, store in rows
    ]


async def reviews(session: AsyncSession, seller: str, after: Key | None, limit: int) -> list[PublicReview]:
    """The reviews of a seller, newest first, from `after` on; those that support has hidden are left out."""
    query = select(ReviewTable, OrderRow.title).join(OrderRow, col(OrderRow.number) == col(ReviewTable.number))
    query = query.where(col(ReviewTable.seller) == seller)
    query = query.where(col(ReviewTable.report_state).is_distinct_from(ReportState.UPHELD))
    place = (col(ReviewTable.posted_at), col(ReviewTable.number))
    if after is not None:
        query = query.where(tuple_(*place) < after)
    rows = (await session.exec(query.order_by(*(each.desc() for each in place)).limit(limit))).all()
    return [
        PublicReview(
            row.number, row.listing_id, title, row.rating, row.text, row.posted_at, row.reply_text, row.replied_at
        )
        for row, title in rows
    ]


def _for_sale() -> tuple[ColumnElement[bool], ...]:
    return col(ListingRow.state) == State.LIVE, col(StoreRow.open).is_(True), ~of_suspended(None)


def _of_owner(which: ListingFilter) -> tuple[ColumnElement[bool], ...]:
    own = col(ListingRow.seller) == which.owner
    return (own,) if which.state is None else (own, col(ListingRow.state) == which.state)


def _wanted(which: ListingFilter) -> list[ColumnElement[bool]]:
    found = [col(getattr(ListingRow, name)) == value for name, value in which.facts.items()]
    found += [LISTING_WORDS.ilike(f"%{_literally(word)}%") for word in which.words]
    if which.price_min is not None:
        found.append(col(ListingRow.unit_price) >= which.price_min)
    if which.price_max is not None:
        found.append(col(ListingRow.unit_price) <= which.price_max)
    return found


def _literally(word: str) -> str:
    """The word for a pattern: what would be a wildcard is only itself."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")

"""All SQL of orders. `lock` is the only way to load an order for change; stock moves by conditional update."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.orders.domain import deadlines, hand_over
from services.orders.domain.listing import Listing
from services.orders.domain.order import Order
from services.orders.domain.request import Role
from services.orders.domain.review import Review
from services.orders.tables import OrderRow, from_domain, to_domain, to_listing, to_review
from shared.db.repository import Repository
from shared.sealing import Sealed

_COLUMNS = tuple(OrderRow.model_fields)
_CHANGING = tuple(
    name
    for name in (
        "status",
        "version",
        "generation",
        "due_at",
        "paid_at",
        "delivered_at",
        "closed_at",
        "held",
        "refunded_amount",
        "fee_rate",
        "tax_rate",
        "capture_id",
        "requests",
        "dispute_id",
        "charged_back",
        "rang",
        "sealed",
    )
)
_LOCK = """
with o as materialized (select * from orders where number = $1 for update)
select o.*, market_now() as read_at,
       array(select account from standings where suspended and account in (o.buyer, o.seller)) as suspended
from o
"""
_PLACE = f"insert into orders ({', '.join(_COLUMNS)}) values ({', '.join(f'${n + 1}' for n in range(len(_COLUMNS)))})"
_HISTORY_VALUES = "(number, version, row, by_user, by_role, acting_for, deadline, source, target, at, recorded_at, why)"
_HISTORY = f"insert into history {_HISTORY_VALUES} values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
_SAVE = f"""
with saved as (
    update orders set {", ".join(f"{name} = ${n + 3}" for n, name in enumerate(_CHANGING))}
    where number = $1 and version = $2 returning number, version)
insert into history {_HISTORY_VALUES}
select saved.number, saved.version, {", ".join(f"${n + 3 + len(_CHANGING)}" for n in range(10))} from saved
returning 1
"""
_COMPLETED_OF = """
select count(*) from (
    select from orders where seller = $1 and paid_at is not null and status = 'completed' limit $2) completed
"""
_NUMBERS = """
select nextval('payment_numbers') as payment,
       array(select nextval('order_numbers') from generate_series(1, $1)) as orders
"""
_SETTLED = "update history set settled_at = $3 where number = $1 and version = $2 and settled_at is null"
_OVERDUE = """
with late as materialized (
    select number from orders where due_at < (select market_now()) - make_interval(secs => $1)
    order by due_at limit $2 for update skip locked)
update orders o set generation = generation + 1 from late where o.number = late.number returning o.*
"""
_NEXT_GENERATION = "update orders set generation = generation + 1 where number = $1 returning generation"
_UNPAID_OF = """
with o as materialized (
    select * from orders where listing_id = $1 and status = 'waiting_payment' and due_at <= (select market_now())
    order by number limit $2 for update skip locked)
select o.*, market_now() as read_at from o
"""
_LISTINGS = """
with l as materialized (select * from listings where listing_id = any($1::text[]) order by listing_id for update)
select l.*, market_now() as read_at from l
"""
# read after the listings are locked: the statement that waited for their locks sees the stores as they were before
_OPEN = """
select s.seller, s.open, coalesce(a.suspended, false) as suspended
from stores s left join standings a on a.account = s.seller where s.seller = any($1::text[])
"""
_TAKE_STOCK = "update listings set stock = stock - $2 where listing_id = $1 and stock >= $2 returning stock"
_ADD_STOCK = "update listings set stock = stock + $2 where listing_id = $1"
_STORE = """
insert into stores (seller) values ($1)
on conflict (seller) do update set seller = excluded.seller returning open, currency
"""
_STORE_CURRENCY = "update stores set currency = $2 where seller = $1"
_STORE_OPEN = "update stores set open = $2 where seller = $1"
_LISTING = """
select * from listings where listing_id = $1 for update
"""
_PUT_LISTING = """
insert into listings (listing_id, seller, title, description, category, unit_price, currency, stock, delivery_method,
                      delivery_hours, state, account_declaration, version, created_at, updated_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, market_now(), market_now())
on conflict (listing_id) do update set title = excluded.title, description = excluded.description,
    category = excluded.category, unit_price = excluded.unit_price, currency = excluded.currency,
    stock = excluded.stock, delivery_method = excluded.delivery_method, delivery_hours = excluded.delivery_hours,
    state = excluded.state, account_declaration = excluded.account_declaration, version = excluded.version,
    updated_at = excluded.updated_at
where listings.seller = excluded.seller
returning updated_at
"""
_SUSPENDED = "select suspended from standings where account = $1"
_PUT_STATUS = """
insert into standings (account, suspended, version) values ($1, $2, $3)
on conflict (account) do update set suspended = excluded.suspended, version = excluded.version
where standings.version < excluded.version returning true
"""
_HISTORY_OF = f"""
select row, by_user, by_role, deadline, source, target, at, why from (
    select version, 0 as place, row, by_user, by_role, deadline, source, target, at, why
    from history where number = $1
    union all
    select version, id, '{hand_over.ROW}', by_user, '{Role.BUYER}', null, status, status, at, '{hand_over.WHY}'
    from reveals where number = $1) line
order by version, place
"""
_HAND_OVER = "select key_id, text from hand_overs where number = $1"
_PUT_HAND_OVER = "insert into hand_overs (number, key_id, text) values ($1, $2, $3)"
_REVEAL = """
with o as (
    update orders set revealed_at = coalesce(revealed_at, $3) where number = $1 returning number, version, status)
insert into reveals (number, version, status, by_user, at) select number, version, status, $2, $3 from o
"""
_REVIEW = "select * from reviews where number = $1"
_PUT_REVIEW = f"""
insert into reviews (number, listing_id, buyer, seller, {", ".join(Review.__dataclass_fields__)})
values ($1, $2, $3, $4, {", ".join(f"${n + 5}" for n in range(len(Review.__dataclass_fields__)))})
on conflict (number) do update set {", ".join(f"{name} = excluded.{name}" for name in Review.__dataclass_fields__)}
"""
_LIVE_OF = "select * from listings where seller = $1 and state = 'live' order by listing_id"


@dataclass(frozen=True, slots=True)
class Entry:
    """A history row to be written with its order."""

    row: str
    by_user: str | None
    by_role: str | None
    acting_for: str | None
    deadline: str | None
    source: str | None
    target: str
    at: datetime
    recorded_at: datetime
    why: str

    def values(self) -> tuple[Any, ...]:
        """In the order of the statement."""
        return tuple(getattr(self, name) for name in Entry.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the history as events carry it."""

    row: str
    by_user: str | None
    by_role: str | None
    deadline: str | None
    source: str | None
    target: str
    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Locked:
    """An order locked for change, the time read under the lock, and which of its sides are suspended."""

    order: Order
    at: datetime
    suspended: frozenset[str]


@dataclass(frozen=True, slots=True)
class Offer:
    """A listing locked for an order, whether its store is open, and whether its seller is suspended."""

    listing: Listing
    store_open: bool
    suspended: bool


class Orders(Repository):
    """Orders and their history."""

    async def lock(self, number: str) -> Locked | None:
        """Load an order for change, with the business time read after the lock was taken (architecture 5)."""
        row = await self._sql.fetchrow(_LOCK, number)
        return Locked(to_domain(row), row["read_at"], frozenset(row["suspended"])) if row is not None else None

    async def lock_overdue_unpaid(self, listing_id: str, limit: int) -> list[tuple[Order, datetime]]:
        """Lock unpaid orders of a listing whose hour is over; skips locked rows."""
        rows = await self._sql.fetch(_UNPAID_OF, listing_id, limit)
        return [(to_domain(row), row["read_at"]) for row in rows]

    async def numbers(self, count: int) -> tuple[int, list[int]]:
        """The next value of the payment sequence and as many of the order sequence."""
        row = await self._sql.fetchrow(_NUMBERS, count)
        assert row is not None
        return row["payment"], row["orders"]

    async def place(self, orders: Sequence[Order], entries: Sequence[Entry]) -> None:
        """Write new orders with the first line of their history."""
        await self._sql.executemany(_PLACE, [_values(order, _COLUMNS) for order in orders])
        lines = [(order.number, order.version, *entry.values()) for order, entry in zip(orders, entries, strict=True)]
        await self._sql.executemany(_HISTORY, lines)

    async def save(self, before: Order, after: Order, entry: Entry) -> None:
        """Write the order and its line of history in one statement. Raises RuntimeError for a stale order."""
        done = await self._sql.fetchval(
            _SAVE, before.number, before.version, *_values(after, _CHANGING), *entry.values()
        )
        if done is None:
            raise RuntimeError(f"{before.number} changed under its own lock")

    async def next_generation(self, order: Order) -> Order:
        """Raise the generation of a locked order, so that the same deadline can be set once more."""
        return replace(order, generation=await self._sql.fetchval(_NEXT_GENERATION, order.number))

    async def overdue(self, seconds: int, limit: int) -> list[Order]:
        """Lock orders whose deadline is overdue by this many seconds, and raise their generation; skips locked rows."""
        return [to_domain(row) for row in await self._sql.fetch(_OVERDUE, seconds, limit)]

    async def completed_of(self, seller: str, limit: int) -> int:
        """How many orders of a seller are completed, counted up to this limit."""
        completed: int = await self._sql.fetchval(_COMPLETED_OF, seller, limit)
        return completed

    async def history(self, number: str) -> list[Line]:
        """Every transition of an order so far and every time its hand-over was revealed, oldest first."""
        return [
            Line(**{name: row[name] for name in Line.__dataclass_fields__})
            for row in await self._sql.fetch(_HISTORY_OF, number)
        ]

    async def mark_settled(self, number: str, version: int, at: datetime) -> None:
        """Payments has moved the money of this transition."""
        await self._sql.execute(_SETTLED, number, version, at)


class Reviews(Repository):
    """Reviews; the order's row lock guards them."""

    async def of(self, number: str) -> Review | None:
        """The review of a locked order."""
        row = await self._sql.fetchrow(_REVIEW, number)
        return to_review(row) if row is not None else None

    async def put(self, order: Order, review: Review) -> None:
        """Write the review of a locked order."""
        values = [getattr(review, name) for name in Review.__dataclass_fields__]
        await self._sql.execute(_PUT_REVIEW, order.number, order.listing_id, order.buyer, order.seller, *values)


class HandOvers(Repository):
    """Sealed hand-overs and the journal of reveals; the order's row lock guards them."""

    async def put(self, number: str, sealed: Sealed) -> None:
        """Write the hand-over of an order that is being delivered."""
        await self._sql.execute(_PUT_HAND_OVER, number, sealed.key_id, sealed.text)

    async def of(self, number: str) -> Sealed | None:
        """The hand-over of a locked order."""
        row = await self._sql.fetchrow(_HAND_OVER, number)
        return Sealed(row["key_id"], row["text"]) if row is not None else None

    async def reveal(self, order: Order, user: str, at: datetime) -> Order:
        """Write into the journal that this user revealed the hand-over; returns the order after it."""
        await self._sql.execute(_REVEAL, order.number, user, at)
        return replace(order, revealed_at=order.revealed_at or at)


class AccountStatuses(Repository):
    """Account statuses as disputes published them."""

    async def is_suspended(self, account: str) -> bool:
        """Whether the account may do nothing."""
        return bool(await self._sql.fetchval(_SUSPENDED, account))

    async def put(self, account: str, suspended: bool, version: int) -> bool:
        """Save an account's status; returns False if it is older than the saved one."""
        return await self._sql.fetchval(_PUT_STATUS, account, suspended, version) is not None


class Listings(Repository):
    """Listings and stores."""

    async def lock_offers(self, listing_ids: Iterable[str]) -> tuple[dict[str, Offer], datetime | None]:
        """Lock listings in the order of their ids; their stores and the business time are read after the last lock."""
        rows = await self._sql.fetch(_LISTINGS, sorted(listing_ids))
        stores = {row["seller"]: row for row in await self._sql.fetch(_OPEN, list({row["seller"] for row in rows}))}
        offers = {}
        for row in rows:
            store = stores[row["seller"]]
            offers[row["listing_id"]] = Offer(to_listing(row), store["open"], store["suspended"])
        return offers, rows[0]["read_at"] if rows else None

    async def take_stock(self, listing_id: str, quantity: int) -> None:
        """Reserve pieces of a locked listing. Raises RuntimeError when it has not enough."""
        if await self._sql.fetchval(_TAKE_STOCK, listing_id, quantity) is None:
            raise RuntimeError(f"the stock of {listing_id} changed under its lock")

    async def add_stock(self, listing_id: str, quantity: int) -> None:
        """Put pieces back on sale."""
        await self._sql.execute(_ADD_STOCK, listing_id, quantity)

    async def lock_store(self, seller: str) -> tuple[bool, str | None]:
        """Lock a seller's store, made when it is first needed: whether it is open, and its currency."""
        row = await self._sql.fetchrow(_STORE, seller)
        assert row is not None
        return row["open"], row["currency"]

    async def set_currency(self, seller: str, currency: str) -> None:
        """Fix the one currency of a seller's listings."""
        await self._sql.execute(_STORE_CURRENCY, seller, currency)

    async def set_open(self, seller: str, is_open: bool) -> None:
        """Open or close a store."""
        await self._sql.execute(_STORE_OPEN, seller, is_open)

    async def lock(self, listing_id: str) -> Listing | None:
        """Load a listing for change."""
        row = await self._sql.fetchrow(_LISTING, listing_id)
        return to_listing(row) if row is not None else None

    async def put(self, listing: Listing) -> datetime | None:
        """Write a listing; None when somebody else has taken its id meanwhile."""
        values = [getattr(listing, name) for name in Listing.__dataclass_fields__]
        moment: datetime | None = await self._sql.fetchval(_PUT_LISTING, *values)
        return moment

    async def live_of(self, seller: str) -> list[Listing]:
        """All live listings of a seller."""
        return [to_listing(row) for row in await self._sql.fetch(_LIVE_OF, seller)]


def _values(order: Order, columns: Sequence[str]) -> tuple[Any, ...]:
    deadline = deadlines.current(order)
    found = {**from_domain(order), "due_at": deadline.due_at if deadline is not None else None}
    return tuple(found[name] for name in columns)

"""Orders' storage in memory: orders with their history, reviews, account statuses; listings are beside it."""

from collections.abc import Sequence as Several
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from services.orders.domain import deadlines, hand_over
from services.orders.domain.listing import Listing
from services.orders.domain.order import Order, Status
from services.orders.domain.review import Review
from services.orders.repository import _CHANGING, AccountStatuses, Entry, HandOvers, Line, Locked, Orders, Reviews
from services.orders.unit_of_work import OrdersWork
from shared.db.unit_of_work import UnitOfWork
from shared.sealing import Sealed
from tests.support.memory.database import NO_SQL, BusinessClock, Sequence, Tables
from tests.support.memory.listings import MemoryListings

_MOVING = tuple("expiry" if name == "rang" else name for name in _CHANGING if name != "due_at")


@dataclass
class OrdersTables(Tables):
    """The tables of orders; `stores` is open and currency, `account_statuses` suspended and version."""

    orders: dict[str, Order] = field(default_factory=dict)
    history: dict[tuple[str, int], Entry] = field(default_factory=dict)
    settled: dict[tuple[str, int], datetime] = field(default_factory=dict)
    listings: dict[str, Listing] = field(default_factory=dict)
    stores: dict[str, tuple[bool, str | None]] = field(default_factory=dict)
    account_statuses: dict[str, tuple[bool, int]] = field(default_factory=dict)
    hand_overs: dict[str, Sealed] = field(default_factory=dict)
    reveals: list[tuple[str, int, Line]] = field(default_factory=list)
    reviews: dict[str, Review] = field(default_factory=dict)
    order_numbers: Sequence = field(default_factory=Sequence)
    payment_numbers: Sequence = field(default_factory=Sequence)

    def is_suspended(self, account: str) -> bool:
        """The newest status that orders knows of each account."""
        return self.account_statuses.get(account, (False, 0))[0]


class MemoryOrdersWork(OrdersWork):
    """One transaction of orders over tables in memory."""

    def __init__(self, tables: OrdersTables, clock: BusinessClock) -> None:
        UnitOfWork.__init__(self, NO_SQL, "orders")
        self._clock = clock
        self.orders = MemoryOrders(tables, clock)
        self.hand_overs = MemoryHandOvers(tables)
        self.listings = MemoryListings(tables, clock)
        self.reviews = MemoryReviews(tables)
        self.account_statuses = MemoryAccountStatuses(tables)

    async def now(self) -> datetime:
        return self._clock.now()


class MemoryOrders(Orders):
    """Orders and their history."""

    def __init__(self, tables: OrdersTables, clock: BusinessClock) -> None:
        self._tables, self._clock = tables, clock

    async def lock(self, number: str) -> Locked | None:
        order = self._tables.orders.get(number)
        if order is None:
            return None
        suspended = frozenset(side for side in (order.buyer, order.seller) if self._tables.is_suspended(side))
        return Locked(order, self._clock.now(), suspended)

    async def lock_overdue_unpaid(self, listing_id: str, limit: int) -> list[tuple[Order, datetime]]:
        now = self._clock.now()
        late = [
            (order, now)
            for _, order in sorted(self._tables.orders.items())
            if order.listing_id == listing_id
            and order.status is Status.WAITING_PAYMENT
            and deadlines.is_due(order, now)
        ]
        return late[:limit]

    async def completed_of(self, seller: str, limit: int) -> int:
        of = (order for order in self._tables.orders.values() if order.seller == seller)
        return min(limit, sum(order.status is Status.COMPLETED for order in of))

    async def numbers(self, count: int) -> tuple[int, list[int]]:
        payment = self._tables.payment_numbers.next()
        return payment, [self._tables.order_numbers.next() for _ in range(count)]

    async def place(self, orders: Several[Order], entries: Several[Entry]) -> None:
        for order, entry in zip(orders, entries, strict=True):
            assert order.number not in self._tables.orders, "a number is given once"
            self._tables.orders[order.number] = order
            self._write(order.number, order.version, entry)

    async def save(self, before: Order, after: Order, entry: Entry) -> None:
        known = self._tables.orders.get(before.number)
        if known is None or known.version != before.version:
            raise RuntimeError(f"{before.number} changed under its own lock")
        moved = replace(known, **{name: getattr(after, name) for name in _MOVING})
        self._tables.orders[before.number] = moved
        self._write(moved.number, moved.version, entry)

    async def next_generation(self, order: Order) -> Order:
        known = self._tables.orders[order.number]
        raised = replace(known, generation=known.generation + 1)
        self._tables.orders[order.number] = raised
        return raised

    async def overdue(self, seconds: int, limit: int) -> list[Order]:
        edge = self._clock.now() - timedelta(seconds=seconds)
        clocks = ((deadlines.current(order), number) for number, order in self._tables.orders.items())
        late = sorted((clock.due_at, number) for clock, number in clocks if clock is not None and clock.due_at < edge)
        for _, number in late[:limit]:
            await self.next_generation(self._tables.orders[number])
        return [self._tables.orders[number] for _, number in late[:limit]]

    async def history(self, number: str) -> list[Line]:
        result = sorted((version, entry) for (of, version), entry in self._tables.history.items() if of == number)
        lines = [
            (version, Line(**{name: getattr(entry, name) for name in Line.__dataclass_fields__}))
            for version, entry in result
        ]
        lines += [(version, line) for of, version, line in self._tables.reveals if of == number]
        return [line for _, line in sorted(lines, key=lambda each: each[0])]

    async def mark_settled(self, number: str, version: int, at: datetime) -> None:
        if (number, version) in self._tables.history:
            self._tables.settled.setdefault((number, version), at)

    def _write(self, number: str, version: int, entry: Entry) -> None:
        assert (number, version) not in self._tables.history, "one line of history per version"
        self._tables.history[number, version] = entry


class MemoryReviews(Reviews):
    """Reviews."""

    def __init__(self, tables: OrdersTables) -> None:
        self._tables = tables

    async def of(self, number: str) -> Review | None:
        return self._tables.reviews.get(number)

    async def put(self, order: Order, review: Review) -> None:
        self._tables.reviews[order.number] = review


class MemoryHandOvers(HandOvers):
    """Sealed hand-overs and the journal of reveals."""

    def __init__(self, tables: OrdersTables) -> None:
        self._tables = tables

    async def put(self, number: str, sealed: Sealed) -> None:
        assert number not in self._tables.hand_overs, "an order is delivered once"
        self._tables.hand_overs[number] = sealed

    async def of(self, number: str) -> Sealed | None:
        return self._tables.hand_overs.get(number)

    async def reveal(self, order: Order, user: str, at: datetime) -> Order:
        known = self._tables.orders[order.number]
        after = self._tables.orders[order.number] = replace(known, revealed_at=known.revealed_at or at)
        status = str(after.status)
        line = Line(hand_over.ROW, user, "buyer", None, status, status, at, hand_over.WHY)
        self._tables.reveals.append((order.number, after.version, line))
        return after


class MemoryAccountStatuses(AccountStatuses):
    """The account statuses that orders knows."""

    def __init__(self, tables: OrdersTables) -> None:
        self._tables = tables

    async def is_suspended(self, account: str) -> bool:
        return self._tables.is_suspended(account)

    async def put(self, account: str, suspended: bool, version: int) -> bool:
        if account in self._tables.account_statuses and self._tables.account_statuses[account][1] >= version:
            return False
        self._tables.account_statuses[account] = (suspended, version)
        return True

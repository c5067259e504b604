"""Transactions in memory: a copy of all tables when one begins, put in place of the old ones when it commits."""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Generic, Self, TypeVar, cast

import asyncpg

from shared.contracts.base import Event
from shared.db.unit_of_work import Work

T = TypeVar("T")
NO_SQL = cast("asyncpg.Connection[Any]", None)
"""What memory has in place of a connection: any use of it fails."""


def drive(work: Coroutine[Any, Any, T]) -> T:
    """Run what never waits for the world outside, without an event loop."""
    try:
        work.send(None)
    except StopIteration as done:
        return cast("T", done.value)
    work.close()
    raise RuntimeError("this waits for something that memory does not have")


@dataclass
class BusinessClock:
    """The business time, in whole milliseconds; it moves only when a test moves it."""

    time: datetime = datetime(2026, 3, 2, tzinfo=UTC)
    stands_still: bool = False
    """Whether it is a sandbox clock that somebody stopped; the fire loop is silent then."""

    def now(self) -> datetime:
        """What `market_now()` would answer."""
        return self.time


@dataclass
class SkewedClock(BusinessClock):
    """The clock of one database that is ahead of the others', or behind them."""

    right: BusinessClock = field(default_factory=BusinessClock)
    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        """The right time, and by how much this clock is wrong."""
        return self.right.now() + self.ahead


@dataclass(frozen=True)
class OutboxEvent:
    """A row of the outbox: an event as it was written, what it is about, and the message that caused it."""

    message_id: str
    event: str
    routing_key: str
    subject: str
    body: str


@dataclass
class Tables:
    """What every database has; a service adds its own tables, each a dictionary or a list of unchangeable values."""

    inbox: dict[tuple[str, str], str] = field(default_factory=dict)
    outbox: dict[str, OutboxEvent] = field(default_factory=dict)
    """What is not published yet."""
    published: int = 0

    def copy(self) -> Self:
        """The same rows in tables of their own; sequences are shared, as in a database they do not roll back."""
        given = {each.name: getattr(self, each.name) for each in fields(self)}
        return type(self)(**{name: _copy(table) for name, table in given.items()})


def _copy(table: Any) -> Any:
    return table.copy() if isinstance(table, dict | list | set) else table


@dataclass
class Sequence:
    """A database sequence: it goes on, whatever becomes of the transaction."""

    values: "count[int]" = field(default_factory=count)

    def next(self) -> int:
        """A number that nobody else gets."""
        return next(self.values)


Held = TypeVar("Held", bound=Tables)


class MemoryDatabase(Generic[Work, Held]):
    """One service's database: all or nothing, one transaction after the other."""

    def __init__(self, service: str, tables: Held, clock: BusinessClock, work: Callable[[Held, BusinessClock], Work]):
        self.service, self.tables, self.clock = service, tables, clock
        self._work = work
        self.watchers: list[Callable[[Held, Held], None]] = []
        """Called at every commit with the tables before and after it."""
        self.before_commit: Callable[[], None] = lambda: None
        """Called by whoever has done the work: the place where a process may die with everything done, nothing kept."""
        self._draft: Held = tables

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Work]:
        """Everything or nothing: leaving the block commits the effects and the events together."""
        draft = self._draft = self.tables.copy()
        work = self._work(draft, self.clock)
        yield work
        for event in work.outbox.published:
            draft.published += 1
            spoken = self._written(event, draft.published)
            draft.outbox[spoken.message_id] = spoken
        before, self.tables = self.tables, draft
        for look in self.watchers:
            look(before, draft)

    @property
    def draft(self) -> Held:
        """The tables of the running transaction."""
        return self._draft

    def _written(self, event: Event, number: int) -> OutboxEvent:
        name = f"{self.service}-{number}"
        return OutboxEvent(name, event.name, event.routing_key(), event.about(), event.model_dump_json())

"""One request or message is one transaction, and this file is the only place that commits.

Commands run prepared SQL on the asyncpg connection that SQLAlchemy's pool hands out (`uow.sql`); reads use SQLModel
sessions (`Database.reading`). Both come from the same pool.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Any, Generic, TypeVar

import asyncpg
from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry
from sqlalchemy.util import greenlet_spawn
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.db.errors import translate
from shared.db.outbox import Outbox
from shared.telemetry.logs import logger

COMMAND_TIMEOUT_SECONDS = 10
POOL_TIMEOUT_SECONDS = 3


class UnitOfWork:
    """What one command may use: its own database through `sql`, and the events that it publishes through `outbox`.

    A service adds its repositories in its unit_of_work.py.
    """

    def __init__(self, sql: "asyncpg.Connection[Any]", service: str) -> None:
        self.sql = sql
        self.outbox = Outbox(service)
        self._afterwards: list[Callable[[], object]] = []
        self._connection: AsyncConnection | None = None

    @asynccontextmanager
    async def querying(self) -> AsyncIterator[AsyncSession]:
        """A session inside a transaction begun with `querying`: queries see its locks and its changes.

        It has to end before the transaction does.
        """
        assert self._connection is not None, "the transaction was not begun with querying"
        async with AsyncSession(self._connection, expire_on_commit=False) as session:
            yield session

    def queries_through(self, connection: AsyncConnection | None) -> None:
        """Set the connection that sessions of this transaction use."""
        self._connection = connection

    def on_commit(self, act: Callable[[], object]) -> None:
        """Call this after the commit, and not at all after a rollback: for what is counted or logged."""
        self._afterwards.append(act)

    def log(self, event: str, **fields: object) -> None:
        """Log this after the commit, and not at all after a rollback."""
        self.on_commit(partial(logger().info, event, **fields))

    def log_warning(self, event: str, **fields: object) -> None:
        """As `log`, for what somebody should look at."""
        self.on_commit(partial(logger().warning, event, **fields))

    def committed(self) -> None:
        """Call everything that waits for the commit."""
        for act in self._afterwards:
            act()

    async def now(self) -> datetime:
        """The business time of this database, read now (architecture 6)."""
        moment: datetime = await self.sql.fetchval("select market_now()")
        return moment


Work = TypeVar("Work", bound=UnitOfWork)
NewWork = Callable[["asyncpg.Connection[Any]", str], Work]
"""Makes the unit of work of one transaction, for its connection and the service's name."""


class Database(Generic[Work]):
    """A service's database: transactions for commands, sessions for reads, and callbacks after commits."""

    def __init__(self, url: str, service: str, work: NewWork[Work], pool_size: int = 15) -> None:
        self.service = service
        self.url = url
        self._work = work
        self._wakeups: list[Callable[[], None]] = []
        self._looks: list[Callable[[Work], None]] = []
        self.engine = _engine(url, service, pool_size)

    def on_commit(self, wakeup: Callable[[], None]) -> None:
        """Call this after every commit that wrote outbox rows."""
        self._wakeups.append(wakeup)

    def after_commit(self, look: Callable[[Work], None]) -> None:
        """Call this with the unit of work after every commit."""
        self._looks.append(look)

    @asynccontextmanager
    async def transaction(self, *, querying: bool = False) -> AsyncIterator[Work]:
        """One transaction: leaving the block commits effects and events, an exception rolls both back.

        With `querying` the work can also use the queries of reads (`UnitOfWork.querying`). Raises DatabaseUnavailable
        and Contention.
        """
        try:
            async with self._connected() if querying else self._driver() as (driver, connection):
                work = self._work(driver, self.service)
                work.queries_through(connection)
                async with driver.transaction():
                    yield work
                    published = await work.outbox.write(driver)
        except Exception as error:
            raise translate(error) from error
        work.committed()
        if published:
            for wakeup in self._wakeups:
                wakeup()
        for look in self._looks:
            look(work)

    @asynccontextmanager
    async def single(self) -> AsyncIterator[Work]:
        """Each statement inside is its own transaction, for a third of the cost, without events; raises the same."""
        try:
            async with self._driver() as (driver, _):
                yield self._work(driver, self.service)
        except Exception as error:
            raise translate(error) from error

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session for queries; changes in it are rolled back. Raises DatabaseUnavailable."""
        try:
            async with AsyncSession(self.engine, expire_on_commit=False) as session:
                yield session
        except Exception as error:
            raise translate(error) from error

    @property
    def pool(self) -> "Pool":
        """The connections as they are now."""
        pool = self.engine.pool
        assert isinstance(pool, Pool)
        return pool

    @asynccontextmanager
    async def _driver(self) -> AsyncIterator[tuple["asyncpg.Connection[Any]", None]]:
        """The driver's own connection, straight from the pool: what SQLAlchemy would wrap around it costs a third."""
        pooled = await self.engine.raw_connection()
        try:
            driver: asyncpg.Connection[Any] | None = pooled.driver_connection
            if driver is None:  # pragma: no cover
                raise ConnectionResetError("the pool gave no connection")
            yield driver, None
        finally:
            await greenlet_spawn(pooled.close)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[tuple["asyncpg.Connection[Any]", AsyncConnection]]:
        """The driver's connection and SQLAlchemy's around it; a session's own transaction is a savepoint in ours."""
        async with self.engine.connect() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            if driver is None:  # pragma: no cover
                raise ConnectionResetError("the pool gave no connection")
            yield driver, connection

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()


class Pool(AsyncAdaptedQueuePool):
    """SQLAlchemy's pool, which also knows how many wait for it."""

    waiting = 0

    @property
    def limit(self) -> int:
        """How many connections there may be."""
        return self.size() + self._max_overflow

    def _do_get(self) -> ConnectionPoolEntry:
        self.waiting += 1
        try:
            return super()._do_get()
        finally:
            self.waiting -= 1


def _engine(url: str, service: str, pool_size: int) -> AsyncEngine:
    async def connected() -> "asyncpg.Connection[Any]":
        """Connects with the driver, as the relay does: SQLAlchemy would read other names from the URL, e.g. for TLS."""
        settings = {"application_name": f"holdfast-{service}", "jit": "off"}
        return await asyncpg.connect(url, timeout=5, command_timeout=COMMAND_TIMEOUT_SECONDS, server_settings=settings)

    engine = create_async_engine(
        "postgresql+asyncpg://",
        poolclass=Pool,
        pool_size=pool_size,
        max_overflow=0,  # what is over is closed after each use, and opening one costs more than most commands
        pool_timeout=POOL_TIMEOUT_SECONDS,
        pool_recycle=1800,
        async_creator=connected,
    )
    event.listen(engine.sync_engine, "checkout", _refuse_unfit)
    return engine


def _refuse_unfit(dbapi_connection: Any, _record: Any, _proxy: Any) -> None:
    """Raises DisconnectionError for a connection that Postgres closed; the pool replaces it: cheaper than a ping.

    It does so too for one that a doubly cancelled task left inside a transaction: nothing could be committed on it.
    """
    driver = dbapi_connection.driver_connection
    if driver.is_closed() or driver.is_in_transaction():
        raise DisconnectionError

"""All SQL of the scheduler.

A higher generation replaces a lower one, whatever arrives first; what rang or was withdrawn stays for thirty days, so
that a message that comes late is known as late.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col, func, select, tuple_
from sqlmodel.ext.asyncio.session import AsyncSession

from services.scheduler.domain.advance import ClockSeen
from services.scheduler.domain.timers import Timer, TimerSeen, Tombstone, newest
from services.scheduler.tables import TimerRow, to_domain, to_seen
from shared.db.errors import DRIVER_FAULTS, translate
from shared.db.tables import ClockRow

TURN_LOOK_SECONDS = 0.02

_SET = """
insert into timers (owner, key, subject, kind, generation, due_at, state)
select *, 'pending' from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::timestamptz[])
on conflict (owner, key) do update set subject = excluded.subject, kind = excluded.kind, due_at = excluded.due_at,
    generation = excluded.generation, state = 'pending', fired_at = null, changed_at = clock_timestamp()
where timers.generation < excluded.generation
returning due_at
"""
_WITHDRAW = """
insert into timers (owner, key, subject, generation, state)
select *, 'withdrawn' from unnest($1::text[], $2::text[], $3::text[], $4::bigint[])
on conflict (owner, key) do update set generation = excluded.generation, state = 'withdrawn',
    changed_at = clock_timestamp()
where timers.generation <= excluded.generation
returning true
"""
_FIRE = """
with due as materialized (
    select owner, key from timers
    where state = 'pending' and due_at <= (select market_now())
      and (select frozen_at from clock) is not distinct from $1::timestamptz
    order by due_at, owner, key limit $2 for update skip locked)
update timers t set state = 'fired', fired_at = (select market_now()), changed_at = clock_timestamp()
from due where t.owner = due.owner and t.key = due.key
returning t.owner, t.key, t.subject, t.kind, t.generation, t.due_at, t.fired_at
"""
_LOOK = """
select market_now() as now, (select frozen_at from clock) is not null as frozen,
       (select min(due_at) from timers where state = 'pending') as next_due
"""
_PURGE = """
delete from timers where (owner, key) in (
    select owner, key from timers
    where state <> 'pending' and changed_at < clock_timestamp() - make_interval(days => $1)
    limit $2 for update skip locked)
"""
_COUNT = """
with at as materialized (select case when exists (select from clock where frozen_at is not null) then '-infinity'
                                     else market_now() end as now)
select count(*) as pending, count(*) filter (where due_at <= now) as overdue,
       coalesce(extract(epoch from max(now - due_at) filter (where due_at <= now)), 0)::float8 as overdue_seconds
from timers, at where state = 'pending'
"""
_CLOCK = """
select market_now() as now, clock_timestamp() as real_now, c.frozen_at, coalesce(c.round, 0) as round,
       coalesce(extract(epoch from c.shift), 0)::float8 as shift_seconds
from (select) as one left join clock c on true
"""
_MOVE = """
insert into clock (id, frozen_at, shift, round) values (true, $2, make_interval(secs => $3), $4)
on conflict (id) do update set frozen_at = excluded.frozen_at, shift = excluded.shift, round = excluded.round
where clock.round = $1
returning true
"""
_FROZEN = select(ClockRow.frozen_at).where(col(ClockRow.frozen_at).is_not(None)).exists()
_TURN = "select pg_try_advisory_lock(hashtext('holdfast.sandbox.advance'))"
_LIMIT = "set idle_session_timeout = '100s'"
"""An advance takes less; the turn of a coordinator that is frozen goes to the next one."""
_GIVE_BACK = "select pg_advisory_unlock_all(); reset idle_session_timeout"


@dataclass(frozen=True, slots=True)
class Look:
    """What the fire loop sees: the business time, whether it stands still, and the next due time."""

    now: datetime
    frozen: bool
    next_due: datetime | None


@dataclass(frozen=True, slots=True)
class Counts:
    """The timers that have not rung, those of them that should have, and since when the oldest of these should."""

    pending: int
    overdue: int
    overdue_seconds: float


@dataclass(frozen=True, slots=True)
class ClockState:
    """The clock of the scheduler's own database, which the coordinator moves before all others."""

    now: datetime
    real_now: datetime
    frozen_at: datetime | None
    shift_seconds: float
    round: int


class Timers:
    """The timers of one unit of work."""

    def __init__(self, sql: "asyncpg.Connection[Any]") -> None:
        self._sql = sql
        self.earliest: datetime | None = None
        """The earliest due time that this unit of work has set."""

    async def set(self, *timers: Timer) -> int:
        """Let each ring at its due time in place of whatever its key had; answers how many of them are no old news."""
        rows = [
            (each.owner, each.key, each.subject, each.kind, each.generation, each.due_at) for each in newest(timers)
        ]
        set_ = await self._sql.fetch(_SET, *map(list, zip(*rows, strict=True))) if rows else []
        self.earliest = min([row["due_at"] for row in set_] + ([self.earliest] if self.earliest else []), default=None)
        return len(set_)

    async def withdraw(self, *tombstones: Tombstone) -> int:
        """Leave them under their keys, also where nothing is yet; answers how many of them are no old news."""
        rows = [(each.owner, each.key, each.subject, each.generation) for each in newest(tombstones)]
        return len(await self._sql.fetch(_WITHDRAW, *map(list, zip(*rows, strict=True))) if rows else [])

    async def fire(self, instant: datetime | None, limit: int) -> list[tuple[Timer, datetime]]:
        """Mark what is due now as fired, and answer it with the moment, in order of due time.

        `instant` is where the clock must stand still, None where it must run; else nothing is due for this caller.
        Rows that somebody else holds are left to them.
        """
        rows = await self._sql.fetch(_FIRE, instant, limit)
        return sorted(((to_domain(row), row["fired_at"]) for row in rows), key=lambda each: each[0].turn)

    async def look(self) -> Look:
        """The time and the next due time."""
        row = await self._sql.fetchrow(_LOOK)
        assert row is not None
        return Look(**row)

    async def count(self) -> Counts:
        """How many timers there are and how late the latest is; while the clock stands still nothing is late."""
        row = await self._sql.fetchrow(_COUNT)
        assert row is not None
        return Counts(**row)

    async def purge(self, days: int, limit: int) -> int:
        """Delete fired and withdrawn timers that nobody has touched for so many days of real time, at most `limit`."""
        done = await self._sql.execute(_PURGE, days, limit)
        return int(done.rpartition(" ")[2])


class SandboxClock:
    """The clock row of this database."""

    def __init__(self, sql: "asyncpg.Connection[Any]") -> None:
        self._sql = sql

    async def read(self) -> ClockState:
        """How the clock stands."""
        row = await self._sql.fetchrow(_CLOCK)
        assert row is not None
        return ClockState(**row)

    async def move(self, since: int, frozen_at: datetime | None, shift_seconds: float, round_: int) -> bool:
        """Set the clock, unless another coordinator has done so after round `since`; answers whether it was set."""
        return await self._sql.fetchval(_MOVE, since, frozen_at, shift_seconds, round_) is not None


@asynccontextmanager
async def advance_turn(engine: AsyncEngine) -> AsyncIterator[None]:
    """One advance at a time over all replicas: waits for the lock of a session, which ends with its connection."""
    async with AsyncExitStack() as held:
        try:
            connection = await held.enter_async_context(engine.connect())
            driver: asyncpg.Connection[Any] | None = (await connection.get_raw_connection()).driver_connection
            assert driver is not None
            held.push_async_callback(_give_back, connection, driver)
            while not await driver.fetchval(_TURN):
                await asyncio.sleep(TURN_LOOK_SECONDS)
            await driver.execute(_LIMIT)
        except (DBAPIError, *DRIVER_FAULTS) as error:
            raise translate(error) from error
        yield


async def _give_back(connection: AsyncConnection, driver: "asyncpg.Connection[Any]") -> None:
    """A connection that can't give the turn back is dropped, which gives it back too."""
    try:
        await driver.execute(_GIVE_BACK)
    except DRIVER_FAULTS:
        await connection.invalidate()


async def find(
    session: AsyncSession, subject: str | None, after: tuple[str, str] | None, limit: int
) -> list[TimerSeen]:
    """Timers and their traces, of one subject or of all, in order of owner and key, behind `after`."""
    query = select(TimerRow).order_by(col(TimerRow.owner), col(TimerRow.key)).limit(limit)
    if subject is not None:
        query = query.where(col(TimerRow.subject) == subject)
    if after is not None:
        query = query.where(tuple_(col(TimerRow.owner), col(TimerRow.key)) > after)
    return [to_seen(row) for row in (await session.exec(query)).all()]


async def clock_seen(session: AsyncSession) -> ClockSeen:
    """The business time, and whether it stands still."""
    now, frozen = (await session.exec(select(func.market_now(), _FROZEN))).one()
    return ClockSeen(now, bool(frozen))

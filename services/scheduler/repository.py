"""Stores and fires timers.

A higher generation replaces a lower one, whatever arrives first. Fired and withdrawn timers stay for thirty days, so
that a message that arrives late is recognised.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from services.scheduler.domain.timers import Timer, Tombstone, newest
from services.scheduler.tables import to_domain
from shared.db.repository import Repository

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
SETTLED_DAYS = 30
FORGOTTEN = (
    f"""delete from timers where (owner, key) in (
            select owner, key from timers
            where state <> 'pending' and changed_at < clock_timestamp() - interval '{SETTLED_DAYS} days'
            limit 1000 for update skip locked)""",
)
"""Deletes fired and withdrawn timers; by then no older generation comes late any more."""
_COUNT = """
with at as materialized (select case when exists (select from clock where frozen_at is not null) then '-infinity'
                                     else market_now() end as now)
select count(*) as pending, count(*) filter (where due_at <= now) as overdue,
       coalesce(extract(epoch from max(now - due_at) filter (where due_at <= now)), 0)::float8 as overdue_seconds
from timers, at where state = 'pending'
"""


@dataclass(frozen=True, slots=True)
class Look:
    """The business time, whether it stands still, and when the next timer is due."""

    now: datetime
    frozen: bool
    next_due: datetime | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many timers are pending, how many of them overdue, and for how long the oldest of these is."""

    pending: int
    overdue: int
    overdue_seconds: float


class Timers(Repository):
    """The timers of one unit of work."""

    def __init__(self, sql: "asyncpg.Connection[Any]") -> None:
        super().__init__(sql)
        self.earliest: datetime | None = None
        """The earliest due time that this unit of work has set."""

    async def set(self, *timers: Timer) -> int:
        """Set each timer in place of an older generation of its key; answers how many were set."""
        rows = [
            (each.owner, each.key, each.subject, each.kind, each.generation, each.due_at) for each in newest(timers)
        ]
        set_ = await self._sql.fetch(_SET, *map(list, zip(*rows, strict=True))) if rows else []
        self.earliest = min([row["due_at"] for row in set_] + ([self.earliest] if self.earliest else []), default=None)
        return len(set_)

    async def withdraw(self, *tombstones: Tombstone) -> int:
        """Store tombstones, also of keys without a timer; answers how many were not older than what was known."""
        rows = [(each.owner, each.key, each.subject, each.generation) for each in newest(tombstones)]
        return len(await self._sql.fetch(_WITHDRAW, *map(list, zip(*rows, strict=True))) if rows else [])

    async def fire(self, instant: datetime | None, limit: int) -> list[tuple[Timer, datetime]]:
        """Mark what is due now as fired; answers each timer with the moment, in order of due time. Skips locked rows.

        `instant` is where the clock must stand still, None where it must run; otherwise nothing is due.
        """
        rows = await self._sql.fetch(_FIRE, instant, limit)
        return sorted(((to_domain(row), row["fired_at"]) for row in rows), key=lambda each: each[0].turn)

    async def look(self) -> Look:
        """The time and the next due time."""
        row = await self._sql.fetchrow(_LOOK)
        assert row is not None
        return Look(**row)

    async def count(self) -> Counts:
        """The counts of the metrics; while the clock stands still no timer is overdue."""
        row = await self._sql.fetchrow(_COUNT)
        assert row is not None
        return Counts(**row)

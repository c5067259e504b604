"""The clock row of a database; there is none in production, where business time is the machine's own."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from shared.clock import written
from shared.db.unit_of_work import Database

_ROW = "select frozen_at, shift, market_now() as now, clock_timestamp() as real from clock"


@dataclass(frozen=True, slots=True)
class ClockState:
    """How business time differs from the machine's."""

    frozen_at: datetime | None
    """Where the clock stands still; None while it runs."""
    shift: timedelta
    """How far a running clock is ahead of the machine's."""
    now: datetime
    """The business time."""
    ahead: timedelta
    """How far business time is ahead of real time now."""

    @property
    def moved(self) -> bool:
        """Whether business time is not the machine's time."""
        return self.frozen_at is not None or self.shift != timedelta(0)

    def words(self) -> str:
        """The state for an operator, e.g. `stands still at 2026-03-02T00:00:00.000Z, 60 days 0:00:00 ahead`."""
        if not self.moved:
            return "real time"
        how = f"stands still at {written(self.frozen_at)}" if self.frozen_at else f"runs, now {written(self.now)}"
        whole = timedelta(seconds=round(abs(self.ahead).total_seconds()))
        return f"{how}, {whole} {'ahead of' if self.ahead >= timedelta(0) else 'behind'} real time"


REAL = ClockState(None, timedelta(0), datetime.min.replace(tzinfo=UTC), timedelta(0))
"""A database without a clock row."""


def state(row: asyncpg.Record | None) -> ClockState:
    """The clock row as read, None for a database without one."""
    if row is None:
        return REAL
    return ClockState(row["frozen_at"], row["shift"], row["now"], row["now"] - row["real"])


async def read(database: Database[Any]) -> ClockState:
    """The clock of this database now; one that was not migrated yet has none. Raises DatabaseUnavailable."""
    async with database.transaction() as work:
        if await work.sql.fetchval("select to_regclass('clock')") is None:
            return REAL
        return state(await work.sql.fetchrow(_ROW))

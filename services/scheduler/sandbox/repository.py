"""SQL of the sandbox clock: the scheduler's own clock row, and the lock that lets one coordinator advance at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.db.errors import DRIVER_FAULTS, translate
from shared.db.repository import Repository

TURN_LOOK_SECONDS = 0.02

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
_TURN = "select pg_try_advisory_lock(hashtext('holdfast.sandbox.advance'))"
_LIMIT = "set idle_session_timeout = '100s'"
"""Longer than any advance; the turn of a frozen coordinator then goes to the next one."""
_GIVE_BACK = "select pg_advisory_unlock_all(); reset idle_session_timeout"


@dataclass(frozen=True, slots=True)
class ClockState:
    """The clock of the scheduler's own database, which the coordinator moves before all others."""

    now: datetime
    """The business time."""
    real_now: datetime
    frozen_at: datetime | None
    """Where the clock stands still; None while it runs."""
    shift_seconds: float
    """How far a running clock is ahead of real time."""
    round: int
    """The polling round in which it was last moved."""


class SandboxClock(Repository):
    """The clock row of this database."""

    async def read(self) -> ClockState:
        """The clock row and both times."""
        row = await self._sql.fetchrow(_CLOCK)
        assert row is not None
        return ClockState(**row)

    async def move(self, since: int, frozen_at: datetime | None, shift_seconds: float, round_: int) -> bool:
        """Set the clock; False when another coordinator has set it after round `since`."""
        return await self._sql.fetchval(_MOVE, since, frozen_at, shift_seconds, round_) is not None


@asynccontextmanager
async def advance_turn(engine: AsyncEngine) -> AsyncIterator[None]:
    """Hold the one turn of all replicas: a session's advisory lock, which ends with its connection.

    Raises DatabaseUnavailable.
    """
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
    """Release the turn; a connection that can't is dropped, which releases it too."""
    try:
        await driver.execute(_GIVE_BACK)
    except DRIVER_FAULTS:
        await connection.invalidate()

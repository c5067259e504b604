"""Reads the services' databases: what was published, what was handled, and when each was committed."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from deploy.services import SERVICES
from deploy.stack import Stack
from shared.clock import monotonic
from shared.messaging.topology import SUBSCRIPTIONS
from tests.bench.errors import BenchError

LOOK_SECONDS = 0.05
TIMEOUT_SECONDS = 120.0

_PUBLISHED = (
    "select event, count(*) as said, count(*) filter (where published_at is null) as waiting from outbox group by 1"
)
_LAST = "select max(pg_xact_commit_timestamp(xmin)) from inbox where handled_at > $1"
_HANDLED = "select message_id::text, created_at from outbox where created_at > $1"
_TAKEN = "select message_id, event, pg_xact_commit_timestamp(xmin) as at from inbox where handled_at > $1"


@dataclass(slots=True)
class Databases:
    """One connection to each service's database, as the superuser."""

    of: dict[str, "asyncpg.Connection[Any]"]

    async def now(self) -> datetime:
        """The server's real time."""
        moment: datetime = await self.of["orders"].fetchval("select clock_timestamp()")
        return moment

    async def analyse(self) -> None:
        """Let the planner know that the tables are not empty any more."""
        for sql in self.of.values():
            await sql.execute("analyze")

    async def all_handled(self) -> None:
        """Waits until every event is published, and handled by all its consumers."""
        end = monotonic() + TIMEOUT_SECONDS
        while left := await self._left():
            if monotonic() > end:
                raise BenchError(f"After {TIMEOUT_SECONDS:.0f} s there are still {left} events to be handled.")
            await asyncio.sleep(LOOK_SECONDS)

    async def last_handled(self, since: datetime) -> datetime:
        """When the last message since then was handled and committed."""
        moments = [await sql.fetchval(_LAST, since) for sql in self.of.values()]
        return max((each for each in moments if each is not None), default=since)

    async def hops(self, since: datetime) -> dict[str, list[float]]:
        """Seconds from the writing of each event to the commit of its handling, by event."""
        result: dict[str, datetime] = {}
        for sql in self.of.values():
            result |= {row["message_id"]: row["created_at"] for row in await sql.fetch(_HANDLED, since)}
        found: dict[str, list[float]] = {}
        for sql in self.of.values():
            for row in await sql.fetch(_TAKEN, since):
                if (begun := result.get(row["message_id"])) is not None:
                    found.setdefault(row["event"], []).append((row["at"] - begun).total_seconds())
        return found

    async def _left(self) -> int:
        published: Counter[str] = Counter()
        waiting = 0
        for sql in self.of.values():
            for row in await sql.fetch(_PUBLISHED):
                published[row["event"]] += row["written"]
                waiting += row["waiting"]
        for service, sql in self.of.items():
            expected = sum(published[kind.name] for kind in SUBSCRIPTIONS[service])
            waiting += max(0, expected - await sql.fetchval("select count(*) from inbox"))
        return waiting


@asynccontextmanager
async def looking(stack: Stack) -> AsyncIterator[Databases]:
    """The databases, as long as the block lasts."""
    found = Databases({name: await asyncpg.connect(stack.admin_dsn(name)) for name in SERVICES})
    try:
        yield found
    finally:
        for sql in found.of.values():
            await sql.close()

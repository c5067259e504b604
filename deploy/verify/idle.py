"""Whether the system is idle: the databases of the services agree only when every event has arrived."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import asyncpg

from shared.clock import monotonic

LOOK_SECONDS = 0.25

Report = Callable[[list[str]], None]
"""Called with what is still awaited."""

_BACKLOG = """
select service || ': ' || count(*) || ' events are not published yet' as what
from everyone.outbox where published_at is null group by service
union all
select service || ': ' || count(*) || ' messages wait for another try (' || min(error) || ')'
from everyone.kept_messages where state = 'waiting' group by service
"""
_DUE = """
select 'scheduler: ' || count(*) || ' deadlines are due'
       || case when bool_or(frozen_at is not null) then ' while the sandbox clock stands still: advance it' else '' end
from timers left join clock on true
where state = 'pending' and due_at <= market_now() having count(*) > 0
"""
_PULSE = """
select array_agg(counted order by counted) from (
    select service || ' published ' || coalesce(max(id), 0) as counted from everyone.outbox group by service
    union all
    select service || ' took ' || count(*) from everyone.inbox group by service) counts
"""


class IdleCheck:
    """Looks through the database `verify`, and into the scheduler for what is due by the business clock."""

    def __init__(
        self, books: "asyncpg.Connection[Any]", services: Mapping[str, "asyncpg.Connection[Any]"], under_way: str
    ) -> None:
        self._books, self._services, self._under_way = books, services, under_way

    async def backlog(self) -> list[str]:
        """What is still to be done, in words."""
        found = [row["what"] for row in await self._books.fetch(_BACKLOG)]
        if (scheduler := self._services.get("scheduler")) is not None:
            found += [due] if (due := await scheduler.fetchval(_DUE)) else []
        return found

    async def wait(self, seconds: float, report: Report) -> list[str]:
        """Wait until nothing is left to be done and every event has arrived; returns what is left after `seconds`.

        An event that has not arrived when time is up is not under way but lost: an invariant finds it.
        """
        until = monotonic() + seconds
        while True:
            left = await self.backlog()
            if not left and not await self._books.fetch(self._under_way):
                return []
            if monotonic() >= until:
                return left
            report(left or ["events are on their way"])
            await asyncio.sleep(LOOK_SECONDS)

    async def pulse(self) -> object:
        """Changes whenever a service has published or handled anything."""
        return await self._books.fetchval(_PULSE)

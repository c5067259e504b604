"""The page of /metrics: counters as they are, and states looked up at the scrape, which never fails or hangs."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic

from prometheus_client import generate_latest

from shared.clock import monotonic
from shared.db.errors import Contention, DatabaseUnavailable
from shared.db.unit_of_work import Database, Work
from shared.messaging.consumer import SILENT_SECONDS, Consumer
from shared.telemetry import metrics
from shared.telemetry.logs import log_seldom
from shared.version import VERSION

LOOK_SECONDS = 2.0
"""How long a scrape waits for the database at most; then it shows the last states and their age."""
FRESH_SECONDS = 0.2
"""Scrapes that come closer together share one look."""

_STATE = """
select (select count(*) from outbox where published_at is null) as unpublished,
       coalesce(extract(epoch from clock_timestamp() - (select min(created_at) from outbox
                                                        where published_at is null)), 0)::float as oldest,
       (select count(*) from kept_messages where state = 'waiting') as waiting,
       (select count(*) from kept_messages where state = 'parked') as parked
"""

Look = Callable[[Work], Awaitable[None]]


class Gauges(Generic[Work]):
    """The states of one service instance."""

    def __init__(self, service: str, database: Database[Work], consumer: Consumer) -> None:
        self._database, self._consumer = database, consumer
        self._registry = metrics.registry(service, VERSION)
        self._one = asyncio.Lock()
        self._looked_at = self._born_at = monotonic()
        self.own: Look[Work] | None = None
        """What the service itself looks up, in the same transaction."""

    async def scrape(self) -> bytes:
        """The page, in Prometheus' text format."""
        async with self._one:
            if monotonic() - self._looked_at > FRESH_SECONDS or self._looked_at == self._born_at:
                await self._look()
        self._look_at_process()
        return generate_latest(self._registry)

    async def _look(self) -> None:
        try:
            async with asyncio.timeout(LOOK_SECONDS), self._database.transaction() as work:
                row = await work.sql.fetchrow(_STATE)
                if self.own is not None:
                    await self.own(work)
        except (DatabaseUnavailable, Contention, TimeoutError) as error:
            log_seldom("gauges.not_looked_up", reason=f"{type(error).__name__}: {error}")
            return
        assert row is not None
        metrics.OUTBOX_SIZE.set(row["unpublished"])
        metrics.OUTBOX_OLDEST.set(row["oldest"])
        metrics.WAITING.set(row["waiting"])
        metrics.PARKED.set(row["parked"])
        self._looked_at = monotonic()

    def _look_at_process(self) -> None:
        now, pool = monotonic(), self._database.pool
        silent = now - (self._consumer.alive_at or self._born_at)
        metrics.BROKER_SILENT.set(silent)
        metrics.BROKER_UP.set(self._consumer.running and silent < SILENT_SECONDS)
        metrics.POOL_SIZE.set(pool.limit)
        metrics.POOL_IN_USE.set(pool.checkedout())
        metrics.POOL_WAITING.set(pool.waiting)
        metrics.GAUGES_AGE.set(now - self._looked_at)

"""Whether a service can do its whole job: not `ping()` alone, which succeeds with a frozen broker (architecture 5)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from shared.clock import monotonic
from shared.db import clock_row
from shared.db.errors import Contention, DatabaseUnavailable
from shared.db.revisions import head
from shared.db.unit_of_work import Database
from shared.messaging.bindings import Bindings
from shared.messaging.consumer import SILENT_SECONDS, Consumer
from shared.messaging.relay import Relay

OUTBOX_SECONDS = 30.0

_REVISION = "select version_num from alembic_version"
_STATE = """
with unpublished as (select created_at, error from outbox where published_at is null)
select (select count(*) from unpublished) as unpublished,
       coalesce(extract(epoch from clock_timestamp() - (select min(created_at) from unpublished)), 0)::float as oldest,
       (select error from unpublished where error is not null order by created_at limit 1) as error,
       (select count(*) from kept_messages where state = 'waiting') as failed,
       (select count(*) from kept_messages where state = 'parked') as parked
"""
_CLOCK = "select frozen_at, shift, market_now() as now, clock_timestamp() as real from clock"
# The first is refused by a database that only reads, the second goes through the write-ahead log and its disk at the
# commit. Neither leaves anything behind.
_WRITE = "delete from kept_messages where false"
_LOGGED = "select pg_logical_emit_message(true, 'holdfast.readiness', '')"

Own = Callable[[], Awaitable[dict[str, str]]]
"""A service's own checks, by name; may raise DatabaseUnavailable and Contention."""


@dataclass(frozen=True, slots=True)
class Found:
    """The result of one check of the service."""

    wrong: dict[str, str]
    """What keeps the service from its work, by check; empty means ready."""
    state: dict[str, Any] = field(default_factory=dict)
    """What an operator wants to know and what does not keep it from its work: messages, outbox, clock."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The checked parts of the instance; one that only answers HTTP has none and is ready without the broker."""

    relay: Relay | None
    consumer: Consumer | None
    bindings: Bindings | None


async def look(
    service: str, database: Database[Any], parts: Parts, own: Own | None = None, *, sandbox: bool = True
) -> Found:
    """Look at everything; reads and writes the database, each in a transaction of its own."""
    try:
        async with database.transaction() as work:
            revision = await work.sql.fetchval(_REVISION)
            state = await work.sql.fetchrow(_STATE)
            clock = clock_row.state(await work.sql.fetchrow(_CLOCK))
        async with database.transaction() as work:
            await work.sql.execute(_WRITE)
            await work.sql.execute(_LOGGED)
        wrong = await own() if own is not None else {}
    except (DatabaseUnavailable, Contention) as error:
        return Found({"database": f"can't be read and written: {error}"})
    except asyncpg.UndefinedTableError:
        return Found({"migrations": "the database has no tables yet"})
    assert state is not None
    if revision != head(service):
        wrong["migrations"] = f"database is at {revision}"
    if clock.moved and not sandbox:
        wrong["clock"] = f"production needs real time, but the database's clock was moved: {clock.words()}"
    if state["oldest"] > OUTBOX_SECONDS:
        why = f" ({state['error']})" if state["error"] else ""
        wrong["outbox"] = f"the oldest event waits since {state['oldest']:.0f} s{why}"
    messages = {"messages_parked": state["parked"], "messages_failed": state["failed"]}
    outbox = {"outbox_unpublished": state["unpublished"], "outbox_oldest_seconds": round(state["oldest"], 3)}
    return Found(wrong | _of_broker(parts), {**messages, **outbox, "clock": clock.words()})


def _of_broker(parts: Parts) -> dict[str, str]:
    relay, consumer, found = parts.relay, parts.consumer, dict[str, str]()
    if parts.bindings is not None and (lacking := parts.bindings.wrong()):
        found["bindings"] = lacking
    if consumer is not None and (not consumer.running or monotonic() - consumer.alive_at > SILENT_SECONDS):
        found["consumer"] = "no message and no canary came through one of the service's own queues"
    if relay is not None and monotonic() - relay.last_round_at > SILENT_SECONDS:
        found["relay"] = "the relay is not connected"
    return found

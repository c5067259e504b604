"""Whether a service can do its whole job: never `ping()` alone, which says yes to a frozen broker (architecture 5)."""

from collections.abc import Awaitable, Callable
from typing import Any

from shared.clock import monotonic
from shared.db.errors import DatabaseUnavailable
from shared.db.revisions import head
from shared.db.unit_of_work import Database
from shared.messaging.consumer import Consumer
from shared.messaging.relay import Relay

SILENT_SECONDS = 12.0
OUTBOX_SECONDS = 30.0

_STATE = """
select (select version_num from alembic_version) as revision,
       coalesce(extract(epoch from clock_timestamp() - (select min(created_at) from outbox
                                                        where published_at is null)), 0)::float as oldest
"""


Own = Callable[[], Awaitable[dict[str, str]]]
"""A service's own checks; they may let DatabaseUnavailable pass."""


async def wrong(
    service: str, database: Database[Any], relay: Relay | None, consumer: Consumer | None, own: Own | None = None
) -> dict[str, str]:
    """What keeps the service from its work, by check; empty means ready.

    An instance that only answers HTTP has neither relay nor consumer: it is ready without the broker.
    """
    found: dict[str, str] = {}
    try:
        async with database.transaction() as work:
            state = await work.sql.fetchrow(_STATE)
        found |= await own() if own is not None else {}
    except DatabaseUnavailable as error:
        return {"database": f"does not answer: {error}"}
    assert state is not None
    if state["revision"] != head(service):
        found["migrations"] = f"database is at {state['revision']}"
    if state["oldest"] > OUTBOX_SECONDS:
        found["outbox"] = f"the oldest event waits since {state['oldest']:.0f} s"
    if consumer is not None and (not consumer.running or monotonic() - consumer.alive_at > SILENT_SECONDS):
        found["consumer"] = "no message and no canary came through the service's own queue"
    if relay is not None and monotonic() - relay.last_round_at > SILENT_SECONDS:
        found["relay"] = "the relay is not connected"
    return found

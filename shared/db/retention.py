"""Deletes what no service needs any more: answers after two days, handled messages after 35 (architecture 5, 8).

The relay deletes published events. References of money (ledger, captures, offences) are never deleted, so a message
that comes back after this long still moves nothing twice.
"""

from collections.abc import Sequence
from typing import Any

from shared.db.repeating import run_periodically
from shared.db.unit_of_work import Database

ANSWER_HOURS = 48
MESSAGE_DAYS = 35
BATCH = 1000
EVERY_SECONDS = 60.0

_PURGES = (
    f"""delete from answers where (caller, route, key) in (
            select caller, route, key from answers
            where stored_at < clock_timestamp() - interval '{ANSWER_HOURS} hours' limit {BATCH})""",
    f"""delete from inbox where (consumer, message_id) in (
            select consumer, message_id from inbox
            where handled_at < clock_timestamp() - interval '{MESSAGE_DAYS} days' limit {BATCH})""",
    f"""delete from kept_messages where id in (
            select id from kept_messages where state in ('handled', 'skipped')
              and settled_at < clock_timestamp() - interval '{MESSAGE_DAYS} days' limit {BATCH})""",
)


async def run_retention(database: Database[Any], own: Sequence[str] = ()) -> None:
    """Delete what is old enough, in small batches, until cancelled; `own` are the service's own deletions."""

    async def act() -> float | None:
        return 0 if await forget(database, own) >= BATCH else None

    await run_periodically(act, EVERY_SECONDS, failed="retention.database_away")


async def forget(database: Database[Any], own: Sequence[str] = ()) -> int:
    """Delete one batch of each kind; the size of the largest. Raises DatabaseUnavailable and Contention."""
    most = 0
    for purge in (*_PURGES, *own):
        async with database.transaction() as work:
            done = await work.sql.execute(purge)
        most = max(most, int(done.rpartition(" ")[2]))
    return most

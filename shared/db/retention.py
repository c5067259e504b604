"""What every service forgets, and when: answers after two days, handled messages after thirty-five (architecture 5, 8).

The relay purges published events itself. Money's own references (ledger, captures, offences) are never forgotten, so a
message that comes back after this long still moves nothing twice.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from shared.db.errors import Contention, DatabaseUnavailable
from shared.db.unit_of_work import Database
from shared.telemetry.logs import log_seldom

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
    """Forget what is old enough, in small batches, until cancelled; `own` are a service's own deletions."""
    while True:
        try:
            while await forget(database, own) >= BATCH:
                pass
        except (DatabaseUnavailable, Contention) as error:
            log_seldom("retention.database_away", reason=str(error))
        await asyncio.sleep(EVERY_SECONDS)


async def forget(database: Database[Any], own: Sequence[str] = ()) -> int:
    """Forget one batch of each kind; answers how many rows the largest of them had."""
    most = 0
    for purge in (*_PURGES, *own):
        async with database.transaction() as work:
            done = await work.sql.execute(purge)
        most = max(most, int(done.rpartition(" ")[2]))
    return most

"""The loop that tries kept messages again, and what operators do with parked ones."""

import asyncio
from typing import Any

from shared.db.errors import Contention, DatabaseUnavailable
from shared.db.unit_of_work import Database, UnitOfWork
from shared.messaging.inbox import Inbox, Incoming

LOOK_SECONDS = 1.0
LEASE_SECONDS = 60

_CLAIM = """
update kept_messages set next_try_at = clock_timestamp() + make_interval(secs => $1)
where id = (select id from kept_messages where state = 'waiting' and next_try_at <= clock_timestamp()
            order by next_try_at limit 1 for update skip locked)
returning id, consumer, message_id, headers, body, attempts
"""
_REPLAY = """
update kept_messages set state = 'waiting', attempts = 0, next_try_at = clock_timestamp(), settled_by = $2,
       settled_why = $3, settled_at = clock_timestamp() where id = $1 and state = 'parked' returning id
"""
_SKIP = """
update kept_messages set state = 'skipped', settled_by = $2, settled_why = $3, settled_at = clock_timestamp()
where id = $1 and state = 'parked' returning id
"""


async def run_retries(database: Database[Any], inbox: Inbox[Any]) -> None:
    """Try every kept message when its time has come, until cancelled."""
    while True:
        try:
            while await retry_one(database, inbox):
                pass
        except (DatabaseUnavailable, Contention):
            pass
        await asyncio.sleep(LOOK_SECONDS)


async def retry_one(database: Database[Any], inbox: Inbox[Any]) -> bool:
    """Claim one due message for a minute and try it; answers whether there was one."""
    async with database.transaction() as work:
        row = await work.sql.fetchrow(_CLAIM, LEASE_SECONDS)
    if row is None:
        return False
    kept = (row["consumer"], row["message_id"], row["body"], row["headers"])
    await inbox.take(Incoming(*kept, kept_id=row["id"], attempts=row["attempts"]))
    return True


async def replay(work: UnitOfWork, kept_id: int, user: str, reason: str) -> bool:
    """Let a parked message be tried again at once; answers whether it was parked."""
    return await work.sql.fetchval(_REPLAY, kept_id, user, reason) is not None


async def skip(work: UnitOfWork, kept_id: int, user: str, reason: str) -> bool:
    """Give a parked message up, with a reason that stays on record; answers whether it was parked."""
    return await work.sql.fetchval(_SKIP, kept_id, user, reason) is not None

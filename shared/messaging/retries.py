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
_LOCK = "select state from kept_messages where id = $1 for update"
_REPLAY = """
update kept_messages set state = 'waiting', attempts = 0, next_try_at = clock_timestamp(), settled_by = $2,
       settled_why = $3, settled_at = clock_timestamp() where id = $1
"""
# the row in the inbox makes a repeat of the message a duplicate, whenever it comes
_SKIP = """
with given_up as (
    update kept_messages set state = 'skipped', settled_by = $2, settled_why = $3, settled_at = clock_timestamp()
    where id = $1 returning consumer, message_id, event)
insert into inbox (consumer, message_id, event) select * from given_up on conflict do nothing
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
    await inbox.take(Incoming(*kept, failed_id=row["id"], attempts=row["attempts"]))
    return True


async def lock(work: UnitOfWork, failed_id: int) -> str | None:
    """The state of a kept message, which nobody else can change now; None when there is none of this number."""
    state: str | None = await work.sql.fetchval(_LOCK, failed_id)
    return state


async def replay(work: UnitOfWork, failed_id: int, user: str, reason: str) -> None:
    """Let a locked parked message be tried again at once, with all its tries."""
    await work.sql.execute(_REPLAY, failed_id, user, reason)


async def skip(work: UnitOfWork, failed_id: int, user: str, reason: str) -> None:
    """Give a locked parked message up, with a reason that stays on record; it is never handled, also when repeated."""
    await work.sql.execute(_SKIP, failed_id, user, reason)

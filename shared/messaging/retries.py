"""The loop that tries failed messages again, and what operators do with parked ones."""

from typing import Any

from shared.db.repeating import run_periodically
from shared.db.unit_of_work import Database, UnitOfWork
from shared.messaging.inbox import FAILED_MESSAGES, Inbox, Incoming

LOOK_SECONDS = 1.0

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
    """Try every failed message when its time has come, until cancelled."""

    async def act() -> float | None:
        return 0 if await retry_one(database, inbox) else None

    await run_periodically(act, LOOK_SECONDS, failed="retries.database_away")


async def retry_one(database: Database[Any], inbox: Inbox[Any]) -> bool:
    """Claim one due message and try it; False when none was due. Raises DatabaseUnavailable and Contention."""
    async with database.transaction() as work:
        row = await FAILED_MESSAGES.claim(work.sql)
    if row is None:
        return False
    stored = (row["consumer"], row["message_id"], row["body"], row["headers"])
    await inbox.take(Incoming(*stored, failed_id=row["id"], attempts=row["attempts"]))
    return True


async def lock(work: UnitOfWork, failed_id: int) -> str | None:
    """Lock a failed message and read its state; None when there is none of this id."""
    state: str | None = await work.sql.fetchval(_LOCK, failed_id)
    return state


async def replay(work: UnitOfWork, failed_id: int, user: str, reason: str) -> None:
    """Let a locked parked message be tried again at once, with all its tries; who did so and why stays on record."""
    await work.sql.execute(_REPLAY, failed_id, user, reason)


async def skip(work: UnitOfWork, failed_id: int, user: str, reason: str) -> None:
    """Give a locked parked message up; it is never handled, also when delivered again. Who and why stay on record."""
    await work.sql.execute(_SKIP, failed_id, user, reason)

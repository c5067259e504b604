"""Ends abandoned transactions, so that a frozen instance does not hold rows for long (decision 0007)."""

from typing import Any

from shared.db.repeating import run_periodically
from shared.db.unit_of_work import Database
from shared.telemetry.logs import logger

LOOK_SECONDS = 5.0
LIMIT_SECONDS = 15
"""Longer than any live transaction: a statement may take 5 s, a command 10 s, a publish 5 s."""

_END = """
select pid, state, left(query, 80) as query, pg_terminate_backend(pid),
       extract(epoch from clock_timestamp() - xact_start)::integer as seconds
from pg_stat_activity
where datname = current_database() and usename = current_user and pid <> pg_backend_pid()
  and xact_start < clock_timestamp() - make_interval(secs => $1)
"""


async def run_watchdog(database: Database[Any]) -> None:
    """Look every few seconds, until cancelled."""

    async def act() -> None:
        await end_abandoned(database)

    await run_periodically(act, LOOK_SECONDS, failed="watchdog.database_away", wait_first=True)


async def end_abandoned(database: Database[Any], seconds: int = LIMIT_SECONDS) -> int:
    """End the sessions of all instances of this service whose transaction is older; answers how many."""
    async with database.transaction() as work:
        ended = await work.sql.fetch(_END, seconds)
    for row in ended:
        logger().error("transaction.ended_by_watchdog", seconds=row["seconds"], state=row["state"], query=row["query"])
    return len(ended)

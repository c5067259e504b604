"""Work that is tried until it succeeds: rows of a table, claimed under a lease and retried after growing pauses.

A table of jobs has these columns beside its own:

* `id`;
* `state`: `waiting` for its next try, `parked` for an operator, or one of the states in which the job is settled;
* `attempts`: how many tries failed;
* `next_try_at`: when it may be claimed; while it is claimed, when the lease ends;
* `error`: why the last try failed;
* `settled_at`: when it was settled.

An index on `next_try_at` of the waiting rows makes `claim` cheap. A worker that dies leaves a lease that ends, and the
job is claimed again: what a job does must be harmless when it is done twice.
"""

from dataclasses import dataclass
from typing import Any

import asyncpg


@dataclass(frozen=True, slots=True)
class Jobs:
    """One table of jobs, and how often and when its jobs are tried."""

    table: str
    columns: tuple[str, ...]
    """What a claim reads beside `id` and `attempts`."""
    back_off_seconds: tuple[int, ...]
    """The pause after the first failed try, the second, and so on; the last one is repeated."""
    tries_max: int
    """After so many failed tries a job is parked."""
    lease_seconds: int
    """How long a claimed job belongs to its worker; longer than a try takes."""

    def pause(self, attempts: int) -> int:
        """Seconds until the next try when one fails after so many failed `attempts`."""
        return self.back_off_seconds[min(attempts, len(self.back_off_seconds) - 1)]

    async def claim(self, sql: "asyncpg.Connection[Any]") -> asyncpg.Record | None:
        """The job that is due for the longest time, now leased; None when none is due. Skips locked rows."""
        query = f"""
            update {self.table} set next_try_at = clock_timestamp() + make_interval(secs => $1)
            where id = (select id from {self.table} where state = 'waiting' and next_try_at <= clock_timestamp()
                        order by next_try_at limit 1 for update skip locked)
            returning {", ".join(("id", "attempts", *self.columns))}"""
        return await sql.fetchrow(query, self.lease_seconds)

    async def done(self, sql: "asyncpg.Connection[Any]", job: int, state: str) -> None:
        """Settle a waiting job in this state, in the transaction of its effect; one that is settled stays as it is."""
        query = f"""
            update {self.table} set state = $2, settled_at = clock_timestamp() where id = $1 and state = 'waiting'"""
        await sql.execute(query, job, state)

    async def failed(
        self, sql: "asyncpg.Connection[Any]", job: int, attempts: int, error: str, *, park: bool = False
    ) -> str | None:
        """The job's state after a try that failed: waiting, or parked after its last try, or at once with `park`.

        `attempts` as claimed. None when the job does not wait any more: another worker or an operator settled it.
        """
        query = f"""
            update {self.table} set attempts = attempts + 1, error = $2,
                   state = case when attempts + 1 >= $3 then 'parked' else 'waiting' end,
                   next_try_at = clock_timestamp() + make_interval(secs => $4)
            where id = $1 and state = 'waiting' returning state"""
        limit = 0 if park else self.tries_max
        state: str | None = await sql.fetchval(query, job, error, limit, self.pause(attempts))
        return state

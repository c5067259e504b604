"""A table of jobs on PostgreSQL: one worker per lease, growing pauses, and a limit after which a job is parked."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from deploy.stack import Stack
from shared.db.jobs import Jobs

MAILS = Jobs("mails", ("address",), back_off_seconds=(10, 100), tries_max=3, lease_seconds=60)
_TABLE = """
create temporary table mails (
    id bigint primary key, address text not null, state text not null default 'waiting',
    attempts integer not null default 0, next_try_at timestamptz not null default clock_timestamp(), error text,
    settled_at timestamptz)
"""


@pytest.fixture
async def sql(stack: Stack) -> AsyncIterator["asyncpg.Connection[Any]"]:
    """A connection with an empty table of its own."""
    connection = await asyncpg.connect(stack.admin_dsn("scheduler"))
    await connection.execute(_TABLE)
    yield connection
    await connection.close()


async def wait_seconds(sql: "asyncpg.Connection[Any]", job: int) -> int:
    """In how many seconds the job may be claimed, to the nearest ten."""
    return int(
        await sql.fetchval(
            "select round(extract(epoch from next_try_at - clock_timestamp()) / 10) * 10 from mails where id = $1", job
        )
    )


async def due_now(sql: "asyncpg.Connection[Any]") -> None:
    await sql.execute("update mails set next_try_at = clock_timestamp()")


class TestAClaim:
    async def test_takes_the_job_that_is_due_longest(self, sql: "asyncpg.Connection[Any]") -> None:
        await sql.execute(
            "insert into mails (id, address, next_try_at)"
            " select n, 'a' || n, clock_timestamp() - make_interval(mins => n) from unnest(array[1, 3, 2, -1]) n"
        )
        claimed = [await MAILS.claim(sql) for _ in range(4)]
        assert [(row["id"], row["attempts"], row["address"]) for row in claimed if row] == [
            (3, 0, "a3"),
            (2, 0, "a2"),
            (1, 0, "a1"),
        ]
        assert await wait_seconds(sql, 3) == 60

    async def test_is_repeated_when_the_lease_has_ended(self, sql: "asyncpg.Connection[Any]") -> None:
        await sql.execute("insert into mails (id, address) values (1, 'a')")
        assert await MAILS.claim(sql) is not None
        assert await MAILS.claim(sql) is None
        await due_now(sql)
        assert await MAILS.claim(sql) is not None


class TestAJob:
    async def test_that_is_done_is_never_claimed_again(self, sql: "asyncpg.Connection[Any]") -> None:
        await sql.execute("insert into mails (id, address) values (1, 'a')")
        await MAILS.done(sql, 1, "sent")
        await MAILS.done(sql, 1, "skipped")
        await due_now(sql)
        assert await MAILS.claim(sql) is None
        assert await MAILS.failed(sql, 1, 0, "too late") is None
        assert await sql.fetchval("select state from mails where settled_at is not null") == "sent"

    async def test_that_fails_waits_longer_each_time_and_is_parked_at_the_limit(
        self, sql: "asyncpg.Connection[Any]"
    ) -> None:
        await sql.execute("insert into mails (id, address) values (1, 'a')")
        seen = []
        for _ in range(3):
            await due_now(sql)
            row = await MAILS.claim(sql)
            assert row is not None
            state = await MAILS.failed(sql, 1, row["attempts"], f"fault {row['attempts']}")
            seen.append((state, await wait_seconds(sql, 1)))
        assert seen == [("waiting", 10), ("waiting", 100), ("parked", 100)]
        assert await sql.fetchval("select error from mails") == "fault 2"
        await due_now(sql)
        assert await MAILS.claim(sql) is None

    async def test_that_can_not_succeed_is_parked_at_once(self, sql: "asyncpg.Connection[Any]") -> None:
        await sql.execute("insert into mails (id, address) values (1, 'a')")
        assert await MAILS.failed(sql, 1, 0, "no such address", park=True) == "parked"

"""The running stack that integration tests, scenarios and faults share: fresh at the start, stopped at the end."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from deploy.local.stack import LocalStack
from deploy.stack import Stack

RUN = Path(os.environ.get("TEST_RUN", Path(__file__).resolve().parents[2] / ".run" / "test"))
"""Where the stack of this test run lives."""


@contextmanager
def running_stack() -> Iterator[Stack]:
    """A stack with empty databases in RUN; its logs stay.

    Its PostgreSQL does not wait for the disk: a process that is killed leaves what it wrote to the system, which stays.
    """
    stack = LocalStack(RUN)
    stack.clean()
    stack.up()
    asyncio.run(_spare_the_disk(stack))
    try:
        yield stack
    finally:
        stack.down()


async def _spare_the_disk(stack: Stack) -> None:
    connection = await asyncpg.connect(stack.admin_dsn())
    try:
        for setting in ("fsync", "full_page_writes"):
            await connection.execute(f"alter system set {setting} = off")
        await connection.execute("select pg_reload_conf()")
    finally:
        await connection.close()

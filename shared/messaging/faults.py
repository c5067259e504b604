"""How a connection to the broker is made and how it fails, in one place: relay, consumer and signals meet the same."""

import asyncio

from aio_pika import Connection
from aio_pika.connection import make_url
from aio_pika.exceptions import CONNECTION_EXCEPTIONS

BROKER_FAULTS = (*CONNECTION_EXCEPTIONS, TimeoutError)
"""The library's own list: a closed channel is a RuntimeError there and no AMQPError (met when the broker is killed)."""


async def connect(url: str, seconds: float) -> Connection:
    """A connection to the broker within this time, else one of BROKER_FAULTS.

    One that fails half way is closed at once. The library leaves that to the garbage collector, which may come for it
    when no loop runs.
    """
    connection = Connection(make_url(url))
    try:
        await connection.connect(timeout=seconds)
    except BaseException:
        await connection.close()
        raise
    return connection


def cancelled_by_connection() -> bool:
    """Whether a CancelledError comes from a connection that died, not from somebody who wants this task to end."""
    task = asyncio.current_task()
    return task is not None and not task.cancelling()

"""How a connection to the broker is made and how it fails, for relay, consumer and signals."""

import asyncio

from aio_pika import Connection
from aio_pika.connection import make_url
from aio_pika.exceptions import CONNECTION_EXCEPTIONS

BROKER_FAULTS = (*CONNECTION_EXCEPTIONS, TimeoutError)
"""The library's own list: a closed channel is a RuntimeError there and no AMQPError (met when the broker is killed)."""


async def connect(url: str, seconds: float) -> Connection:
    """A connection to the broker. Raises one of BROKER_FAULTS, also when it takes longer than `seconds`.

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
    """Whether a CancelledError comes from a lost connection and not from a cancellation of this task."""
    task = asyncio.current_task()
    return task is not None and not task.cancelling()

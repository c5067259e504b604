"""How the connection to the broker fails, in one place: relay, consumer and signals meet the same faults."""

import asyncio

from aio_pika.exceptions import CONNECTION_EXCEPTIONS

BROKER_FAULTS = (*CONNECTION_EXCEPTIONS, TimeoutError)
"""The library's own list: a closed channel is a RuntimeError there and no AMQPError (met when the broker is killed)."""


def cancelled_by_connection() -> bool:
    """Whether a CancelledError comes from a connection that died, not from somebody who wants this task to end."""
    task = asyncio.current_task()
    return task is not None and not task.cancelling()

"""The canary: a short-lived message that every instance sends through its own queues to check that they work."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext

import aio_pika
from aio_pika.abc import AbstractChannel

from shared.ids import new_id
from shared.messaging.consumer import CANARY
from shared.messaging.faults import BROKER_FAULTS, cancelled_by_connection, connect
from shared.messaging.topology import EVENTS_EXCHANGE, canary_key
from shared.telemetry.logs import log_seldom

CANARY_SECONDS = 3.0
CONNECT_SECONDS = 10.0
SEND_SECONDS = 5.0
RETRY_SECONDS = 1.0

Attach = Callable[[AbstractChannel], AbstractAsyncContextManager[None]]
"""Uses the channel while the context lasts."""


class Signals:
    """The canary of one service instance, on a broker connection of its own."""

    def __init__(self, service: str, broker_url: str) -> None:
        self._service, self._url = service, broker_url
        self.attach: Attach | None = None
        """What else uses the connection; a sandbox follows its clock here."""

    async def run(self) -> None:
        """Send canaries until cancelled; connects again one second after a connection is lost."""
        while True:
            try:
                await self._run_connected()
            except asyncio.CancelledError:
                if not cancelled_by_connection():
                    raise
            except BROKER_FAULTS as error:
                log_seldom("signals.connection_lost", reason=f"{type(error).__name__}: {error}")
            await asyncio.sleep(RETRY_SECONDS)

    async def _run_connected(self) -> None:
        connection = await connect(self._url, CONNECT_SECONDS)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                channel = await connection.channel(publisher_confirms=True)
                events = await channel.get_exchange(EVENTS_EXCHANGE, ensure=False)
            async with self.attach(channel) if self.attach is not None else nullcontext():
                while not channel.is_closed:
                    async with asyncio.timeout(SEND_SECONDS):
                        await events.publish(_canary(), routing_key=canary_key(self._service), mandatory=False)
                    await asyncio.sleep(CANARY_SECONDS)
        finally:
            async with asyncio.timeout(3):
                await connection.close()


def _canary() -> aio_pika.Message:
    return aio_pika.Message(b"{}", headers={"ce-type": CANARY}, message_id=str(new_id()), expiration=30)

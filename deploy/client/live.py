"""A person's socket of chat: a ticket, the connection through the gateway, and frames as they come."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from deploy.client.http import UnexpectedAnswerError
from deploy.client.person import Person

FRAME_SECONDS = 10.0


class Live:
    """An open socket after `resumed`: every frame from then on is live."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def sends(self, kind: str, **content: object) -> None:
        """Send a frame."""
        await self._connection.send(json.dumps({"type": kind, **content}))

    async def gets(self, kind: str) -> dict[str, Any]:
        """The next frame of this type; others are passed over. Raises UnexpectedAnswerError if none comes."""
        try:
            async with asyncio.timeout(FRAME_SECONDS):
                async for text in self._connection:
                    frame: dict[str, Any] = json.loads(text)
                    if frame["type"] == kind:
                        return frame
        except TimeoutError:
            pass
        raise UnexpectedAnswerError(f"no frame {kind} came within {FRAME_SECONDS:.0f} s")


@asynccontextmanager
async def talking(person: Person, url: str) -> AsyncIterator[Live]:
    """The person's socket at this gateway, closed at the end."""
    ticket = (await person.posts("/chat/tickets")).ok()["ticket"]
    async with connect(f"{url.replace('http', 'ws', 1)}/v1/chat?ticket={ticket}") as connection:
        live = Live(connection)
        await live.sends("resume", conversations=[])
        await live.gets("resumed")
        yield live

"""A client of the chat socket: gets a ticket, opens the socket through the gateway, and reads frames as they come."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.support.market import Actor

SECONDS = 20
Frame = dict[str, Any]


class Closed(Exception):
    """The socket was closed before what was waited for arrived."""


class ChatClient:
    """An open socket and the frames that have arrived on it."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.frames: list[Frame] = []
        self._arrived = asyncio.Event()
        self._reader = asyncio.create_task(self._read())

    async def sends(self, **frame: object) -> None:
        """Send a frame."""
        await self.connection.send(json.dumps(frame))

    async def resumes(self, **seen: int) -> Frame:
        """Ask for what is behind these numbers, by conversation; answers the frame after which all frames are live."""
        wanted = [{"conversation_id": each, "seq": seq} for each, seq in seen.items()]
        with suppress(ConnectionClosed, Closed):
            await self.sends(type="resume", conversations=wanted)
            return await self.gets("resumed")
        return {}

    async def gets(self, kind: str, *, seconds: float = SECONDS, **expected: object) -> Frame:
        """The first frame of this type with these fields, once it has arrived."""

        def fits(frame: Frame) -> bool:
            return frame["type"] == kind and all(frame.get(name) == value for name, value in expected.items())

        await self.until(lambda: any(map(fits, self.frames)), seconds)
        return next(filter(fits, self.frames))

    async def until(self, condition: Callable[[], bool], seconds: float = SECONDS) -> None:
        """Wait until what has arrived fulfils the condition."""
        async with asyncio.timeout(seconds):
            while not condition():
                if self.is_over:
                    raise Closed(f"{self.connection.close_code}, last frames {self.frames[-5:]}")
                self._arrived.clear()
                await self._arrived.wait()

    def messages(self, chat: str) -> list[tuple[int, str]]:
        """Number and text of the conversation's messages, as they arrived."""
        mine = (each for each in self.frames if each["type"] == "message" and each["conversation_id"] in chat)
        return [(each["seq"], each["text"]) for each in mine]

    @property
    def is_over(self) -> bool:
        """Whether nothing more can arrive."""
        return self._reader.done()

    async def closed(self) -> int:
        """The close code, once the server has closed the socket."""
        async with asyncio.timeout(SECONDS):
            await asyncio.wait({self._reader})
        code = self.connection.close_code
        assert code is not None
        return code

    async def ends(self) -> None:
        """Wait until nothing more can arrive."""
        await asyncio.wait({self._reader})

    async def leaves(self) -> None:
        """Close the socket."""
        await self.connection.close()
        await self.ends()

    async def _read(self) -> None:
        try:
            async for text in self.connection:
                self.frames.append(json.loads(text))
                self._arrived.set()
        except ConnectionClosed:
            pass
        finally:
            self._arrived.set()


def address(actor: Actor, ticket: str, url: str = "") -> str:
    """The socket's address with a ticket, at the gateway or at an instance's own URL."""
    return f"{(url or actor.market.stack.url).replace('http', 'ws', 1)}/v1/chat?ticket={ticket}"


async def ticket_of(actor: Actor) -> str:
    """A new ticket."""
    return str((await actor.posts("/chat/tickets", {})).ok()["ticket"])


@asynccontextmanager
async def chatting(
    actor: Actor, ticket: str | None = None, *, resumes: bool = True, url: str = "", **options: Any
) -> AsyncIterator[ChatClient]:
    """An open socket of this person, closed at the end; live at once, unless `resumes` is false or a ticket given."""
    given = await ticket_of(actor) if ticket is None else ticket
    async with connect(address(actor, given, url), **options) as connection:
        client = ChatClient(connection)
        try:
            if resumes and ticket is None:
                await client.resumes()
            yield client
        finally:
            await client.leaves()

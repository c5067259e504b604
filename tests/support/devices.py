"""Devices of people who talk over lines that break: each remembers what it has, resumes, and sends again."""

import asyncio
from contextlib import suppress

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.support.chat_sockets import ChatClient, Closed, address, ticket_of
from tests.support.market import Actor


class Device:
    """One device of a person, for one conversation: what it received, and what it has not seen arrive yet."""

    def __init__(self, actor: Actor, chat: str, name: str) -> None:
        self.actor, self.chat, self.name = actor, chat, name
        self.received: list[tuple[int, str]] = []
        """Number and text, as they arrived, over all connections."""
        self._client: ChatClient | None = None
        self._taken = 0
        self._waiting: dict[str, str] = {}
        """What it wrote, by client_id, until it comes back with its number."""
        self.written = 0
        """How many messages it wrote."""

    @property
    def is_connected(self) -> bool:
        """Whether it has a socket."""
        return self._client is not None and not self._client.is_over

    @property
    def last(self) -> int:
        """The number of the last message that it has."""
        return self.received[-1][0] if self.received else 0

    async def connects(self, url: str = "") -> None:
        """Open a socket, resume behind the last message, and send again what did not arrive."""
        connection = await connect(address(self.actor, await ticket_of(self.actor), url))
        self._client, self._taken = ChatClient(connection), 0
        with suppress(ConnectionClosed, Closed):
            await self._client.resumes(**{self.chat: self.last})
            self.looks()
            for client_id, text in tuple(self._waiting.items()):
                await self._sends(client_id, text)

    async def writes(self) -> None:
        """Send a message; without a connection it waits for the next one."""
        self.written += 1
        client_id = f"{self.name}-{self.written}"
        self._waiting[client_id] = f"Word {self.written} of {self.name}"
        if self.is_connected:
            with suppress(ConnectionClosed):
                await self._sends(client_id, self._waiting[client_id])

    async def loses_its_line(self) -> None:
        """The connection ends without a close frame."""
        if self._client is not None:
            self._client.connection.transport.abort()
            await self._client.ends()
            self.looks()
            self._client = None

    async def has_all(self, head: int) -> None:
        """Wait until it has every message, and every one of its own came back."""
        assert self._client is not None
        await self._client.until(lambda: self.looks() and self.last >= head and not self._waiting)

    def looks(self) -> bool:
        """Take in what has arrived: rising by one each time, except for answers to what was sent again."""
        assert self._client is not None
        for frame in self._client.frames[self._taken :]:
            assert frame["type"] != "error", frame
            if frame["type"] == "message":
                self._waiting.pop(frame["client_id"], None)
                shown = (frame["seq"], frame["text"])
                if frame["client_id"].startswith(f"{self.name}-") and shown in self.received:
                    continue
                assert frame["seq"] == self.last + 1, (self.name, self.received[-3:], frame)
                self.received.append(shown)
        self._taken = len(self._client.frames)
        return True

    async def _sends(self, client_id: str, text: str) -> None:
        assert self._client is not None
        await self._client.sends(type="message", conversation_id=self.chat, client_id=client_id, text=text)


async def let_go(devices: list[Device]) -> None:
    """Close what is still open."""
    await asyncio.gather(*(each.loses_its_line() for each in devices))

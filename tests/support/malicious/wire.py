"""HTTP as bytes: whatever is to be sent is sent, and what comes back is read without believing it."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

ANSWER_SECONDS = 30.0
QUIET_SECONDS = 0.4
"""After so long without a byte nothing more is expected; what is still to come would be unasked for."""
HEAD_MAX = 65_536


@dataclass(frozen=True)
class Reply:
    """What came back: status 0 when the connection was closed without an answer."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    seconds: float = 0.0

    @property
    def closes(self) -> bool:
        """Whether the server ends the connection after this."""
        return self.status == 0 or self.headers.get("connection", "").lower() == "close"

    @property
    def raw(self) -> bytes:
        """Headers and body in one, to look for something that should not be there."""
        return "\n".join(f"{name}: {value}" for name, value in self.headers.items()).encode() + b"\n\n" + self.body


def request(method: str, target: str, headers: Mapping[str, bytes], body: bytes = b"") -> bytes:
    """A request with exactly these bytes; Host and Content-Length are added unless they are given."""
    lines = [f"{method} {target} HTTP/1.1".encode("latin-1")]
    given = {name.lower() for name in headers}
    extra = {} if "host" in given else {"Host": b"market"}
    if "content-length" not in given and "transfer-encoding" not in given and (body or method not in ("GET", "HEAD")):
        extra["Content-Length"] = str(len(body)).encode()
    lines += [name.encode() + b": " + value for name, value in {**extra, **headers}.items()]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


class Wire:
    """One connection to one address, made again when the other side closes it."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def exchange(self, sent: bytes, *, head: bool = False) -> Reply:
        """Send the bytes and read one reply; a connection that was closed while idle is made again once."""
        async with asyncio.timeout(ANSWER_SECONDS):
            fresh = self._writer is None
            reply = await self._once(sent, head=head)
            if reply.status == 0 and not fresh:
                reply = await self._once(sent, head=head)
        return reply

    async def send(self, sent: bytes) -> None:
        """Only send; what the other side sends meanwhile is read later."""
        _, writer = await self._streams()
        writer.write(sent)
        await writer.drain()

    async def reply(self, *, head: bool = False) -> Reply:
        """Read the next reply."""
        started = asyncio.get_running_loop().time()
        reader, _ = await self._streams()
        try:
            reply = await _read(reader, head=head)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            reply = Reply(0)
        if reply.closes:
            await self.close()
        return Reply(reply.status, reply.headers, reply.body, asyncio.get_running_loop().time() - started)

    async def everything(self, sent: bytes) -> list[Reply]:
        """Send, and read every reply until the other side closes or has nothing more to say."""
        with suppress(ConnectionError):
            await self.send(sent)
        found = []
        with suppress(TimeoutError):
            while self._writer is not None:
                async with asyncio.timeout(QUIET_SECONDS):
                    found.append(await self.reply())
        await self.close()
        return found

    async def close(self) -> None:
        """End the connection."""
        writer, self._reader, self._writer = self._writer, None, None
        if writer is not None:
            writer.close()
            with suppress(ConnectionError, TimeoutError):
                await writer.wait_closed()

    async def _once(self, sent: bytes, *, head: bool) -> Reply:
        with suppress(ConnectionError):  # it may have answered before it closed: an early refusal of a large body
            await self.send(sent)
        return await self.reply(head=head)

    async def _streams(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(self._host, self._port, limit=HEAD_MAX)
        return self._reader, self._writer


async def _read(reader: asyncio.StreamReader, *, head: bool) -> Reply:
    while True:
        top = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = int(top[0].split(" ")[1])
        if status >= 200:
            break
    pairs = (line.partition(":") for line in top[1:] if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    if head or status in (204, 304):
        return Reply(status, headers)
    if "chunked" in headers.get("transfer-encoding", ""):
        return Reply(status, headers, await _chunks(reader))
    if "content-length" in headers:
        return Reply(status, headers, await reader.readexactly(int(headers["content-length"])))
    return Reply(status, {**headers, "connection": "close"}, await reader.read())


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    found = b""
    while size := int((await reader.readuntil(b"\r\n")).strip(), 16):
        found += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readuntil(b"\r\n")
    return found

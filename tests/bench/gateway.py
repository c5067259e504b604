"""HTTP as a crowd of browsers would speak it, at a tenth of what a full client costs: the driver shares our cores."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import orjson

from tests.bench.errors import BenchError

Wire = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Gateway:
    """Keep-alive connections to one address; as many as are asked at once."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._idle: list[Wire] = []

    async def get(self, path: str, token: str = "") -> Any:
        """Read something."""
        return await self._ask("GET", path, token, "", None)

    async def put(self, path: str, token: str, body: object) -> Any:
        """Say how something shall be."""
        return await self._ask("PUT", path, token, "", body)

    async def post(self, path: str, token: str = "", key: str = "", body: object = None) -> Any:
        """Ask for something once; anything but a yes ends the measurement."""
        return await self._ask("POST", path, token, key, body)

    async def close(self) -> None:
        """Hang up."""
        for _, writer in self._idle:
            writer.close()
        self._idle.clear()

    async def _ask(self, method: str, path: str, token: str, key: str, body: object) -> Any:
        content = orjson.dumps(body) if body is not None else b""
        head = f"{method} {path} HTTP/1.1\r\nHost: {self._host}\r\nContent-Length: {len(content)}\r\n"
        head += "Content-Type: application/json\r\n" if content else ""
        head += f"Authorization: Bearer {token}\r\n" if token else ""
        head += f"Idempotency-Key: {key}\r\n" if key else ""
        async with self._wire() as (reader, writer):
            writer.write(head.encode() + b"\r\n" + content)
            answered = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(answered.partition(b"content-length: ")[2].partition(b"\r\n")[0])
            answer = await reader.readexactly(length)
            if b"connection: close" in answered:
                writer.close()
        if answered[9:10] != b"2":
            raise BenchError(f"{method} {path} was answered {answered[9:12].decode()}: {answer.decode()[:500]}")
        return orjson.loads(answer)

    @asynccontextmanager
    async def _wire(self) -> AsyncIterator[Wire]:
        wire = self._idle.pop() if self._idle else await asyncio.open_connection(self._host, self._port)
        try:
            yield wire
        except asyncio.IncompleteReadError as error:
            wire[1].close()
            raise BenchError("The gateway hung up in the middle of an answer.") from error
        except BaseException:
            wire[1].close()
            raise
        if not wire[1].is_closing():
            self._idle.append(wire)

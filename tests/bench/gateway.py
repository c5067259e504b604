"""HTTP at a tenth of what a full client costs: the driver of the load shares the cores with the services."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import orjson

from deploy.client.http import Answer, Request
from tests.bench.errors import BenchError

Wire = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Gateway:
    """Keep-alive connections to one address, as many as there are requests at once."""

    def __init__(self, url: str, prefix: str = "/v1") -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._prefix, self._idle = prefix, list[Wire]()

    async def send(self, request: Request) -> Answer:
        """Send one request. Raises BenchError for a refusal: it ends the measurement."""
        content = orjson.dumps(request.body) if request.body is not None else b""
        head = f"{request.method} {self._prefix}{request.path} HTTP/1.1\r\nHost: {self._host}\r\n"
        head += f"Content-Length: {len(content)}\r\n" + ("Content-Type: application/json\r\n" if content else "")
        head += "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        async with self._wire() as (reader, writer):
            writer.write(head.encode() + b"\r\n" + content)
            answered = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(answered.partition(b"content-length: ")[2].partition(b"\r\n")[0])
            body = await reader.readexactly(length)
            if b"connection: close" in answered:
                writer.close()
        if answered[9:10] != b"2":
            raise BenchError(f"{request} was answered {answered[9:12].decode()}: {body.decode()[:500]}")
        return Answer(int(answered[9:12]), orjson.loads(body), {}, body, request)

    async def close(self) -> None:
        """Close every connection."""
        for _, writer in self._idle:
            writer.close()
        self._idle.clear()

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

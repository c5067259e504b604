"""Sends the requests of tests over open connections, without a library, which would cost as much as the answer."""

import asyncio
import json
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx2

from deploy.client.http import HTTP_SECONDS, Answer, Request, Send, over_http
from tests.support.plain import PlainClient

_PLAIN = re.compile(r"[A-Za-z0-9/_?=&.,:%~-]*")
"""Paths that are sent as they are written; what else there is, the library encodes."""
_LOST = (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError)


@dataclass(frozen=True, slots=True)
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @property
    def usable(self) -> bool:
        return not (self.reader.at_eof() or self.writer.is_closing())


def over_connections(client: PlainClient, url: str) -> Send:
    """As `over_http`: each request once to the gateway at `url`. The connections end with the client."""
    through_library, address = over_http(client, url), urlsplit(url)
    host, port = str(address.hostname), int(address.port or 80)
    idle: list[_Connection] = []

    async def send(request: Request) -> Answer:
        if not _is_plain(request):
            return await through_library(request)
        while idle and not idle[-1].usable:
            idle.pop().writer.close()
        connection = idle.pop() if idle else await opened()
        try:
            async with asyncio.timeout(HTTP_SECONDS):
                connection.writer.write(_written(request, f"{host}:{port}"))
                status, headers, content = await _read(connection.reader)
        except _LOST as error:
            connection.writer.close()
            raise httpx2.RemoteProtocolError(f"{request}: {error!r}") from error
        except BaseException:
            connection.writer.close()
            raise
        if headers.get("connection") == "close":
            connection.writer.close()
        else:
            idle.append(connection)
        is_json = content and "json" in headers.get("content-type", "")
        body = json.loads(content) if is_json else content.decode()
        return Answer(status, body, headers, content, request)

    async def opened() -> _Connection:
        try:
            connection = _Connection(*await asyncio.open_connection(host, port))
        except OSError as error:
            raise httpx2.ConnectError(str(error)) from error
        client.writers.append(connection.writer)
        return connection

    return send


def _is_plain(request: Request) -> bool:
    values = request.headers.values()
    known = request.method in ("GET", "POST", "PUT", "DELETE")
    return known and bool(_PLAIN.fullmatch(request.path)) and all(value.isascii() for value in values)


def _written(request: Request, host: str) -> bytes:
    content = request.content
    headers = {"Host": host, "Accept": "*/*", **request.whole_headers}
    if content or request.method != "GET":
        headers["Content-Length"] = str(len(content))
    lines = [f"{request.method} /v1{request.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + content


async def _read(reader: asyncio.StreamReader) -> tuple[int, httpx2.Headers, bytes]:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    status, pairs = int(first.split(" ")[1]), (line.split(": ", 1) for line in lines if line)
    headers = httpx2.Headers([(name, value) for name, value in pairs])
    if "chunked" in headers.get("transfer-encoding", ""):
        return status, headers, await _chunks(reader)
    return status, headers, await reader.readexactly(int(headers.get("content-length", "0")))


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    found = b""
    while size := int(await reader.readline(), 16):
        found += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readuntil(b"\r\n")
    return found

"""Chat with many sockets in rooms of two, beside a bare Starlette server that only passes frames on.

python -m tests.bench.rooms PORT is that bare server: whoever connects to /ROOM gets what is sent in the room.
"""

import asyncio
import json
import socket
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import asyncpg
import psutil
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect

from deploy.client.person import Person
from deploy.local.layout import ROOT
from deploy.stack import Stack
from shared.clock import monotonic
from shared.ids import new_id
from tests.bench.gateway import Gateway

AT_ONCE = 50
"""Sockets that are opened at the same time."""
TALKING = 50
"""Rooms that talk as fast as they are answered; the others listen."""


@dataclass(slots=True)
class Seen:
    """What so many sockets have shown."""

    per_second: float = 0.0
    """Frames delivered per second while some rooms talk as fast as they are answered."""
    waits: list[float] = field(default_factory=list)
    """From sending to arrival at the other one, in seconds, at a steady rate."""
    kilobytes: float = 0.0
    """Resident memory per socket."""
    cpu: float = 0.0
    """CPU seconds of the server per frame delivered."""


@dataclass(frozen=True, slots=True)
class Room:
    """Two sockets, and what a message in their room looks like."""

    one: ClientConnection
    other: ClientConnection
    frame: dict[str, str]

    async def sends_now(self) -> None:
        """The first socket sends when it is now."""
        sent = {**self.frame, "client_id": uuid4().hex, "text": f"{monotonic():.6f}"}
        await self.one.send(json.dumps(sent))


async def chat(stack: Stack, sockets: int, rate: int, seconds: float) -> Seen:
    """The service itself, without the gateway."""
    url, pid = f"http://127.0.0.1:{stack.ports['chat']}", stack.infos()["chat"].pid
    ids = [new_id() for _ in range(sockets // 2)]
    await _converse(stack, ids)
    async with AsyncExitStack() as opened:
        gateway = Gateway(url)
        opened.push_async_callback(gateway.close)

        async def joined(name: str) -> ClientConnection:
            person = Person(gateway.send, stack.layout.private_key, name)
            ticket = (await person.posts("/chat/tickets")).ok()["ticket"]
            made = await opened.enter_async_context(connect(f"{url.replace('http', 'ws')}/v1/chat?ticket={ticket}"))
            await made.send('{"type":"resume","conversations":[]}')
            await made.recv()
            return made

        names = [(f"buyer-{each}", f"seller-{each}", str(each)) for each in ids]
        before = psutil.Process(pid).memory_info().rss
        made = await _all([joined(name) for pair in names for name in pair[:2]])
        pairs = zip(made[::2], made[1::2], names, strict=True)
        rooms = [Room(one, other, {"type": "message", "conversation_id": name[2]}) for one, other, name in pairs]
        return await _measured(rooms, pid, before, rate, seconds)


async def bare(sockets: int, rate: int, seconds: float) -> Seen:
    """The bare server, which stores nothing."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    async with AsyncExitStack() as opened:
        pid = await opened.enter_async_context(_server(port))
        before = psutil.Process(pid).memory_info().rss
        address = f"ws://127.0.0.1:{port}/"
        made = await _all([opened.enter_async_context(connect(f"{address}{number // 2}")) for number in range(sockets)])
        rooms = [Room(*pair, {"type": "message"}) for pair in zip(made[::2], made[1::2], strict=True)]
        return await _measured(rooms, pid, before, rate, seconds)


async def _measured(rooms: Sequence[Room], pid: int, before: int, rate: int, seconds: float) -> Seen:
    process, seen = psutil.Process(pid), Seen()
    seen.kilobytes = (process.memory_info().rss - before) / len(rooms) / 2 / 1000
    readers = [asyncio.create_task(_read(room.other, seen.waits)) for room in rooms]
    echoes = [asyncio.create_task(_read(room.one, [])) for room in rooms]
    begun = monotonic()
    for turn in range(round(rate * seconds)):
        await asyncio.sleep(max(0.0, begun + turn / rate - monotonic()))
        await rooms[turn % len(rooms)].sends_now()
    await asyncio.sleep(1)
    await _ended(readers + echoes)
    used, begun = process.cpu_times(), monotonic()
    counts = await asyncio.gather(*(_as_fast_as_answered(room, begun + seconds) for room in rooms[:TALKING]))
    after = process.cpu_times()
    seen.per_second = sum(counts) / (monotonic() - begun)
    seen.cpu = (after.user + after.system - used.user - used.system) / max(1, sum(counts))
    return seen


async def _as_fast_as_answered(room: Room, until: float) -> int:
    """Talk until then: the next message follows when both have the last one; answers the frames that arrived."""
    delivered = 0
    while monotonic() < until:
        await room.sends_now()
        await asyncio.gather(_message(room.one), _message(room.other))
        delivered += 2
    return delivered


async def _message(wire: ClientConnection) -> dict[str, Any]:
    while True:
        frame: dict[str, Any] = json.loads(await wire.recv())
        if frame["type"] == "message":
            return frame


async def _read(wire: ClientConnection, waits: list[float]) -> None:
    while True:
        sent = float((await _message(wire))["text"])
        waits.append(monotonic() - sent)


async def _ended(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _all(openings: Sequence[Any]) -> list[ClientConnection]:
    """Open all of them, a few at a time."""
    made: list[ClientConnection] = []
    for begin in range(0, len(openings), AT_ONCE):
        made += await asyncio.gather(*openings[begin : begin + AT_ONCE])
    return made


async def _converse(stack: Stack, ids: Sequence[Any]) -> None:
    """A conversation of each pair, as if it had been opened."""
    sql = await asyncpg.connect(stack.admin_dsn("chat"))
    await sql.executemany(
        """insert into conversations (id, buyer, seller, head, opened_at, active_at)
           values ($1, 'buyer-' || $2, 'seller-' || $2, 0, market_now(), market_now())""",
        [(each, str(each)) for each in ids],
    )
    await sql.close()


@asynccontextmanager
async def _server(port: int) -> AsyncIterator[int]:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.rooms", str(port), cwd=ROOT, start_new_session=True
    )
    try:
        async with asyncio.timeout(20):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    await asyncio.sleep(0.05)
                else:
                    writer.close()
                    break
        yield child.pid
    finally:
        child.kill()
        await child.wait()


ROOMS: defaultdict[str, list[WebSocket]] = defaultdict(list)


async def _pass_on(websocket: WebSocket) -> None:
    await websocket.accept()
    room = ROOMS[websocket.path_params["room"]]
    room.append(websocket)
    try:
        while True:
            text = await websocket.receive_text()
            for each in room:
                await each.send_text(text)
    except WebSocketDisconnect:
        room.remove(websocket)


if __name__ == "__main__":
    app = Starlette(routes=[WebSocketRoute("/{room}", _pass_on)])
    uvicorn.run(
        app,
        port=int(sys.argv[1]),
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        log_level="warning",
        loop="uvloop",
    )

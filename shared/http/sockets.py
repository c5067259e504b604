"""One WebSocket as the house uses it: raw frames in, one writer out, and close codes that say whether to come again.

Starlette's `receive_text` ends in a KeyError on a binary frame, so the raw messages are read. Whoever does not read is
closed and delays nobody: every socket has its own writer and a bounded queue (decision 0012).
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from enum import IntEnum
from typing import Self

from starlette.websockets import WebSocket, WebSocketDisconnect

from shared.clock import monotonic

FLOOD_FRAMES, FLOOD_SECONDS = 60, 10.0
SEND_SECONDS = 5.0
QUEUE_MAX = 100
FAREWELL_SECONDS = 2.0
"""How long the client may take to answer our close frame."""


class Close(IntEnum):
    """Why a socket was closed, and what its client does next: from 4000 on ours, below the RFC's."""

    meaning: str

    def __new__(cls, code: int, meaning: str) -> Self:
        """A code with its meaning."""
        close = int.__new__(cls, code)
        close._value_, close.meaning = code, meaning
        return close

    BINARY = 1003, "A binary frame came; only text is taken. Mend the client."
    NOT_UTF8 = 1007, "A frame was not UTF-8. Mend the client."
    FLOOD = 1008, "More than 60 frames came in 10 seconds. Come again after a minute."
    TOO_BIG = 1009, "A frame had more than 64 KiB. Mend the client."
    RESTART = 1012, "The service is restarted. Come again after 0 to 5 seconds, at random, and resume."
    SLOW = 1013, "The client did not read for 5 seconds. Come again and resume."
    NEW_TICKET = 4401, "The ticket, the token or the sign-in is no longer good. Come again with a new ticket."
    FINAL = 4403, "The account is suspended. Do not come again."
    TOO_MANY = 4409, "The person has 5 sockets open. Close one first."


Item = bytes | Callable[[], Awaitable[list[bytes]]]
"""What waits to be sent: a frame, or where frames are read from when it is their turn."""


class Socket:
    """An accepted WebSocket."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket
        self._queue: deque[Item] = deque()
        self._frames = 0
        self._wakeup = asyncio.Event()
        self._arrived: deque[float] = deque(maxlen=FLOOD_FRAMES)
        self._closing: Close | None = None

    @property
    def closing(self) -> Close | None:
        """Why we close it; None while it is open, or if the client closed it."""
        return self._closing

    async def refuse(self, code: Close) -> None:
        """Close a socket that was not served."""
        self._closing = code
        with suppress(WebSocketDisconnect, RuntimeError):
            await self._websocket.close(int(code))

    async def serve(self, handle: Callable[[str], Awaitable[None]]) -> None:
        """Give every text frame to `handle`, in order, until either side closes. Raises what `handle` raises."""
        reader = asyncio.create_task(self._read(handle))
        writer = asyncio.create_task(self._write())
        try:
            await asyncio.wait({reader, writer}, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait({reader}, timeout=0 if reader.done() else FAREWELL_SECONDS)
        finally:
            for task in (reader, writer):
                task.cancel()
            await asyncio.gather(reader, writer, return_exceptions=True)
        for task in (reader, writer):
            if not task.cancelled() and (error := task.exception()) is not None:
                raise error

    async def _read(self, handle: Callable[[str], Awaitable[None]]) -> None:
        while True:
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if self._closing is not None:
                continue
            text = message.get("text")
            if text is None:
                self.end(Close.BINARY)
            elif self._floods():
                self.end(Close.FLOOD)
            else:
                await handle(text)

    def put(self, frame: bytes) -> bool:
        """Send a frame when its turn comes; False if so many wait that it is dropped."""
        if self._frames >= QUEUE_MAX or self._closing is not None:
            return False
        self._frames += 1
        self._append(frame)
        return True

    def put_later(self, read: Callable[[], Awaitable[list[bytes]]]) -> None:
        """When its turn comes, read frames and send them; again until there are none, before anything that follows."""
        if self._closing is None:
            self._append(read)

    def end(self, code: Close) -> None:
        """Close the socket; what still waits to be sent is dropped."""
        if self._closing is None:
            self._closing = code
            self._wakeup.set()

    def _append(self, item: Item) -> None:
        self._queue.append(item)
        self._wakeup.set()

    def _floods(self) -> bool:
        """Whether this frame is one too many."""
        now = monotonic()
        full = len(self._arrived) == FLOOD_FRAMES and now - self._arrived[0] < FLOOD_SECONDS
        self._arrived.append(now)
        return full

    async def _write(self) -> None:
        try:
            while self._closing is None:
                if self._queue:
                    await self._send_next()
                else:
                    self._wakeup.clear()
                    await self._wakeup.wait()
        except TimeoutError:
            self._closing = Close.SLOW
        except (WebSocketDisconnect, RuntimeError):  # the client has closed it: receive says so
            return
        with suppress(TimeoutError, WebSocketDisconnect, RuntimeError):
            async with asyncio.timeout(1):
                await self._websocket.close(int(self._closing))

    async def _send_next(self) -> None:
        item = self._queue[0]
        if isinstance(item, bytes):
            self._queue.popleft()
            self._frames -= 1
            await self._send(item)
            return
        for frame in (frames := await item()):
            await self._send(frame)
        if not frames:
            self._queue.popleft()

    async def _send(self, frame: bytes) -> None:
        async with asyncio.timeout(SEND_SECONDS):
            await self._websocket.send_text(frame.decode())


async def accepted(websocket: WebSocket) -> Socket:
    """The socket of a handshake, accepted: browsers can't see a refusal, only a close code."""
    await websocket.accept()
    return Socket(websocket)

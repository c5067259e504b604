"""Has pictures read by child processes: a few at a time, a few that wait, and no more (decision 0012)."""

import asyncio
import os
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from services.chat import metrics
from services.chat.domain.attachment import Picture
from services.chat.pictures.child import ANSWER_BYTES_MAX
from services.chat.refusals import ChatRefusal
from shared.clock import monotonic
from shared.refusals import Refusal, RefusalCode, Refused
from shared.telemetry.logs import logger

CHILD = Path(__file__).with_name("child.py")
RUNNING_MAX = 2
WAITING_MAX = 6
WALL_SECONDS = 6.0
"""A child that has not answered by then is killed; its limit of computing time is lower."""
HEAD_BYTES_MAX = 1000
CHUNK_BYTES = 256 * 1024
REFUSALS: dict[str, RefusalCode] = {
    each: each for each in (Refusal.UNSUPPORTED_MEDIA_TYPE, ChatRefusal.IMAGE_INVALID, ChatRefusal.IMAGE_ANIMATED)
}


class QueueFull(Exception):
    """As many pictures are read or wait as may."""


@dataclass(frozen=True, slots=True)
class Made:
    """A picture that was written anew."""

    picture: Picture
    content: bytes


class PictureReader:
    """The pictures that this instance has read."""

    def __init__(self, running: int = RUNNING_MAX, waiting: int = WAITING_MAX) -> None:
        self._room = running + waiting
        self._running = asyncio.Semaphore(running)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Holds a place in the queue: it is taken before the body is read. Raises QueueFull."""
        if not self._room:
            metrics.PICTURES.labels("queue_full").inc()
            raise QueueFull
        self._room -= 1
        try:
            yield
        finally:
            self._room += 1

    async def read(self, given: bytes) -> Made | Refused:
        """The picture written anew, or why it is not taken. Whatever its bytes do, they do it to a child process."""
        async with self._running:
            started = monotonic()
            head, content = await self._ask(given)
            metrics.PICTURE_SECONDS.observe(monotonic() - started)
        refused = REFUSALS.get(head.pop("refused", ""))
        metrics.PICTURES.labels("stored" if refused is None else refused).inc()
        return Refused(refused) if refused is not None else Made(Picture(**head), content)

    async def _ask(self, given: bytes) -> tuple[dict[str, Any], bytes]:
        """What a child answers; a refusal if it ends without an answer or is too late."""
        command = (sys.executable, "-I", str(CHILD))
        pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        child = await asyncio.create_subprocess_exec(
            *command, stdin=pipe, stdout=pipe, stderr=nothing, env={}, cwd=os.sep
        )
        answer = b""
        try:
            async with asyncio.timeout(WALL_SECONDS):
                _, answer = await asyncio.gather(_give(child, given), _take(child))
                await child.wait()
        except TimeoutError:
            answer = b""
        finally:
            with suppress(ProcessLookupError):
                child.kill()
            await child.wait()
        head, _, content = answer.partition(b"\n")
        if child.returncode or not head:
            logger().warning("picture.reader_ended", code=child.returncode, bytes=len(given))
            return {"refused": ChatRefusal.IMAGE_INVALID}, b""
        return orjson.loads(head), content


async def _give(child: Process, given: bytes) -> None:
    assert child.stdin is not None
    with suppress(BrokenPipeError, ConnectionResetError):  # a child that ends early has its reasons
        child.stdin.write(given)
        await child.stdin.drain()
    child.stdin.close()


async def _take(child: Process) -> bytes:
    """All that a child writes, up to what it may write."""
    assert child.stdout is not None
    answer = bytearray()
    while len(answer) <= HEAD_BYTES_MAX + ANSWER_BYTES_MAX and (part := await child.stdout.read(CHUNK_BYTES)):
        answer += part
    return bytes(answer)

"""Services that can be made to die at a chosen point, as tests use them."""

import asyncio
import json
import shutil
import sys
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx2

from deploy.local.layout import ROOT
from deploy.local.programs import base_environment
from deploy.services import SERVICES
from deploy.stack import Stack
from tests.support.plain import plain_client

WAIT_SECONDS = 180
DEATH_SECONDS = 60
Death = tuple[str, str, str]
"""Kind, point and subject (tests/support/crash/points.py)."""


class Crashable:
    """A service that runs outside the supervisor, dies where it is told to, and comes again at once."""

    def __init__(self, stack: Stack, service: str) -> None:
        self.stack, self.service = stack, service
        self._folder = Path(tempfile.mkdtemp(prefix="mortal-"))
        self._process: Process | None = None

    async def takes_over(self) -> None:
        """Run in the place of the supervisor's process, until `gives_back`."""
        await asyncio.to_thread(self.stack.stop, self.service)
        command = (sys.executable, "-m", "tests.support.crash.crashing", self.service, str(self._socket))
        environment = {**base_environment(self.stack.layout), **self.stack.service_env(self.service)}
        with (self.stack.layout / "logs" / f"{self.service}.crash.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *command, cwd=ROOT, env=environment, stdout=log, stderr=log
            )
        await _ready(self.stack, self.service, self._process)

    async def gives_back(self) -> None:
        """End, and let the supervisor run the service again."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.terminate()
            await self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)
        await asyncio.to_thread(self.stack.start, self.service)

    @asynccontextmanager
    async def dies(self, *deaths: Death) -> AsyncIterator[asyncio.Event]:
        """What happens inside brings the service to these points, one after the other; it dies there and comes again.

        The event is clear while the next death is prepared: nobody may ask anything then.
        """
        armed = asyncio.Event()
        dying = asyncio.create_task(self._die(deaths, armed))
        try:
            await asyncio.wait({dying, waiting := asyncio.create_task(armed.wait())}, return_when="FIRST_COMPLETED")
            waiting.cancel()
            yield armed
            await asyncio.wait({dying}, timeout=DEATH_SECONDS)
            assert dying.done(), f"{self.service} never came to one of {deaths}"
        finally:
            dying.cancel()
            await asyncio.wait({dying})
        dying.result()

    async def _die(self, deaths: Iterable[Death], armed: asyncio.Event) -> None:
        try:
            for kind, point, subject in deaths:
                armed.clear()
                reader, writer = await self._arm({"kind": kind, "point": point, "subject": subject})
                try:
                    armed.set()
                    found = await reader.read()
                    assert found == b"reached\n", f"{self.service} ended before it came to {point} of {subject}"
                finally:
                    writer.close()
        finally:
            armed.set()

    async def _arm(self, point: Mapping[str, str]) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Prepare a death; the one that has just died may still take the call, but does not answer it."""
        async with asyncio.timeout(WAIT_SECONDS):
            while True:
                reader, writer = await self._call()
                writer.write(json.dumps(point).encode() + b"\n")
                with suppress(ConnectionError):
                    if await reader.readline() == b"armed\n":
                        return reader, writer
                writer.close()

    @property
    def _socket(self) -> Path:
        return self._folder / "service.sock"

    async def _call(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        async with asyncio.timeout(WAIT_SECONDS):
            while True:
                try:
                    return await asyncio.open_unix_connection(self._socket)
                except (FileNotFoundError, ConnectionRefusedError):
                    await asyncio.sleep(0.01)


@asynccontextmanager
async def crashable_services(stack: Stack) -> AsyncIterator[dict[str, Crashable]]:
    """Inside, every service can be made to die; afterwards all run under the supervisor as before."""
    crashables = {name: Crashable(stack, name) for name in SERVICES}
    try:
        await asyncio.gather(*(crashable.takes_over() for crashable in crashables.values()))
        yield crashables
    finally:
        await asyncio.gather(*(crashable.gives_back() for crashable in crashables.values()))


async def _ready(stack: Stack, service: str, child: Process) -> None:
    async with asyncio.timeout(WAIT_SECONDS), plain_client() as client:
        while child.returncode is None:
            try:
                if (await client.get(f"http://127.0.0.1:{stack.ports[service]}/readyz")).status_code == 200:
                    return
            except httpx2.HTTPError:
                pass
            await asyncio.sleep(0.05)
    raise AssertionError(f"{service} ended with {child.returncode} before it was ready")

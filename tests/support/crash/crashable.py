"""Services that can be made to die at a chosen point, as tests use them."""

import asyncio
import json
import shutil
import sys
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx2

from deploy.local.layout import ROOT
from deploy.local.programs import base_environment
from deploy.services import SERVICES
from deploy.stack import Stack
from tests.support.plain import plain_client

WAIT_SECONDS = 180


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
    async def dies(self, kind: str, point: str, subject: str) -> AsyncIterator[None]:
        """What happens inside brings the service to this point, where it dies, once; another life follows at once."""
        reader, writer = await self._call()
        try:
            writer.write(json.dumps({"kind": kind, "point": point, "subject": subject}).encode() + b"\n")
            assert await reader.readline() == b"armed\n", f"{self.service} could not be armed: see its crash.log"
            yield
            async with asyncio.timeout(60):
                told = await reader.read()
        except TimeoutError:
            told = b""
        finally:
            writer.close()
        assert told == b"reached\n", f"{self.service} never came to {point} of {subject}"

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

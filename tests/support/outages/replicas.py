"""A second instance of a service beside the supervised one, which freezes at a point or runs as usual."""

import asyncio
import signal
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from deploy.local import readiness
from deploy.local.layout import ROOT
from deploy.stack import Stack
from shared.clock import monotonic

START_SECONDS = 180
HEARTBEAT_SECONDS = 3
"""Shorter than usual, so that the broker sooner takes back what a frozen instance has in flight."""


@dataclass(frozen=True, slots=True)
class Replica:
    """The second instance of a service."""

    service: str
    url: str
    process: Process

    @property
    def frozen(self) -> bool:
        """Whether it stands still."""
        return Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"

    async def until_frozen(self, seconds: float) -> None:
        """Until it has come to its point."""
        until = monotonic() + seconds
        while not self.frozen:
            assert self.process.returncode is None, f"{self.service} ended with {self.process.returncode}"
            assert monotonic() < until, f"{self.service} did not come to its point in {seconds} s"
            await asyncio.sleep(0.05)

    def thaws(self) -> None:
        """Let it go on where it was."""
        self.process.send_signal(signal.SIGCONT)

    async def until_ready(self, seconds: float = START_SECONDS) -> None:
        """Until it can do its whole job."""
        until = monotonic() + seconds
        while (found := await asyncio.to_thread(readiness.answer, int(self.url.rpartition(":")[2])))[0] != 200:
            assert self.process.returncode is None, f"{self.service} ended with {self.process.returncode}"
            assert monotonic() < until, f"{self.service} is not ready after {seconds} s: {found}"
            await asyncio.sleep(0.05)


@asynccontextmanager
async def replica(
    stack: Stack,
    service: str,
    point: str = "",
    subject: str = "-",
    role: str = "all",
    settings: Mapping[str, str] | None = None,
) -> AsyncIterator[Replica]:
    """Inside, a second instance runs, with these settings of its own; with a point it freezes when it comes there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = stack.service_env(service)
    broker = environment["MARKET_BROKER_URL"].replace("heartbeat=10", f"heartbeat={HEARTBEAT_SECONDS}")
    own = {"MARKET_PORT": str(port), "MARKET_INSTANCE": f"{service}-2", "MARKET_BROKER_URL": broker, **(settings or {})}
    freezing = ["tests.support.outages.freezing", service, point, subject]
    module = freezing if point else [f"services.{service}", "--role", role]
    with (stack.layout / "logs" / f"{service}.replica.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", *module, cwd=ROOT, env=environment | own, stdout=log, stderr=log
        )
    second = Replica(service, f"http://127.0.0.1:{port}", process)
    try:
        await second.until_ready()
        yield second
    finally:
        await _end(process)


async def _end(process: Process) -> None:
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGCONT)
        process.terminate()
    try:
        async with asyncio.timeout(25):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


@asynccontextmanager
async def left_preparing(stack: Stack, service: str, number: int) -> AsyncIterator[None]:
    """Inside, a session of the service holds an advisory lock and stands between preparing and executing."""
    connection = await asyncpg.connect(stack.service_env(service)["MARKET_DATABASE_URL"])
    try:
        await connection.execute("begin")
        await connection.fetchval("select pg_advisory_xact_lock($1)", number)
        await connection.prepare("select clock_timestamp()")
        yield
    finally:
        connection.terminate()

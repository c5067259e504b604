"""The supervisor of one stack: starts it, gives it its programs, and reads their states."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import Faults, SupervisorTransport

from deploy.local.errors import StackError
from deploy.local.layout import ROOT, Layout
from deploy.local.passwords import write_private
from deploy.local.programs import Program, base_environment, configuration

_WHOLE_GROUP = {"KILL", "STOP", "CONT"}
"""What a process cannot pass on to its children: they get it too (nginx's workers would go on listening)."""

END_SECONDS = 60
_ENDING, _GONE = "ENDING", "GONE"

_ALIVE = {"STARTING", "RUNNING", "BACKOFF", "STOPPING"}


@dataclass(frozen=True, slots=True)
class Info:
    """How one program is, in supervisord's own words."""

    name: str
    state: str
    pid: int
    since: int

    @property
    def up(self) -> bool:
        """Whether a process is there."""
        return self.state in {"STARTING", "RUNNING"} and self.pid > 0


class Supervisor:
    """Talks to supervisord through its socket; every call opens its own connection."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._file = layout / "supervisor" / "supervisord.conf"

    @property
    def running(self) -> bool:
        """Whether supervisord answers and is not ending."""
        return self._state() == "RUNNING"

    @property
    def pid(self) -> int:
        """The process id of supervisord itself."""
        return int(self._call("getPID"))

    def apply(self, programs: Iterable[Program]) -> list[str]:
        """Make these the programs; those that changed are stopped, and named in the answer. Starts none."""
        write_private(self._file, configuration(self._layout, programs))
        self.await_end()
        if not self.running:
            self._start()
            return []
        [[added, changed, removed]] = self._call("reloadConfig")
        for name in [*changed, *removed]:
            self.stop(name)
            self._call("removeProcessGroup", name)
        for name in [*added, *changed]:
            self._call("addProcessGroup", name)
        return [*changed, *removed]

    def infos(self) -> Mapping[str, Info]:
        """Every program by name; empty when supervisord does not run."""
        if not self.running:
            return {}
        rows = self._call("getAllProcessInfo")
        return {row["name"]: Info(row["name"], row["statename"], row["pid"], row["start"]) for row in rows}

    def start(self, name: str) -> None:
        """Start a program without waiting for it; one that runs is left alone, one that failed need not wait."""
        if self.infos()[name].state == "BACKOFF":
            self.stop(name)
        self._tolerant(Faults.ALREADY_STARTED, "startProcess", name, False)

    def stop(self, *names: str) -> None:
        """Stop programs side by side and wait until they are gone."""
        for name in names:
            self._tolerant(Faults.NOT_RUNNING, "stopProcess", name, False)
        self._until_gone(names)

    def kill(self, *names: str) -> None:
        """End programs as a crash would, without their being started again."""
        for name in names:
            # Frozen first, so that it never sees the request to stop, by which supervisord knows not to restart it.
            self._signal_group(name, "STOP")
            self._tolerant(Faults.NOT_RUNNING, "stopProcess", name, False)
            self._signal_group(name, "KILL")
        self._until_gone(names)

    def signal(self, name: str, sig: str) -> None:
        """Send a signal; if the program dies of it, supervisord starts it again."""
        if sig not in _WHOLE_GROUP:
            self._call("signalProcess", name, sig)
        else:
            self._signal_group(name, sig)

    def shut_down(self) -> None:
        """End supervisord and whatever it still runs."""
        self._call("shutdown")
        self._until(lambda: self._state() == _GONE and not self._layout.socket.exists())

    def await_end(self) -> None:
        """Wait for a supervisord that is ending, e.g. because the command that stopped it was interrupted."""
        self._until(lambda: self._state() != _ENDING)

    def _state(self) -> str:
        try:
            return str(self._call("getState")["statename"])
        except Fault as fault:  # while it ends it refuses every call, also this one
            if fault.faultCode != Faults.SHUTDOWN_STATE:
                raise
            return _ENDING
        except (OSError, HTTPException):
            return _GONE

    def _until(self, ended: Callable[[], bool]) -> None:
        deadline = time.monotonic() + END_SECONDS
        while not ended():
            if time.monotonic() > deadline:
                raise StackError("supervisord does not end.", f"Look at {self._layout / 'supervisor'}/supervisord.log")
            time.sleep(0.05)

    def _start(self) -> None:
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(self._file)]
        done = subprocess.run(
            command, cwd=ROOT, env=base_environment(self._layout), capture_output=True, text=True, check=False
        )
        deadline = time.monotonic() + 15
        while not self.running:
            if done.returncode or time.monotonic() > deadline:
                raise StackError(
                    "supervisord did not start.",
                    f"Look at {self._layout / 'supervisor'}/supervisord.log, then run the same command again.",
                    seen=done.stdout + done.stderr,
                )
            time.sleep(0.02)

    def _signal_group(self, name: str, sig: str) -> None:
        pid = self.infos()[name].pid
        if pid > 0:
            with contextlib.suppress(ProcessLookupError):  # it ended since it was listed
                os.killpg(pid, signal.Signals[f"SIG{sig}"])

    def _until_gone(self, names: Iterable[str]) -> None:
        deadline = time.monotonic() + 40
        while alive := [name for name, info in self.infos().items() if name in names and info.state in _ALIVE]:
            if time.monotonic() > deadline:
                raise StackError(f"These programs do not stop: {', '.join(alive)}", "Look at their logs: make logs")
            time.sleep(0.05)

    def _tolerant(self, harmless: int, method: str, *arguments: object) -> None:
        try:
            self._call(method, *arguments)
        except Fault as fault:
            if fault.faultCode != harmless:
                raise

    def _call(self, method: str, *arguments: object) -> Any:
        transport = SupervisorTransport(None, None, f"unix://{self._layout.socket}")
        with ServerProxy("http://127.0.0.1", transport=transport) as server:
            return getattr(server.supervisor, method)(*arguments)

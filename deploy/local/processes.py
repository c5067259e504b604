"""Processes of a stack that its supervisor does not know any more, after a crash or a kill of the supervisor itself."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from deploy.local.layout import Layout
from deploy.local.programs import MARK


def end_leftovers(layout: Layout) -> int:
    """End every process of this stack, after ten seconds with SIGKILL. Returns how many there were."""
    found = set(leftovers(layout))
    for sig, seconds in ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0)):
        _send(leftovers(layout), sig)
        deadline = time.monotonic() + seconds
        while any(leftovers(layout)) and time.monotonic() < deadline:
            time.sleep(0.1)
    return len(found)


def leftovers(layout: Layout) -> Iterator[int]:
    """The processes that carry this stack's mark, or (nginx and PostgreSQL overwrite theirs) have its files open."""
    mark = f"{MARK}={layout.run_dir}".encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                if mark in (entry / "environ").read_bytes().split(b"\0") or _is_own_server(entry, layout):
                    yield int(entry.name)


def _is_own_server(entry: Path, layout: Layout) -> bool:
    name = (entry / "comm").read_text().strip()
    if name == "postgres":
        return (entry / "cwd").readlink() in {layout / "postgres" / "data", layout.elsewhere / "data"}
    if name == "nginx":
        return any(link.readlink() == layout / "gateway" / "error.log" for link in (entry / "fd").iterdir())
    return False


def _send(pids: Iterator[int], sig: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, sig)

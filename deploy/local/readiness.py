"""Waits until services are ready, and explains why one is not."""

import http.client
import os
import time
from collections.abc import Mapping, Sequence

from deploy.local.errors import StackError
from deploy.local.layout import Layout
from deploy.local.supervision import Info, Supervisor

_RESTARTS_MAX = 2
_LOG_LINES = 20


def answer(port: int) -> tuple[int, str]:
    """What /readyz says: its status and text; status 0 when nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        response = connection.getresponse()
        return response.status, response.read(2000).decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return 0, getattr(error, "strerror", None) or str(error) or type(error).__name__
    finally:
        connection.close()


def wait(
    layout: Layout, supervisor: Supervisor, services: Mapping[str, int], *, seconds: float, hasty: bool = True
) -> None:
    """Wait until these services (name to port) are ready. Raises StackError; if `hasty`, when one keeps ending."""
    waiting, answers = dict(services), dict.fromkeys(services, "")
    pids: dict[str, set[int]] = {name: set() for name in services}
    deadline = time.monotonic() + seconds
    while True:
        for name, port in list(waiting.items()):
            status, answers[name] = answer(port)
            if status == http.client.OK:
                del waiting[name]
        if not waiting:
            return
        infos = supervisor.infos()
        for name in waiting:
            pids[name].add(infos[name].pid)
            if hasty and _keeps_ending(infos[name], pids[name]):
                raise not_ready(layout, f"{name} ends again and again while it starts.", [name])
        if time.monotonic() > deadline:
            answered = "; ".join(f"{name}: {answers[name].strip()}" for name in waiting)
            raise not_ready(layout, f"Not ready after {seconds:.0f} s: {answered}", list(waiting))
        time.sleep(0.1)


def not_ready(layout: Layout, what: str, names: Sequence[str]) -> StackError:
    """A failure that shows the end of the logs concerned."""
    seen = "\n".join(f"--- {layout.log(name)}\n{last_lines(layout, name)}" for name in names)
    again = [f"Mend what it says, then: make restart SERVICE={name}" for name in names]
    return StackError(
        what, *again, "Whole logs: make logs SERVICE=name. Start afresh: make clean, then make up", seen=seen
    )


def last_lines(layout: Layout, name: str, count: int = _LOG_LINES) -> str:
    """The end of a program's log."""
    log = layout.log(name)
    if not log.exists():
        return "(nothing was logged)"
    with log.open("rb") as handle:
        handle.seek(max(0, handle.seek(0, os.SEEK_END) - 64_000))
        return "\n".join(handle.read().decode(errors="replace").splitlines()[-count:])


def _keeps_ending(info: Info, pids: set[int]) -> bool:
    return info.state == "FATAL" or len(pids - {0}) > _RESTARTS_MAX

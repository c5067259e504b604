"""The table of `make status`."""

import time
from dataclasses import dataclass

from rich.table import Table

from deploy.local import readiness
from deploy.local.ports import PROGRAM_PORTS
from deploy.local.services import SERVICES
from deploy.local.stack import Stack


@dataclass(frozen=True, slots=True)
class Row:
    """How one program is."""

    name: str
    kind: str
    state: str
    pid: int
    seconds: int
    ports: tuple[int, ...]
    ready: bool
    why_not: str


def rows(stack: Stack) -> list[Row]:
    """Every program of the stack, servers first."""
    infos, known = stack.infos(), stack.ports
    found = []
    for name in ("postgres", "epmd", "rabbitmq", *SERVICES, "gateway"):
        info = infos.get(name)
        up = info is not None and info.up
        ready, why_not = _ready(stack, name) if up else (False, "")
        found.append(
            Row(
                name,
                "service" if name in SERVICES else "server",
                info.state.lower() if info else "not running",
                info.pid if info else 0,
                int(time.time()) - info.since if info and up else 0,
                tuple(known[port] for port in PROGRAM_PORTS[name] if port in known),
                ready,
                why_not,
            )
        )
    return found


def table(stack: Stack, found: list[Row]) -> Table:
    """The rows for a person."""
    title = f"{stack.url}   {stack.run_dir}" if stack.ports else str(stack.run_dir)
    shown = Table(title=title, title_justify="left")
    for column in ("program", "kind", "state", "pid", "for", "127.0.0.1:", "ready"):
        shown.add_column(column, justify="right" if column in {"pid", "for"} else "left")
    for row in found:
        ready = "[green]yes[/]" if row.ready else f"[red]no[/] {row.why_not.replace('[', '(')}"
        pid, duration = (str(row.pid), _duration(row.seconds)) if row.pid else ("", "")
        shown.add_row(row.name, row.kind, row.state, pid, duration, " ".join(map(str, row.ports)), ready)
    return shown


def _ready(stack: Stack, name: str) -> tuple[bool, str]:
    plan = stack.plan
    if name in SERVICES:
        status, text = readiness.answer(plan.ports[name])
        return status == 200, text.strip()[:300]
    if name == "postgres":
        return plan.postgres.ready(), "does not take connections"
    if name == "rabbitmq":
        return plan.rabbitmq.ready(), "does not answer yet"
    return name != "gateway" or plan.gateway.ready(), "does not answer"


def _duration(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"

"""The table of `make status`."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.table import Table

from deploy.local import readiness
from deploy.local.ports import PROGRAM_PORTS
from deploy.local.stack import LocalStack
from deploy.services import SERVICES

OLD_SECONDS = 5.0
"""Younger events than this are on their way."""


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
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What a service shows an operator beside whether it is ready: messages, outbox, clock."""


def rows(stack: LocalStack) -> list[Row]:
    """Every program of the stack, servers first."""
    infos, known = stack.infos(), stack.ports
    found = []
    for name in ("postgres", "epmd", "rabbitmq", *SERVICES, "gateway"):
        info = infos.get(name)
        up = info is not None and info.up
        ready, why_not, facts = _ready(stack, name) if up else (False, "", {})
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
                facts,
            )
        )
    return found


def notes(found: Sequence[Row]) -> list[str]:
    """What an operator should know though it makes nothing unready: messages that failed, old events, a moved clock."""
    lines: list[str] = []
    clocks: dict[str, str] = {}
    for row in found:
        parked, failed = row.facts.get("messages_parked", 0), row.facts.get("messages_failed", 0)
        oldest = row.facts.get("outbox_oldest_seconds", 0.0)
        if parked:
            lines.append(f"{row.name}: {_count(parked, 'parked message')} for an operator: make parked")
        if failed:
            lines.append(f"{row.name}: {_count(failed, 'failed message')} for the next try")
        if oldest >= OLD_SECONDS:
            count = row.facts.get("outbox_unpublished", 0)
            what = "1 event is" if count == 1 else f"{count} events are"
            lines.append(f"{row.name}: {what} not published yet, the oldest since {_duration(int(oldest))}")
        clock = str(row.facts.get("clock", "real time"))
        clocks.setdefault(clock.partition(",")[0], clock)  # services were asked at different moments
    return [*lines, *(f"sandbox clock: {clock}" for name, clock in sorted(clocks.items()) if name != "real time")]


def table(stack: LocalStack, found: list[Row]) -> Table:
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


def _ready(stack: LocalStack, name: str) -> tuple[bool, str, Mapping[str, Any]]:
    plan = stack.plan
    if name in SERVICES:
        return described(*readiness.answer(plan.ports[name]))
    if name == "postgres":
        return plan.postgres.ready(), "does not take connections", {}
    if name == "rabbitmq":
        return plan.rabbitmq.ready(), "does not answer yet", {}
    return name != "gateway" or plan.gateway.ready(), "does not answer", {}


def described(status: int, text: str) -> tuple[bool, str, Mapping[str, Any]]:
    """What a service's /readyz says, for a person: whether it is ready, why not, and its state."""
    if status == 0:
        return False, f"does not answer on its port: {text.lower()}", {}
    try:
        body = json.loads(text)
        why = "; ".join(f"{check}: {reason}" for check, reason in body["wrong"].items())
        return status == 200, why, body.get("state", {})
    except (ValueError, KeyError, TypeError, AttributeError):
        return False, f"answers {status} on its port", {}


def _count(number: int, what: str) -> str:
    return f"1 {what} waits" if number == 1 else f"{number} {what}s wait"


def _duration(seconds: int) -> str:
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s" if minutes else f"{seconds} s"

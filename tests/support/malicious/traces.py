"""What attacks leave behind in the logs: nothing, if all is well."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from deploy.services import SERVICES
from deploy.stack import Stack

SEEN_IN_NGINX = re.compile(r"\[(emerg|alert|crit)\]|upstream (sent|prematurely)")
SEEN_IN_POSTGRES = re.compile(r"\b(ERROR|FATAL|PANIC):(?!  canceling statement due to)")
"""A statement that was given up because the machine was busy says nothing about what was sent."""


class Logs:
    """The logs of a stack from now on."""

    def __init__(self, stack: Stack) -> None:
        logs = {name: stack.layout.log(name) for name in (*SERVICES, "gateway", "postgres")}
        self._from: Mapping[str, tuple[Path, int]] = {
            name: (file, file.stat().st_size if file.exists() else 0) for name, file in logs.items()
        }

    def complaints(self) -> list[str]:
        """Faults, tracebacks, lines that somebody else has written into the log, and statements that failed."""
        found = [each for name in SERVICES for line in self._lines(name) if (each := _service_line(name, line))]
        found += [f"gateway: {line}" for line in self._lines("gateway") if SEEN_IN_NGINX.search(line)]
        found += [f"postgres: {line}" for line in self._lines("postgres") if SEEN_IN_POSTGRES.search(line)]
        return found

    def _lines(self, name: str) -> list[str]:
        file, start = self._from[name]
        if not file.exists():
            return []
        with file.open("rb") as handle:
            handle.seek(start if file.stat().st_size >= start else 0)
            return [line.decode("utf-8", "backslashreplace") for line in handle.read().split(b"\n") if line]


def _service_line(name: str, line: str) -> str | None:
    try:
        fields = json.loads(line)
    except ValueError:
        return f"{name}: not one of our lines: {line[:300]}"
    if not isinstance(fields, dict) or "event" not in fields:
        return f"{name}: not one of our lines: {line[:300]}"
    if fields.get("level") == "error" or "exception" in fields or "Traceback" in line:
        return f"{name}: {line[:1500]}"
    return None

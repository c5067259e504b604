"""What the services' logs may not hold after a drill: loops that ended, answers 500, parked messages, tracebacks."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

_FORBIDDEN = frozenset({"loop.ended", "request.failed", "message.parked"})
_TRACEBACK = "Traceback (most recent call last)"


def findings(logs: Path, services: tuple[str, ...]) -> list[str]:
    """Each forbidden thing with how often it was logged."""
    found = Counter(each for service in services for each in _forbidden(logs, service))
    return [f"{what} is in the log {count} times" for what, count in sorted(found.items())]


def _forbidden(logs: Path, service: str) -> Iterator[str]:
    for file in sorted(logs.glob(f"{service}.log*")):
        with file.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if _TRACEBACK in line and not line.startswith("{"):
                    yield f"{service}: a traceback"
                elif any(f'"{event}"' in line for event in _FORBIDDEN):
                    fields = _fields(line)
                    if fields.get("event") in _FORBIDDEN:
                        yield f"{service}: {fields['event']} {fields.get('loop') or fields.get('path') or ''}".rstrip()


def _fields(line: str) -> dict[str, str]:
    try:
        return dict(json.loads(line))
    except ValueError:
        return {}

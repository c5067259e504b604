"""The ports of one stack: a block derived from its path, probed, chosen once and kept."""

import json
import socket
from collections.abc import Collection, Mapping
from pathlib import Path

from deploy.local.errors import StackError
from deploy.local.layout import Layout
from deploy.services import SERVICES

PROGRAM_PORTS: Mapping[str, tuple[str, ...]] = {
    "gateway": ("gateway",),
    "postgres": ("postgres",),
    "epmd": ("epmd",),
    "rabbitmq": ("amqp", "management", "distribution"),
    **{service: (service,) for service in SERVICES},
}
"""Which ports a program listens on."""

_LOWEST, _BLOCK, _BLOCKS = 20000, 40, 300
"""Below 32000: the kernel hands out ports for outgoing connections from 32768 on."""


def read(layout: Layout) -> dict[str, int]:
    """The ports chosen before; empty when the stack was never brought up."""
    file = layout / "ports.json"
    known = json.loads(file.read_text()) if file.exists() else {}
    return {str(name): int(port) for name, port in known.items()}


def choose(layout: Layout, running: Collection[str]) -> dict[str, int]:
    """Keep the chosen ports unless another program listens there now. Raises StackError without a free port."""
    known = read(layout)
    candidates = _candidates(layout.digest)
    chosen: dict[str, int] = {}
    for program, names in PROGRAM_PORTS.items():
        for name in names:
            port = known.get(name)
            if port is None or (program not in running and not is_free(port)):
                taken = {*known.values(), *chosen.values()}
                port = next((each for each in candidates if each not in taken and is_free(each)), None)
            if port is None:
                raise StackError(
                    "No free port was found between 20000 and 32000 on 127.0.0.1.", "Stop what listens there (ss -ltn)."
                )
            chosen[name] = port
    _write(layout / "ports.json", chosen)
    return chosen


def is_free(port: int) -> bool:
    """Whether nobody listens on the port of the loopback interface."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _candidates(digest: str) -> list[int]:
    first = int(digest, 16) % _BLOCKS * _BLOCK
    return [_LOWEST + (first + step) % (_BLOCK * _BLOCKS) for step in range(_BLOCK * _BLOCKS)]


def _write(file: Path, chosen: Mapping[str, int]) -> None:
    text = json.dumps(chosen, indent=2) + "\n"
    if not file.exists() or file.read_text() != text:
        file.write_text(text)

"""A second gateway in front of the same services, with limits, as a production has them, or with short time-outs."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.gateway.limits import Limits
from deploy.local.gateway import Gateway
from deploy.local.layout import Layout
from deploy.local.ports import is_free
from deploy.stack import Stack

LOW = Limits(
    reads_per_minute=1,
    reads_burst=9,
    commands_per_minute=1,
    commands_burst=4,
    webhooks_per_second=1,
    webhooks_burst=14,
    address_per_minute=60_000,
    address_burst=10_000,
    address_connections=1000,
)
"""So low that a test reaches them at once, so slow that they don't give anything back while it looks."""

LOW_PER_ADDRESS = Limits(address_per_minute=1, address_burst=9)
FEW_AT_ONCE = Limits(address_connections=6)
START_SECONDS = 60


@contextmanager
def second_gateway(
    stack: Stack, folder: Path, limits: Limits | None, timeout_seconds: int = 10
) -> Iterator[tuple[str, int]]:
    """The address of another nginx with these limits; it ends with the block."""
    port = next(each for each in range(32000, 20000, -1) if is_free(each))
    layout = Layout(folder)
    layout.prepare()
    gateway = Gateway(layout, {**stack.ports, "gateway": port}, limits, timeout_seconds)
    gateway.prepare()
    process = subprocess.Popen(gateway.program().command, cwd=folder)  # QUIT would wait for idle connections
    try:
        deadline = time.monotonic() + START_SECONDS
        while not gateway.ready():
            assert process.poll() is None, "the second gateway ended"
            assert time.monotonic() < deadline, "the second gateway does not start"
            time.sleep(0.02)
        yield "127.0.0.1", port
    finally:
        process.terminate()
        process.wait(START_SECONDS)

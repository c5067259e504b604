"""The running stack that integration tests, scenarios and faults share: fresh at the start, stopped at the end."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.stack import Stack

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def running_stack() -> Iterator[Stack]:
    """A stack with empty databases in .run/test (or the directory in TEST_RUN); its logs stay for a look at them."""
    stack = Stack(Path(os.environ.get("TEST_RUN", ROOT / ".run" / "test")))
    stack.clean()
    stack.up()
    try:
        yield stack
    finally:
        stack.down()

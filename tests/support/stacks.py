"""The running stack that integration tests, scenarios and faults share: fresh at the start, stopped at the end."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.stack import LocalStack
from deploy.stack import Stack

RUN = Path(os.environ.get("TEST_RUN", Path(__file__).resolve().parents[2] / ".run" / "test"))
"""Where the stack of this test run lives."""


@contextmanager
def running_stack() -> Iterator[Stack]:
    """A stack with empty databases in RUN; its logs stay for a look at them."""
    stack = LocalStack(RUN)
    stack.clean()
    stack.up()
    try:
        yield stack
    finally:
        stack.down()

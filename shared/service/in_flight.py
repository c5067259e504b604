"""What an instance has in hand besides messages: commands that are being answered, timers that ring."""

from collections.abc import Iterator
from contextlib import contextmanager


class InFlight:
    """Counts work under way and work done: a graceful stop waits for it, and so does the sandbox clock."""

    def __init__(self) -> None:
        self.in_flight = 0
        self.done = 0
        """Also what failed; only grows, so that a look which comes too late still shows that something went on."""

    @contextmanager
    def holding(self) -> Iterator[None]:
        """What happens inside is in hand."""
        self.in_flight += 1
        try:
            yield
        finally:
            self.in_flight -= 1
            self.done += 1

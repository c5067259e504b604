"""Counts the work of an instance beside messages: commands being executed, timers being fired."""

from collections.abc import Iterator
from contextlib import contextmanager


class InFlight:
    """Work under way and work done: a graceful stop waits for it, and so does the sandbox clock."""

    def __init__(self) -> None:
        self.in_flight = 0
        self.done = 0
        """Finished work, also what failed; only grows, so that a late look still shows that something was done."""

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Counts the block as in flight."""
        self.in_flight += 1
        try:
            yield
        finally:
            self.in_flight -= 1
            self.done += 1

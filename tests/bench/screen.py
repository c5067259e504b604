"""What a person sees meanwhile: a bar that knows how long each step takes, and one line for each step that is done."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from shared.clock import monotonic

TURN_SECONDS = 0.25

console = Console(highlight=False, soft_wrap=True)


class Screen:
    """Shows the steps of one run; `seconds` is how long all of them are expected to take."""

    def __init__(self, progress: Progress, seconds: float) -> None:
        self._progress = progress
        self._bar = progress.add_task("", total=seconds)
        self._done = 0.0

    @asynccontextmanager
    async def step(self, doing: str, seconds: float) -> AsyncIterator[None]:
        """Something that takes about so long."""
        self._progress.update(self._bar, description=doing)
        begun = monotonic()
        moving = asyncio.create_task(self._move(begun, seconds))
        try:
            yield
        finally:
            moving.cancel()
        self._done += seconds
        self._progress.update(self._bar, completed=self._done)
        console.print(f"[green]✓[/] {doing} [dim]{monotonic() - begun:.1f} s[/]")

    def report(self, text: str) -> None:
        """What the step has shown."""
        console.print(f"    [dim]{text}[/]")

    async def _move(self, begun: float, seconds: float) -> None:
        while True:
            await asyncio.sleep(TURN_SECONDS)
            self._progress.update(self._bar, completed=self._done + min(seconds, monotonic() - begun))


def bar() -> Progress:
    """The bar itself; it disappears at the end."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True)

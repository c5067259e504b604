"""What a person sees while a command works: one line per step, with the time it took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console


class Report:
    """Without a console (tests) it prints nothing."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console
        self.doing = ""
        """The step that is being done, or the one that failed."""

    @contextmanager
    def step(self, doing: str) -> Iterator[None]:
        """Print the step when it is done; whoever catches a failure prints that."""
        if self._console is None:
            yield
            return
        begun, self.doing = time.monotonic(), doing
        try:
            with self._console.status(doing):
                yield
        except BaseException:
            self._console.print(f"[red]✗[/] {doing}")
            raise
        self.doing = ""
        self._console.print(f"[green]✓[/] {doing} [dim]{time.monotonic() - begun:.1f} s[/]", highlight=False)

    def note(self, text: str) -> None:
        """Print something that is no step."""
        if self._console is not None:
            self._console.print(f"  {text}", highlight=False)

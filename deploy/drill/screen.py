"""What a person sees while a drill runs: what is broken, how long it took to come back, and the running counts."""

from collections.abc import Iterable

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from deploy.drill.plan import Injection
from deploy.drill.tally import ALLOWED, Tally
from shared.clock import monotonic

SLOW_SECONDS = 5.0
"""What takes longer to come back is shown in yellow."""


class Screen:
    """A line per injection, and below them, where there is a terminal, the counts as they are now."""

    def __init__(self, console: Console, tally: Tally, seconds: float) -> None:
        self._console, self._tally = console, tally
        self._begun, self._seconds = monotonic(), seconds
        self._now = "everything is whole"
        self.injections: list[tuple[float, Injection, float | None]] = []
        """When each began, what it was, and after how many seconds the system had recovered."""

    def live(self) -> Live:
        """Keeps the counts fresh while the context is open."""
        return Live(get_renderable=self._counts, console=self._console, refresh_per_second=4, transient=True)

    def begins(self, injection: Injection) -> None:
        """Something is broken now."""
        self._now = str(injection)
        self.injections.append((monotonic() - self._begun, injection, None))
        self._console.print(f"[dim]{self._clock()}[/] [bold red]✗[/] {injection}")

    def mended(self) -> None:
        """The fault is over; the system may not have recovered yet."""
        self._now = "mended, coming back"

    def back(self, seconds: float) -> None:
        """The system has recovered."""
        at, injection, _ = self.injections[-1]
        self.injections[-1] = (at, injection, seconds)
        self._now = "everything is whole"
        colour = "green" if seconds <= SLOW_SECONDS else "yellow"
        lifecycles = f"{self._tally.begun} scenarios begun, {self._tally.ended} ended"
        self._console.print(f"[dim]{self._clock()}[/] [{colour}]✓[/] back after {seconds:.1f} s   [dim]{lifecycles}[/]")

    def doing(self, what: str) -> None:
        """Show what is done beside injecting faults."""
        self._now = what
        self._console.print(f"[dim]{self._clock()}[/] [cyan]▸[/] {what}")

    def _clock(self) -> str:
        passed = round(monotonic() - self._begun)
        return f"{passed // 60}:{passed % 60:02d}"

    def _counts(self) -> Group:
        tally, left = self._tally, max(0.0, self._seconds - (monotonic() - self._begun))
        head = Text.assemble((f" {left:3.0f} s left  ", "bold"), self._now)
        counts = Table.grid(padding=(0, 2))
        statuses = "  ".join(f"{status}: {count}" for status, count in sorted(tally.by_status().items()))
        counts.add_row(" scenarios", f"{tally.begun} begun, {tally.ended} ended, {tally.begun - tally.ended} alive")
        counts.add_row(" answers", statuses or "-")
        counts.add_row(" wrong", Text(str(len(tally.wrong)), style="bold red" if tally.wrong else "green"))
        return Group(Text(), head, counts)


def injection_table(injections: Iterable[tuple[float, Injection, float | None]]) -> Table:
    """Every fault with the time the system took afterwards."""
    shown = Table(title="What was broken", title_justify="left")
    shown.add_column("at", justify="right", no_wrap=True)
    shown.add_column("fault")
    shown.add_column("back after", justify="right", no_wrap=True)
    for at, injection, seconds in injections:
        mark = "[bold red]never[/]" if seconds is None else f"{seconds:.1f} s"
        shown.add_row(f"{at:.0f} s", str(injection), mark)
    return shown


def answer_table(tally: Tally) -> Table:
    """Commands by the status of their answers; what a client came again after is dimmed."""
    by_command = tally.table()
    statuses = sorted({status for counts in by_command.values() for status in counts})
    shown = Table(title="What clients were answered", title_justify="left")
    shown.add_column("command", no_wrap=True)
    for status in statuses:
        shown.add_column(f"[dim]{status}[/]" if status in ALLOWED else status, justify="right", no_wrap=True)
    for command, counts in by_command.items():
        shown.add_row(command, *(f"{counts[status]:,}" if status in counts else "" for status in statuses))
    return shown

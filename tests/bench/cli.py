"""The command behind `make bench`: brings a stack of its own up, measures, prints a table, and takes the stack down.

Nothing is asserted. EFFORT=4 makes every measurement four times as long.
"""

import asyncio
import gc
import os
import sys
from pathlib import Path
from typing import Annotated

import asyncpg
import typer
import uvloop

from deploy.local.errors import StackError
from deploy.local.layout import ROOT
from deploy.local.stack import LocalStack
from deploy.services import SERVICES
from deploy.stack import Stack
from shared.clock import monotonic
from tests.bench.databases import looking
from tests.bench.errors import BenchError
from tests.bench.figures import Figures
from tests.bench.measures import PARTS, Bench
from tests.bench.screen import Screen, bar, console

START_SECONDS = 15.0
OTHERS_MAX = 0.15
"""The share of the machine that others may use before the figures need a word of caution."""

_own: list[LocalStack] = []
"""The stack that is measured, once it is chosen."""

app = typer.Typer(add_completion=False, help=__doc__, pretty_exceptions_enable=False)


@app.command()
def bench(
    run: Annotated[Path, typer.Option(help="The run directory of the stack, which is emptied first.")] = Path(
        ".run/bench"
    ),
    only: Annotated[str, typer.Option(help=f"Comma-separated, of: {', '.join(PARTS)}.")] = ",".join(PARTS),
    keep: Annotated[bool, typer.Option(help="Leave the stack running afterwards.")] = False,
) -> None:
    """Measure everything, or some parts."""
    effort = float(os.environ.get("EFFORT", "1"))
    wanted = [name for name in PARTS if name in only.split(",")]
    if not wanted:
        raise BenchError(f"--only takes some of: {', '.join(PARTS)}")
    stack, figures, begun = LocalStack(run if run.is_absolute() else ROOT / run), Figures(), monotonic()
    _own.append(stack)
    console.print(f"[bold]How fast it is here and now[/]: {', '.join(wanted)}; a stack of its own in {stack.run_dir}.")
    console.print("[dim]The machine's speed drifts: read the ratios, and let nothing else run meanwhile.[/]\n")
    try:
        gc.freeze()  # as the services do: the driver must not be what is measured
        uvloop.run(_measure(stack, figures, wanted, effort))
    finally:
        if not keep:
            stack.clean()
        if figures.goals:
            _report(stack, figures)
    console.print(f"Measured in {monotonic() - begun:.0f} s.")
    console.print("  → What the ratios mean, and where the time goes: docs/performance.md")
    console.print("  → Longer, for figures to quote: EFFORT=4 make bench; one part: make bench ARGS='--only relay'\n")


def main() -> None:
    """Run the command; a failure is told in two parts: what, and how to mend it."""
    try:
        app()
    except (BenchError, StackError, OSError, asyncpg.PostgresError) as error:
        console.print("\n[bold red]FAILED:[/]", end=" ")
        console.print(str(error), markup=False)
        console.print("  → Try again; with ARGS=--keep the stack stays, and make logs RUN=.run/bench tells more.")
        sys.exit(1)


def interrupted() -> str:
    """What a person reads after Ctrl-C."""
    left = "".join(stack.left() for stack in _own)
    return f"Nothing was measured to its end. {left}\n  → Again: make bench"


async def _measure(stack: Stack, figures: Figures, wanted: list[str], effort: float) -> None:
    with bar() as progress:
        screen = Screen(progress, START_SECONDS + effort * sum(PARTS[name][1] for name in wanted))
        async with screen.step("A stack of its own comes up, empty", START_SECONDS):
            await asyncio.to_thread(stack.clean)
            await asyncio.to_thread(stack.up)
            await _note_commits(stack)
        async with looking(stack) as databases:
            running = Bench(stack, screen, figures, databases, effort)
            for name in wanted:
                await PARTS[name][0](running)
    if (others := max(running.others, default=0.0)) > OTHERS_MAX:
        console.print(
            f"\n[yellow]Others used up to {others:.0%} of the machine meanwhile[/]: everything is worse than it"
        )
        console.print("could be, and a service, which is one process, loses more than pgbench, which is eight.")


async def _note_commits(stack: Stack) -> None:
    """Let PostgreSQL remember when each transaction was committed, so that we know when something was handled."""
    sql = await asyncpg.connect(stack.admin_dsn())
    await sql.execute("alter system set track_commit_timestamp = on")
    await sql.close()
    await asyncio.to_thread(stack.restart, "postgres")
    for name in SERVICES:
        await asyncio.to_thread(stack.wait, name)


def _report(stack: Stack, figures: Figures) -> None:
    stack.run_dir.mkdir(parents=True, exist_ok=True)
    file = stack.run_dir / "figures.json"
    file.write_bytes(figures.json())
    console.print()
    console.print(figures.tables())
    console.print(f"[dim]The same for a program: {file}[/]")

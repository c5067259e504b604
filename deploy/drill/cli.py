"""The command behind `make drill`: floods a stack of its own, breaks the servers below it, proves the books.

Servers and services are killed, stopped, frozen and starved while clients trade and come again under the same keys. In
the end every accepted command has had its effect, nothing happened twice, and nobody was answered 500. SEED= repeats
the faults of an earlier drill, DURATION= makes it shorter or longer.
"""

import asyncio
import random
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from deploy.drill.client import Client
from deploy.drill.crowd import Crowd
from deploy.drill.drill import AT_ONCE, clients, drill, verify_books
from deploy.drill.screen import Screen, answer_table, injection_table
from deploy.drill.tally import Tally
from deploy.local.errors import StackError
from deploy.local.layout import ROOT
from deploy.local.report import Report
from deploy.local.stack import LocalStack
from deploy.stack import Stack
from deploy.verify.cli import addresses, show

VERIFY_SECONDS = 30
SHOWN_MAX = 20
EVERYDAY = ROOT / ".run"

app = typer.Typer(add_completion=False, help=__doc__, pretty_exceptions_enable=False)
console = Console(highlight=False)
_own: list[LocalStack] = []
"""The drill's stack, once it is chosen."""


@app.command()
def run_drill(
    run: Annotated[Path, typer.Option(help="The run directory of the drill's own stack; its data is removed.")] = Path(
        ".run/drill"
    ),
    duration: Annotated[float, typer.Option(min=5, help="How many seconds things are broken.")] = 120,
    seed: Annotated[str, typer.Option(help="Repeats the faults of an earlier drill.")] = "",
) -> None:
    """Break everything for a while, then prove that nothing was lost; exit 1 when something was."""
    stack = _own_stack(run if run.is_absolute() else ROOT / run)
    _own.append(stack)
    chosen = _seed(seed)
    console.print(f"[bold]Drill[/] with SEED={chosen} for {duration:.0f} s, on a stack of its own in {stack.run_dir}\n")
    stack.clean()
    try:
        stack.up()
        wrong = _go(stack, duration, chosen)
        console.print()
        dsns, verify_dsn = addresses(stack)
        if not show(dsns, verify_dsn, VERIFY_SECONDS):
            wrong.append("the books do not hold")
    finally:
        console.print("[dim]Taking the drill's stack down; logs and data stay for a look.[/]")
        stack.down()
    raise typer.Exit(_verdict(stack, wrong, chosen))


def main() -> None:
    """Run the command; a failure has three parts: what, what was seen, how to mend it."""
    try:
        app()
    except StackError as error:
        console.print("\n[bold red]FAILED:[/]", end=" ")
        console.print(error.what, markup=False)
        if error.seen:
            console.print(error.seen, markup=False, style="dim")
        for step in error.mend:
            console.print(f"  → {step}", markup=False)
        sys.exit(1)


def interrupted() -> str:
    """What a person reads after Ctrl-C."""
    left = "".join(stack.left() for stack in _own)
    return f"The drill was not finished. {left}\n  → Again: make drill"


def _go(stack: Stack, seconds: float, seed: int) -> list[str]:
    tally = Tally()
    screen = Screen(console, tally, seconds)

    async def go() -> list[str]:
        async with clients(stack) as http:
            client = Client(http, {"": [stack.url]}, tally, AT_ONCE)
            crowd = Crowd(client, stack.layout, seed)
            with screen.live():
                await drill(stack, crowd, client, screen, seconds, seed)
                return tally.wrong + await verify_books(stack, http, crowd, screen)

    wrong = asyncio.run(go())
    console.print()
    console.print(injection_table(screen.injections))
    console.print(answer_table(tally))
    lifecycles = f"{tally.begun:,} scenarios begun, {tally.ended:,} ended"
    console.print(f"{lifecycles}; {tally.accepted:,} accepted, {tally.turned_away:,} times sent away for a moment.")
    return wrong


def _verdict(stack: Stack, wrong: list[str], seed: int) -> int:
    if not wrong:
        console.print(
            "\n[bold green]It holds:[/] every accepted command had its effect, once; nobody was answered 500."
        )
        console.print(f"  → The same faults again: make drill SEED={seed}    others: make drill\n")
        return 0
    console.print(f"\n[bold red]It does NOT hold:[/] {len(wrong)} findings.")
    for each in wrong[:SHOWN_MAX]:
        console.print(f"  {each}", markup=False)
    console.print(f"  → What the services logged: {stack.run_dir / 'logs'}")
    console.print(f"  → The same faults again: make drill SEED={seed}")
    console.print(f"  → Look into what is left: make up RUN={stack.run_dir}, make verify RUN={stack.run_dir}\n")
    return 1


def _own_stack(run_dir: Path) -> LocalStack:
    if run_dir.resolve() == EVERYDAY:
        raise StackError("A drill destroys data: it does not take the stack of make up.", "Choose another: --run DIR")
    return LocalStack(run_dir, Report(Console(stderr=True, highlight=False, soft_wrap=True)))


def _seed(text: str) -> int:
    if not text:
        return random.SystemRandom().randrange(1, 10_000)
    if not text.isdecimal():
        raise StackError(f"SEED={text} is no seed.", "Give a whole number, e.g. make drill SEED=7")
    return int(text)

"""The command behind `make demo`: plays a few orders through the gateway of a running sandbox.

It moves the sandbox clock by about six days, and lets it run on from there when it ends.
"""

import asyncio
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import httpx2
import typer

from deploy.client.http import UnexpectedAnswerError, over_http
from deploy.client.person import Person
from deploy.demo.errors import DemoError
from deploy.demo.listening import listening
from deploy.demo.scenario import play
from deploy.demo.screen import Screen, console
from deploy.demo.stage import Stage
from deploy.local.errors import StackError
from deploy.local.layout import ROOT
from deploy.local.stack import LocalStack
from deploy.stack import Stack
from deploy.verify.cli import addresses, show
from shared.clock import monotonic

VERIFY_SECONDS = 20
NEXT = "The demo was not played to its end. If the clock stands still, the next demo lets it run.\n  → Again: make demo"

app = typer.Typer(add_completion=False, help=__doc__, pretty_exceptions_enable=False)


@app.command()
def demo(run: Annotated[Path, typer.Option(help="The run directory of the stack.")] = Path(".run")) -> None:
    """Play the demo; exit 1 when an expectation is not met."""
    stack = _sandbox(LocalStack(run if run.is_absolute() else ROOT / run))
    begun = monotonic()
    console.print(f"[bold]Demo[/] through {stack.url}")
    checked = asyncio.run(_play(stack))
    console.print()
    dsns, verify_dsn = addresses(stack)
    if not show(dsns, verify_dsn, VERIFY_SECONDS):
        raise DemoError("The demo was played, but the books do not hold.", "Look at the rows above, and: make logs")
    seconds = monotonic() - begun
    console.print(f"[bold green]All {checked} expectations are met,[/] after {seconds:.0f} s of real time.")
    console.print("  → Play it yourself with curl: the five-minute tour in README.md")
    console.print("  → The rules behind it: services/orders/domain/lifecycle.py")
    console.print("  → The books again: make verify\n")


def main() -> None:
    """Run the command; a failure has two parts: what, and how to mend it."""
    try:
        app()
    except (DemoError, StackError) as error:
        _fail(error.what, *error.mend)
    except UnexpectedAnswerError as error:
        _fail(str(error), "What the services logged: make logs", "Is everything ready? make status")
    except httpx2.HTTPError as error:
        _fail(f"The gateway does not answer: {error}", "How it is: make status", "Bring it up: make up")


def _fail(what: str, *mend: str) -> None:
    console.print("\n[bold red]FAILED:[/]", end=" ")
    console.print(what, markup=False)
    for step in mend:
        console.print(f"  → {step}", markup=False)
    sys.exit(1)


async def _play(stack: Stack) -> int:
    key, name, screen = stack.layout.private_key, uuid4().hex[:6], Screen()
    async with httpx2.AsyncClient() as client, listening(stack, client) as listener:
        send = over_http(client, stack.url)
        clock, seller, buyer = (Person(send, key, each) for each in ("", f"seller-{name}", f"buyer-{name}"))

        def abroad(currency: str) -> Person:
            return Person(send, key, f"seller-{currency.lower()}-{name}")

        console.print(
            f"[dim]{seller.name} sells, {buyer.name} buys; the sandbox clock stands still and is moved by us.[/]"
        )
        try:
            await play(Stage(seller, buyer, clock, listener, screen, stack.url, abroad, client, name))
        except BaseException:
            with suppress(UnexpectedAnswerError, httpx2.HTTPError):  # the first fault is the one to report
                await clock.advances(run=True)
            raise
        await clock.advances(run=True)
    console.print("\n[dim]The sandbox clock runs again.[/]")
    return screen.checked


def _sandbox(stack: Stack) -> Stack:
    if not stack.running:
        raise DemoError(f"The stack in {stack.run_dir} does not run.", "Bring it up: make up")
    if stack.service_env("scheduler")["MARKET_PROFILE"] != "sandbox":
        raise DemoError(
            "This stack has the production profile: the demo moves the clock and plays the bank, for a sandbox only.",
            "Play it on a sandbox of its own: make up RUN=.run/demo, then make demo RUN=.run/demo",
        )
    return stack

"""The command behind `make verify`: prints what was proved, and the rows that break it when it does not hold.

Another system than a local stack is named in the environment, by a role that may read every table:
MARKET_VERIFIER_URLS={"orders": "postgresql://verifier:…@…/orders", …}  MARKET_VERIFY_URL=postgresql://…/verify
"""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import typer
from rich.console import Console
from rich.table import Table

from deploy.local.errors import StackError
from deploy.local.layout import ROOT
from deploy.local.stack import LocalStack
from deploy.services import SERVICES
from deploy.stack import Stack
from deploy.verify.proof import IDLE, Finding, broken, prove
from shared.clock import monotonic

NEXT = "Nothing was changed, and nothing is proved.\n  → Again: make verify"

console = Console(highlight=False)
app = typer.Typer(add_completion=False, help=__doc__, pretty_exceptions_enable=False)


@app.command()
def verify(
    run: Annotated[Path, typer.Option(help="The run directory of the stack.")] = Path(".run"),
    wait_seconds: Annotated[
        float, typer.Option("--patience", min=0, help="How many seconds the system may take to become idle.")
    ] = 20,
) -> None:
    """Prove the books of a running system; exit 1 with the rows that do not add up."""
    dsns, verify_dsn = _addresses(run if run.is_absolute() else ROOT / run)
    raise typer.Exit(0 if show(dsns, verify_dsn, wait_seconds) else 1)


def show(dsns: Mapping[str, str], verify_dsn: str, wait_seconds: float) -> bool:
    """Prove, print, and answer whether everything holds."""
    begun = monotonic()
    with console.status("Reading the books") as status:

        def waiting(left: list[str]) -> None:
            status.update(f"Not idle yet, waiting at most {wait_seconds:.0f} s: {'; '.join(left)}".replace("[", "\\["))

        findings = asyncio.run(prove(dsns, verify_dsn, wait_seconds=wait_seconds, report=waiting))
    console.print(_table(findings))
    wrong = broken(findings)
    for finding in wrong:
        _explain(finding)
    rows = sum(finding.looked_at for finding in findings)
    seconds = monotonic() - begun
    if not wrong:
        counts = f"{len(findings)} proofs over {rows:,} rows in {seconds:.1f} s"
        console.print(f"\n[bold green]The books hold:[/] {counts}. Nothing lost, nothing twice.\n")
        return True
    numbers = ", ".join(dict.fromkeys(finding.invariant.number for finding in wrong))
    console.print(f"\n[bold red]The books do NOT hold:[/] {numbers}.")
    console.print(
        "  → The query of each is in deploy/verify/<where>.sql under its number; run it with psql to see all."
    )
    console.print("  → An order's history: GET /v1/orders/{number}/history and GET /v1/ledger/{number}.")
    console.print("  → Logs: make logs SERVICE=<where>. Parked messages: GET /v1/ops/<where>/parked.\n")
    return False


def main() -> None:
    """Run the command; a failure names what is wrong and how to mend it."""
    try:
        app()
    except StackError as error:
        _fail(error.what, *error.mend)
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        _fail(f"The databases do not answer: {error}", "Bring the system up: make up", "How it is: make status")


def addresses(stack: Stack) -> tuple[dict[str, str], str]:
    """How the books of a local stack are read."""
    return {name: stack.verifier_dsn(name) for name in SERVICES}, stack.verifier_dsn()


def _addresses(run: Path) -> tuple[dict[str, str], str]:
    if urls := os.environ.get("MARKET_VERIFIER_URLS"):
        return json.loads(urls), os.environ["MARKET_VERIFY_URL"]
    return addresses(LocalStack(run))


def _table(findings: list[Finding]) -> Table:
    shown = Table(title="What was proved", title_justify="left")
    shown.add_column("no.", no_wrap=True)
    shown.add_column("in", no_wrap=True)
    shown.add_column("what must hold")
    shown.add_column("rows", justify="right", no_wrap=True)
    shown.add_column("", no_wrap=True)
    for finding in findings:
        invariant = finding.invariant
        mark = "[green]holds[/]" if finding.ok else "[bold red]BROKEN[/]"
        shown.add_row(invariant.number, invariant.where, invariant.sentence, f"{finding.looked_at:,}", mark)
    return shown


def _explain(finding: Finding) -> None:
    invariant = finding.invariant
    console.print(f"\n[bold red]{invariant.number}[/] in {invariant.where}: {invariant.sentence}")
    if invariant is IDLE:
        for row in finding.rows:
            console.print(f"  not idle yet: {row['left']}", markup=False)
        console.print(
            "  → The databases are compared only when the system is idle: end what makes traffic, run it again."
        )
        return
    columns = list(finding.rows[0])
    rows = Table(*columns)
    for row in finding.rows:
        rows.add_row(*(_cell(row[column]) for column in columns))
    console.print(rows)


def _cell(value: Any) -> str:
    return "-" if value is None else str(value).replace("[", "\\[")


def _fail(what: str, *mend: str) -> None:
    console.print("\n[bold red]FAILED:[/]", end=" ")
    console.print(what, markup=False)
    for step in mend:
        console.print(f"  → {step}", markup=False)
    sys.exit(1)

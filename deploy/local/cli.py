"""The commands behind make: up, down, clean, status, logs, token, env, restart.

Values (a token, an environment) go to stdout alone; everything for a person goes to stderr.
"""

import errno
import os
import re
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from deploy.local import parked as parked_messages
from deploy.local import status as status_table
from deploy.local.errors import StackError
from deploy.local.layout import ROOT
from deploy.local.report import Report
from deploy.local.stack import LocalStack
from deploy.local.tokens import mint
from deploy.services import SERVICES
from shared.http.auth import SUBJECT_LENGTH_MAX

ROLES = ("user", "support", "operator", "service")
SUBJECT = rf"[!-~]{{1,{SUBJECT_LENGTH_MAX}}}"
TTL_MAX_SECONDS = 365 * 86400

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__, pretty_exceptions_enable=False)
console = Console(stderr=True, highlight=False, soft_wrap=True)
_UNWRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.ENOSPC)
_chosen: dict[str, LocalStack] = {}


@app.callback()
def choose(run: Annotated[Path, typer.Option(help="The run directory: one stack each.")] = Path(".run")) -> None:
    """Which stack the command is about."""
    _chosen["stack"] = LocalStack(run if run.is_absolute() else ROOT / run, Report(console))


@app.command()
def up() -> None:
    """Bring everything up; harmless when it is up already."""
    stack = _chosen["stack"]
    stack.up()
    console.print(f"\n[bold green]Holdfast is up:[/] [bold]{stack.url}[/]")
    run = stack.run_option
    console.print(f"  a token:      make token SUB=alice ROLES=user{run}")
    console.print(f"  how it is:    make status{run}        what it says: make logs{run}")
    console.print(f"  stop it:      make down{run}          (keeps the data)")
    console.print(f"\nNow try:        [bold]make demo{run}[/]\n")


@app.command()
def down() -> None:
    """Stop what up started and nothing else; the data stays."""
    stack = _chosen["stack"]
    if stack.down():
        run = stack.run_option
        console.print(f"\nStopped; the data is kept in {stack.run_dir}.")
        console.print(f"  again: make up{run}      remove the data: make clean{run}")
    else:
        console.print("Nothing of it runs. Bring it up: make up")


@app.command()
def clean() -> None:
    """Stop everything and remove data, keys, passwords and logs."""
    stack = _chosen["stack"]
    stack.clean()
    console.print(f"Removed the stack in {stack.run_dir}. A new one: make up{stack.run_option}")


@app.command()
def restart(service: Annotated[str, typer.Argument(help="A service, or postgres, rabbitmq, gateway.")] = "") -> None:
    """Stop one program, start it again, wait until it is ready."""
    stack = _running_stack()
    _known_program(stack, service)
    with Report(console).step(f"{service} starts again"):
        stack.restart(service)


@app.command()
def status() -> None:
    """Servers and services: running since when, where, ready or why not. Exit 1 when one is not ready."""
    stack = _chosen["stack"]
    rows = status_table.rows(stack)
    Console().print(status_table.table(stack, rows))
    for line in status_table.notes(rows):
        console.print(line, markup=False)
    if orphans := stack.orphans:
        console.print(
            f"\n[bold red]The supervisor of this stack is gone, but {orphans} of its processes still run.[/]"
            f"\n  → end them and start again: make up{stack.run_option}      only end: make down{stack.run_option}"
        )
        raise typer.Exit(1)
    if not all(row.ready for row in rows):
        console.print("Not everything is ready: make logs SERVICE=name shows why, make up starts what is missing.")
        raise typer.Exit(1)


@app.command()
def logs(
    service: Annotated[str, typer.Argument(help="A service or server; without: all services.")] = "",
    follow: Annotated[bool, typer.Option(help="Go on as lines are written.")] = False,
    lines: Annotated[int, typer.Option(min=1, help="How many lines of each.")] = 40,
) -> None:
    """The last lines that the programs wrote."""
    stack = _chosen["stack"]
    wanted = (service,) if service else SERVICES
    files = [file for name in wanted for file in stack.layout.log_files(name) if file.exists()]
    if not files:
        raise StackError(
            f"There is no log{f' of {service}' if service else ''} in {stack.run_dir}/logs.",
            f"Names: {', '.join((*SERVICES, 'gateway', 'postgres', 'rabbitmq', 'migrate', 'topology'))}",
        )
    os.execvp("tail", ["tail", "-n", str(lines), *(["-F"] if follow else []), *map(str, files)])  # noqa: S606


@app.command()
def token(
    sub: Annotated[str, typer.Option(help="Who: any name; an unknown one is a new account.")] = "",
    roles: Annotated[str, typer.Option(help=f"Comma-separated: {', '.join(ROLES)}.")] = "user",
    ttl: Annotated[str, typer.Option(help="How long it is good for: 90s, 30m, 24h or 7d.")] = "24h",
) -> None:
    """Print a token of the sandbox, and nothing else."""
    stack = _chosen["stack"]
    wanted = [role.strip() for role in roles.split(",") if role.strip()]
    if not sub:
        raise StackError("A token is for somebody: SUB is missing.", "For example: make token SUB=alice ROLES=user")
    if not re.fullmatch(SUBJECT, sub):
        raise StackError(
            f"SUB={sub} can't be an account: 1 to {SUBJECT_LENGTH_MAX} printable ASCII characters without spaces.",
            "For example: make token SUB=alice ROLES=user",
        )
    if not wanted:
        raise StackError("A token without a role can do nothing: ROLES is empty.", f"ROLES takes {', '.join(ROLES)}.")
    if unknown := [role for role in wanted if role not in ROLES]:
        raise StackError(f"Unknown role: {', '.join(unknown)}.", f"ROLES takes {', '.join(ROLES)}, comma-separated.")
    if not stack.layout.private_key.exists():
        raise StackError(
            f"{stack.run_dir} has no signing key yet.", f"Bring the stack up first: make up{stack.run_option}"
        )
    sys.stdout.write(mint(stack.layout.private_key, sub, wanted, _seconds(ttl)) + "\n")


@app.command()
def parked() -> None:
    """Messages that wait for an operator, of all services. Exit 1 when there are some or a service can't be asked."""
    found, silent = parked_messages.look(_running_stack())
    for service, why in silent.items():
        console.print(f"{service} can't be asked: {why}", markup=False)
    if found:
        sys.stdout.write("".join(f"{line}\n" for line in parked_messages.lines(found)))
        console.print("\nWhat to do with them: docs/runbooks/parked.md", markup=False)
    elif not silent:
        console.print("No message is parked.")
    if found or silent:
        raise typer.Exit(1)


@app.command()
def subscriber(name: Annotated[str, typer.Argument(help="The subscriber's own name, e.g. mailer.")] = "") -> None:
    """Make a broker user for a service of another team, and print how it connects."""
    stack = _running_stack()
    user = stack.subscribe(name)
    sys.stdout.write("".join(f"{each}={value}\n" for each, value in user.items()))
    console.print(
        f"\n{user['BROKER_USER']} may have queues of its own, {user['BROKER_USER']}.*, bind them to the public"
    )
    console.print("events of the exchange market.events, and do nothing else. How to listen: docs/subscribers.md")


@app.command()
def env(service: Annotated[str, typer.Argument(help="A service, for starting it by hand.")] = "") -> None:
    """Print the address and the key of the sandbox, or the whole environment of one service."""
    stack = _chosen["stack"]
    if not service:
        sys.stdout.write("".join(f"{name}={value}\n" for name, value in stack.env.items()))
        return
    if service not in SERVICES:
        raise StackError(f"There is no service {service}.", f"Names: {', '.join(SERVICES)}")
    sys.stdout.write("".join(f"{name}={value}\n" for name, value in stack.service_env(service).items()))


def main() -> None:
    """Run a command; a failure prints what failed, what was seen, and how to mend it."""
    try:
        app()
    except OSError as error:
        if error.errno not in _UNWRITABLE:
            raise
        console.print(f"\n[bold red]FAILED:[/] {error.filename} can't be written: {error.strerror}.")
        console.print(
            "  → Give yourself the right to write there, or choose another directory: make up RUN=/path/to/it"
        )
        sys.exit(1)
    except StackError as error:
        console.print(f"\n[bold red]FAILED:[/] {_plain(error.what)}")
        if error.seen:
            console.print(_plain(error.seen), style="dim")
        for step in error.mend:
            console.print(f"  → {_plain(step)}")
        sys.exit(1)


def interrupted() -> str:
    """What a person reads after Ctrl-C: what was stopped, what goes on, what to do next."""
    again = "The same command goes on where it stopped."
    if (stack := _chosen.get("stack")) is None:
        return again
    doing = stack.report.doing
    return "\n".join([*([f"Not finished: {doing}."] if doing else []), stack.left(), f"  → {again}"])


def _plain(text: str) -> str:
    return text.replace("[", "\\[")


def _running_stack() -> LocalStack:
    stack = _chosen["stack"]
    if not stack.running:
        raise StackError(f"The stack in {stack.run_dir} does not run.", f"Bring it up: make up{stack.run_option}")
    return stack


def _known_program(stack: LocalStack, name: str) -> None:
    if name not in (known := stack.infos()):
        what = f"There is no program {name}." if name else "Which one? SERVICE is missing."
        raise StackError(what, f"make restart SERVICE=name, one of: {', '.join(sorted(known))}")


def _seconds(text: str) -> int:
    found = re.fullmatch(r"([1-9][0-9]{0,7})([smhd]?)", text)
    if not found:
        raise StackError(f"TTL={text} is no length of time.", "Write 90s, 30m, 24h or 7d.")
    length = int(found[1]) * {"s": 1, "": 1, "m": 60, "h": 3600, "d": 86400}[found[2]]
    if length > TTL_MAX_SECONDS:
        raise StackError(f"TTL={text} is longer than a token may live: 365 days.", "Write 90s, 30m, 24h or 7d.")
    return length

"""Ctrl-C in a command that a person runs: one answer that says what to do next, no traceback, whenever it comes."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.interrupts import INTERRUPTED
from tests.tidy.house import ROOT, sources

COMMAND = """
import os, signal
if "blocked" == "{moment}":
    signal.pthread_sigmask(signal.SIG_BLOCK, {{signal.SIGINT}})
    os.kill(os.getpid(), signal.SIGINT)
from deploy import interrupts
interrupts.watch()
def interrupt():
    os.kill(os.getpid(), signal.SIGINT)
if "loading" == "{moment}":
    interrupt()
import asyncio, time, typer
app = typer.Typer()
@app.command()
def act():
    try:
        interrupt()
        time.sleep(60)
    finally:
        print("cleaned up")
async def wait():
    asyncio.get_running_loop().call_later(0.01, interrupt)
    try:
        await asyncio.sleep(60)
    finally:
        print("cleaned up")
def twice():
    try:
        interrupt()
    finally:
        interrupt()
what = {{"typer": app, "asyncio": lambda: asyncio.run(wait()), "plain": interrupt, "twice": twice, "none": lambda: 7}}
interrupts.run(what["{moment}"], lambda: "Again: make it")
"""


def after(moment: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-c", COMMAND.format(moment=moment)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("moment", ["blocked", "loading"])
def test_before_anything_has_begun_it_ends_at_once(moment: str) -> None:
    assert after(moment) == (INTERRUPTED, "", "\nInterrupted. Nothing had begun: run the same command again.\n")


@pytest.mark.parametrize("moment", ["typer", "asyncio"])
def test_while_it_works_it_cleans_up_and_says_what_is_next(moment: str) -> None:
    assert after(moment) == (INTERRUPTED, "cleaned up\n", "\nInterrupted. Again: make it\n")


@pytest.mark.parametrize("moment", ["plain", "twice"])
def test_a_second_one_ends_the_cleaning_up_too(moment: str) -> None:
    assert after(moment) == (INTERRUPTED, "", "\nInterrupted. Again: make it\n")


def test_without_one_the_command_ends_as_it_wants() -> None:
    assert after("none") == (7, "", "")


def commands() -> dict[str, ast.Module]:
    """Every module that a person or make runs by name; the helpers of the bench are run by the bench."""
    return {
        source.name: source.tree
        for source in sources()
        if (source.parts[0] in {"deploy", "tests"} and source.parts[-1] == "__main__.py")
        or (source.parts[0] == "deploy" and ast.unparse(source.tree.body[-1]).startswith("if __name__ =="))
    }


def test_every_command_listens_before_it_loads_and_runs_under_it() -> None:
    found = commands()
    assert {"deploy/local/__main__.py", "deploy/topology.py", "tests/bench/__main__.py"} <= set(found)
    for name, tree in found.items():
        first, second, *_ = tree.body[1:]
        written = (ast.unparse(first), ast.unparse(second.body[0]) if isinstance(second, ast.If) else "")
        assert written == ("from deploy import interrupts", "interrupts.watch()"), (
            f"{name}: begin as deploy/interrupts.py"
        )
        last = tree.body[-1]
        assert isinstance(last, ast.If), name
        assert ast.unparse(last.body[0]).startswith("interrupts.run("), f"{name}: end as deploy/interrupts.py"


def test_make_starts_python_only_with_the_signal_blocked() -> None:
    lines = Path(ROOT, "Makefile").read_text().splitlines()
    assert "PYTHON := env --block-signal=INT .venv/bin/python" in lines
    assert [line for line in lines if ".venv/bin/python" in line and not line.startswith("PYTHON")] == []

"""The commands that a person types: what they print, and how they end."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping

import pytest

from deploy.local.layout import ROOT
from deploy.services import SERVICES
from deploy.stack import Stack
from tests.integration.verify.books import VERIFY, Books


def command(
    module: str, *options: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command as make would; wide enough that no line is broken."""
    return subprocess.run(
        [sys.executable, "-m", module, *options],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200", **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.usefixtures("played")
def test_the_books_of_the_running_stack_hold(stack: Stack) -> None:
    done = command("deploy.verify", "--run", str(stack.run_dir))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "The books hold" in done.stdout
    assert "Escrow holds for each order exactly what orders says it holds." in done.stdout


async def test_books_that_do_not_hold_are_shown_with_the_rows(copied: Books) -> None:
    await copied.inject("payments", "update accounts set balance = balance + 1 where owner = :seller;")
    environment = {
        "MARKET_VERIFIER_URLS": json.dumps({name: copied.stack.admin_dsn(f"copy_{name}") for name in SERVICES}),
        "MARKET_VERIFY_URL": copied.stack.admin_dsn(VERIFY),
    }
    done = command("deploy.verify", "--patience", "0", environment=environment)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "The books do NOT hold: I04." in done.stdout
    assert copied.names["seller"] in done.stdout


@pytest.mark.usefixtures("played")
def test_the_demo_keeps_its_expectations(stack: Stack) -> None:
    done = command("deploy.demo", "--run", str(stack.run_dir))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "The seller has: MYR 94.60" in done.stdout
    assert "The seller is told: contact_information" in done.stdout
    assert "The picture is in it: 1" in done.stdout
    assert "expectations are met" in done.stdout


def test_without_a_stack_both_say_how_to_bring_it_up(tmp_path: object) -> None:
    for module in ("deploy.verify", "deploy.demo"):
        done = command(module, "--run", f"{tmp_path}/none")
        assert done.returncode == 1
        assert "make up" in done.stdout
        assert "Traceback" not in done.stderr

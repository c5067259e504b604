"""A service that is told to be in production refuses what a sandbox left behind, before it takes a single message."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

from joserfc.jwk import KeySet, OKPKey

from deploy.local.layout import ROOT
from deploy.local.programs import base_environment
from deploy.stack import Stack
from tests.support.market import Market


async def start(stack: Stack, keys: Path) -> tuple[int | None, str]:
    """Run the scheduler as a production on the stack's own database until it ends; its exit code and its output."""
    result = {"MARKET_PROFILE": "production", "MARKET_TOKEN_ISSUER": "us", "MARKET_TOKEN_KEYS": str(keys)}
    environment = {**base_environment(stack.layout), **stack.service_env("scheduler"), **result, "MARKET_PORT": "1"}
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.scheduler", cwd=ROOT, env=environment, stdout=PIPE, stderr=PIPE
    )
    logged, published = await asyncio.wait_for(child.communicate(), 120)
    return child.returncode, (logged + published).decode()


async def test_a_sandbox_s_key_and_a_sandbox_s_clock_end_the_start(market: Market, tmp_path: Path) -> None:
    own = tmp_path / "own.json"
    own.write_text(json.dumps(KeySet([OKPKey.generate_key("Ed25519", parameters={"kid": "own"})]).as_dict()))
    stack = market.stack
    keys, clock = await asyncio.gather(start(stack, stack.layout.public_keys), start(stack, own))
    assert keys[0] == 1
    assert "a sandbox's development key" in keys[1]
    assert clock[0] == 1
    assert "was moved (stands still at" in clock[1]

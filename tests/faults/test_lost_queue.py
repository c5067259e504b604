"""A queue or a binding that somebody took away: it is named, nothing is lost, and the topology brings it back."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from deploy.local import readiness
from deploy.local.layout import ROOT
from deploy.stack import Stack
from shared.messaging.topology import EVENTS_EXCHANGE
from tests.scenarios.steps import delivered
from tests.support.market import Market
from tests.support.messages.broker import admin_channel
from tests.support.outages.system import until_green
from tests.support.proof import prove_books
from tests.support.races.meeting import eventually

UNPUBLISHED = "select error from outbox where published_at is null and subject = $1 and event = $2"


class TestOneOfTwoConsumersIsGone:
    async def test_its_queue_is_named_and_it_gets_the_event_once_the_queue_is_back(self, market: Market) -> None:
        stack, order = market.stack, await delivered(market)
        async with admin_channel(stack) as channel:
            await channel.queue_delete("payments.events")
        (await market.buyer.posts(f"/orders/{order['number']}/confirm")).ok()
        await eventually(red_for(stack, "payments", "queue payments.events is missing"))
        await eventually(waits(market, order["number"], "order.completed", "payments.events"))
        assert "was missing: queue payments.events" in apply_topology(stack)
        await settled(market, stack)
        assert (await market.seller.wallet())["available"] > 0
        await prove_books(stack)


class TestPublishedAgain:
    async def test_a_late_queue_gets_it_and_consumers_know_that_they_have_had_it(self, market: Market) -> None:
        stack, order = market.stack, await delivered(market)
        await market.settles()
        before = await market.sql("payments", "select count(*) from entries")
        async with admin_channel(stack) as channel:
            late = await channel.declare_queue("late", auto_delete=True)
            await late.bind(EVENTS_EXCHANGE, "order.paid")
            result = run(stack, "deploy.republish", "--since", "1h", "--service", "orders", "--event", "order.paid")
            assert "orders: " in result.stdout
            message = await late.get(timeout=30, fail=False)
            while message is not None and message.headers["ce-subject"] != order["number"]:
                message = await late.get(timeout=30, fail=False)
            assert message is not None
            await late.delete(if_unused=False, if_empty=False)
        await market.settles()
        assert await market.sql("payments", "select count(*) from entries") == before

    async def test_wrong_options_are_refused(self, stack: Stack) -> None:
        for options in (["--since", ""], ["--since", "soon"], ["--since", "1h", "--event", "order.lost"]):
            done = await asyncio.to_thread(run, stack, "deploy.republish", *options)
            assert done.returncode == 1
            assert "Traceback" not in done.stderr


def run(stack: Stack, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A deploy step as the documentation says it, about this stack."""
    environment = {**os.environ, "RUN": str(stack.run_dir)}
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def apply_topology(stack: Stack) -> str:
    """What the step prints."""
    done = run(stack, "deploy.topology")
    assert done.returncode == 0, done.stderr
    return done.stdout


async def settled(market: Market, stack: Stack) -> None:
    """Every service is ready again, and everything has arrived."""
    await until_green(stack, 60)
    await market.settles()


def red_for(stack: Stack, service: str, words: str) -> Callable[[], Awaitable[bool]]:
    """Whether the service's readiness is red and names this."""

    async def look() -> bool:
        status, text = await asyncio.to_thread(readiness.answer, stack.ports[service])
        return status == 503 and words in text

    return look


def waits(market: Market, number: str, event: str, words: str) -> Callable[[], Awaitable[bool]]:
    """Whether the event of this order is unpublished with a fault that names this."""

    async def look() -> bool:
        rows: list[dict[str, Any]] = await market.sql("orders", UNPUBLISHED, number, event)
        return any(row["error"] and words in row["error"] for row in rows)

    return look

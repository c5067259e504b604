"""The program of docs/subscribers.md runs as it is printed there, and its user can do that and nothing else."""

import asyncio
import os
import re
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import aio_pika
import httpx2
import pytest
from aio_pika.exceptions import ProbableAuthenticationError
from aiormq.exceptions import ChannelAccessRefused

from deploy import republish
from deploy.local.bringup import apply_topology
from deploy.local.layout import ROOT
from deploy.local.stack import LocalStack
from deploy.stack import Stack
from shared.clock import real_now, seconds
from tests.support.market import Market

PAGE = (ROOT / "docs" / "subscribers.md").read_text()
WAIT_SECONDS = 60


async def test_the_page_s_program_prints_each_event_once(market: Market, tmp_path: Path) -> None:
    stack, (program,) = market.stack, re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    environment = {**os.environ, **await asyncio.to_thread(stack.subscribe, "mailer")}
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, cwd=tmp_path, env=environment, stdout=PIPE
    )
    assert child.stdout is not None
    try:
        await bound(stack)
        listing = await market.seller.lists()
        (first,) = (await market.buyer.orders(listing))["orders"]
        assert await line(child.stdout) == f"order.placed {first['number']}"
        before = real_now()
        await republish.republish(stack.owner_dsn("orders"), before - seconds(60), before, "order.placed")
        (second,) = (await market.buyer.orders(listing))["orders"]
        printed: list[str] = []
        while (text := await line(child.stdout)) != f"order.placed {second['number']}":
            printed.append(text)
        assert f"order.placed {first['number']}" not in printed
    finally:
        child.terminate()
        await child.wait()


async def test_its_user_binds_what_is_public_and_nothing_else(stack: LocalStack) -> None:
    result = await asyncio.to_thread(stack.subscribe, "search")
    assert await asyncio.to_thread(stack.subscribe, "search") == result
    assert await asyncio.to_thread(apply_topology, stack.plan) == []
    connection = await connected(result)
    try:
        for key, refused in (("order.*", False), ("account.*", True), ("#", True), ("balance.frozen", True)):
            channel = await connection.channel()
            queue = await channel.declare_queue("foreign.search.in", auto_delete=True)
            if refused:
                with pytest.raises(ChannelAccessRefused):
                    await queue.bind("market.events", key)
            else:
                await queue.bind("market.events", key)
        with pytest.raises(ChannelAccessRefused):
            await (await connection.channel()).declare_queue("foreign.mailer.in")
        with pytest.raises(ChannelAccessRefused):
            await (await (await connection.channel()).get_queue("payments.events", ensure=False)).get()
    finally:
        await connection.close()


async def test_without_its_password_nobody_is_a_subscriber(stack: Stack) -> None:
    result = await asyncio.to_thread(stack.subscribe, "search")
    with pytest.raises(ProbableAuthenticationError):
        await connected(result, password="guess")


async def connected(result: dict[str, str], password: str | None = None) -> aio_pika.abc.AbstractConnection:
    """The broker as this subscriber."""
    secret = password or secret_of(result)
    place = f"{result['BROKER_HOST']}:{result['BROKER_PORT']}/{result['BROKER_VHOST']}"
    return await aio_pika.connect(f"amqp://{result['BROKER_USER']}:{secret}@{place}")


def secret_of(result: dict[str, str]) -> str:
    return Path(result["BROKER_PASSWORD_FILE"]).read_text()


async def bound(stack: Stack) -> None:
    """Until the program's queue is there and bound."""
    path = f"{stack.broker_admin_url}/api/queues/market/foreign.mailer.orders/bindings"
    async with asyncio.timeout(WAIT_SECONDS), httpx2.AsyncClient() as client:
        while "order.*" not in (await client.get(path)).text:
            await asyncio.sleep(0.1)


async def line(stream: asyncio.StreamReader) -> str:
    """The next line that the program prints."""
    return (await asyncio.wait_for(stream.readline(), WAIT_SECONDS)).decode().strip()

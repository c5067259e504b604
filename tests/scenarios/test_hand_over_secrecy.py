"""What was handed over is stored nowhere in clear, and its keys can be replaced while the services run."""

import json
import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from deploy.client.http import Answer
from deploy.local.layout import ROOT
from deploy.stack import Stack
from tests.scenarios.test_hand_over import LOGIN, bought, handed_over
from tests.support.leaks import files_with, spellings, tables_with
from tests.support.market import Actor, Market
from tests.support.outages.replicas import Replica, replica
from tests.support.plain import plain_client
from tests.support.quick import over_connections

SECOND = f"k2:{'07' * 32}"
LOUD = {"MARKET_TRACES": "console", "MARKET_LOG_LEVEL": "debug"}


@pytest.fixture(scope="module")
async def both(stack: Stack) -> AsyncIterator[Replica]:
    """An instance to which a new key was given: it seals with k2 and opens with both."""
    keys = f"{SECOND},{stack.service_env('orders')['MARKET_HAND_OVER_KEYS']}"
    async with replica(stack, "orders", settings={"MARKET_HAND_OVER_KEYS": keys}) as running:
        yield running


class TestWhatWasHandedOver:
    async def test_is_in_no_table_queue_log_trace_or_file_of_the_whole_system(self, market: Market) -> None:
        secrets = [f"secret-{uuid4().hex}" for _ in range(4)]
        login, password, misplaced, too_long = secrets
        number = (await bought(market))["number"]
        async with replica(market.stack, "orders", settings=LOUD) as loud, plain_client() as client:
            market.buyer.send = market.seller.send = over_connections(client, loud.url)
            path = f"/orders/{number}/deliver"
            for wrong in ({misplaced: 5}, {"password": too_long * 50}, {"password": f"{misplaced}\x07"}, misplaced):
                assert (await market.seller.posts(path, {"hand_over": wrong})).code == "validation_failed"
            pairs = {"hand_over": {"login": login, "password": password}}
            assert (await market.seller.posts(f"{path}?preview=true", pairs)).ok()["allowed"]
            (await market.seller.posts(path, pairs)).ok()
            assert (await market.buyer.reveals(number)).ok()["hand_over"]["password"] == password
            seen = [await each.sees(number) for each in (market.buyer, market.seller)]
        assert (
            f'"url.path": "/v1/orders/{number}/hand-over/reveal"'
            in market.stack.layout.log("orders.replica").read_text()
        )
        through_gateway = await handed_over_through_the_gateway(market, secrets)
        assert not any(secret in str((seen, through_gateway)) for secret in secrets)
        assert await tables_with(market, secrets) == set()
        assert await files_with(market, secrets) == set()

    async def test_would_be_found_if_it_were_there(self, market: Market) -> None:
        """An order's number is no secret: the search finds it in tables, data files and logs, of the gateway too."""
        number = (await bought(market))["number"]
        tables = await tables_with(market, [number])
        assert {"orders.orders", "orders.outbox", "payments.payment_lines", "scheduler.timers"} <= tables
        found = await files_with(market, [number])
        assert {"logs/orders.log", "gateway/access.log"} <= found
        assert any(Path(each).parts[0] == "postgres" for each in found)

    def test_is_searched_for_in_every_spelling(self) -> None:
        assert "7365637265742d31" in spellings("secret-1")
        found = spellings("secret-1")
        for before in ("", "x", "xy", "xyz"):
            text = b64encode(f"{before}secret-1 and more".encode()).decode()
            assert any(each in text for each in found), before


async def handed_over_through_the_gateway(market: Market, secrets: list[str]) -> list[object]:
    """The same once more as everybody does it; what everybody may see of it."""
    market.buyer, market.seller = market.someone("buyer"), market.someone("seller")
    number = (await bought(market))["number"]
    (await market.seller.delivers(number, dict(zip("abcd", secrets, strict=True)))).ok()
    assert list((await market.buyer.reveals(number)).ok()["hand_over"].values()) == secrets
    await market.settles()
    histories = [(await each.gets(f"/orders/{number}/history")).ok() for each in (market.buyer, market.support)]
    return [*histories, await market.seller.sees(number), await market.events(number)]


class TestAKeyIsReplaced:
    async def test_while_the_services_run_and_nothing_is_lost(self, market: Market, both: Replica) -> None:
        first, number = own_keys(market), await handed_over(market)
        assert await revealed_by(market, both, number) == LOGIN
        newer = (await bought(market))["number"]
        (await sent_to(market, both, market.seller, f"/orders/{newer}/deliver", {"hand_over": LOGIN})).ok()
        assert (await market.buyer.reveals(newer)).code == "hand_over_unreadable"
        done = reseal(market, f"{SECOND},{first}")
        assert "are sealed with k2 now" in done.stdout
        assert "Not needed any more" in done.stdout
        assert {row["key_id"] for row in await market.sql("orders", "select key_id from hand_overs")} == {"k2"}
        async with replica(market.stack, "orders", settings={"MARKET_HAND_OVER_KEYS": SECOND}) as only:
            assert await revealed_by(market, only, number) == await revealed_by(market, only, newer) == LOGIN
        assert reseal(market, f"{first},{SECOND}").returncode == 0
        assert (await market.buyer.reveals(number)).ok()["hand_over"] == LOGIN

    async def test_a_repeat_of_a_delivery_is_recognised_by_the_older_key(self, market: Market, both: Replica) -> None:
        number, key = (await bought(market))["number"], str(uuid4())
        path, body = f"/orders/{number}/deliver", {"hand_over": LOGIN}
        first = await market.seller.posts(path, body, key)
        again = await sent_to(market, both, market.seller, path, body, key)
        assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")

    async def test_without_the_key_that_is_needed_it_says_so_and_nothing_changes(self, market: Market) -> None:
        number = await handed_over(market)
        done = reseal(market, SECOND)
        assert done.returncode == 1
        assert f"Key {own_keys(market).partition(':')[0]} is missing" in done.stdout
        assert (await market.buyer.reveals(number)).ok()["hand_over"] == LOGIN

    def test_on_this_machine_the_command_finds_the_local_stack_by_itself(self, stack: Stack) -> None:
        done = command({"RUN": str(stack.run_dir)})
        assert (done.returncode, done.stdout) == (0, "Everything is sealed with local.\n"), done.stderr

    async def test_what_was_changed_in_the_database_does_not_open_and_is_no_line_of_the_history(
        self, market: Market
    ) -> None:
        number, other = await handed_over(market), await handed_over(market)
        texts = "select number, text from hand_overs where number in ($1, $2)"
        text = {row["number"]: row["text"] for row in await market.sql("orders", texts, number, other)}
        change = "update hand_overs set text = $2 where number = $1"
        await market.sql("orders", change, number, text[other])
        refused = await market.buyer.reveals(number)
        assert (refused.status, refused.code) == (503, "hand_over_unreadable")
        assert (await market.buyer.sees(number))["hand_over"]["revealed_at"] is None
        assert (await market.buyer.reveals(other)).ok()["hand_over"] == LOGIN
        await market.sql("orders", change, number, text[number])
        assert (await market.buyer.reveals(number)).ok()["hand_over"] == LOGIN


def own_keys(market: Market) -> str:
    """The setting of the running service."""
    return market.stack.service_env("orders")["MARKET_HAND_OVER_KEYS"]


async def revealed_by(market: Market, instance: Replica, number: str) -> object:
    """What this instance of the service shows the buyer."""
    return (await sent_to(market, instance, market.buyer, f"/orders/{number}/hand-over/reveal")).ok()["hand_over"]


async def sent_to(market: Market, instance: Replica, person: Actor, *request: Any) -> Answer:
    """The answer of this instance to a command of somebody: path, body, key."""
    async with plain_client() as client:
        direct = Actor(market, person.name, ("user",), {})
        direct.send = over_connections(client, instance.url)
        return await direct.posts(*request)


def reseal(market: Market, keys: str) -> subprocess.CompletedProcess[str]:
    """Run the command with these keys, as an operator does."""
    urls = {"orders": market.stack.owner_dsn("orders")}
    return command({"MARKET_OWNER_URLS": json.dumps(urls), "MARKET_HAND_OVER_KEYS": keys})


def command(environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the command in this environment."""
    return subprocess.run(
        [sys.executable, "-m", "deploy.reseal"],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

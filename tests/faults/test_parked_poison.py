"""A message that can't be handled: it is stored to the byte, tried eight times or parked at once, and slows nobody."""

import asyncio
import json
from base64 import b64decode
from collections.abc import AsyncIterator
from typing import Any

import pytest

from deploy.services import SERVICES
from shared.messaging.inbox import FAILED_MESSAGES
from shared.messaging.topology import events_queue
from tests.scenarios.steps import placed
from tests.support.market import Market
from tests.support.messages.broker import send
from tests.support.messages.poison import (
    bug,
    captured,
    event_headers,
    failed_message,
    give_everything_up,
    log_lines,
    tried_again,
    until_failed,
)
from tests.support.plain import plain_client
from tests.support.proof import prove_books
from tests.support.races.meeting import eventually

PREFETCH = 20


@pytest.fixture(autouse=True)
async def nothing_is_left(market: Market) -> AsyncIterator[None]:
    await give_everything_up(market)
    yield
    await give_everything_up(market)
    await market.settles()


class TestAHandlerHasABug:
    async def test_its_message_is_tried_eight_times_with_growing_pauses_and_parked(self, market: Market) -> None:
        order = await placed(market)
        async with bug(market, "orders", "orders", f"new.number = '{order['number']}'"):
            message_id = await captured(market, order)
            row = await until_failed(market, "orders", message_id, "waiting")
            for tries, pause in enumerate(FAILED_MESSAGES.back_off_seconds, 1):
                assert (row["state"], row["attempts"], row["error"]) == ("waiting", tries, "RaiseError: a bug")
                assert pause - 5 < await seconds_to_wait(market, message_id) <= pause
                row = await tried_again(market, "orders", message_id)
        assert (row["state"], row["attempts"]) == ("parked", FAILED_MESSAGES.tries_max)
        assert json.loads(row["body"])["number"] == order["number"]
        assert await market.buyer.status(order["number"]) == "waiting_payment"
        assert await metric(market, "orders", "market_messages_parked") == 1
        assert log_lines(market, "orders", "message.parked")[-1]["message_id"] == message_id
        operator = market.someone("operator", "operator")
        (await operator.posts(f"/ops/orders/parked/{row['id']}/replay", {"reason": "The bug is mended"})).ok()
        await market.settles()
        assert await market.published(order["number"]) == ["order.placed", "order.paid"]
        await prove_books(market.stack)

    async def test_once_it_is_mended_the_message_is_handled_once(self, market: Market) -> None:
        order = await placed(market)
        async with bug(market, "orders", "orders", f"new.number = '{order['number']}'"):
            message_id = await captured(market, order)
            await until_failed(market, "orders", message_id, "waiting")
            assert await metric(market, "orders", "market_messages_waiting") == 1
        assert (await tried_again(market, "orders", message_id))["state"] == "handled"
        await market.settles()
        assert await market.published(order["number"]) == ["order.placed", "order.paid"]
        assert (await market.buyer.wallet())["in_escrow"] == 100_00
        await prove_books(market.stack)

    async def test_a_bug_that_looks_like_a_database_that_is_away_holds_no_place_for_ever(self, market: Market) -> None:
        order = await placed(market)
        canceled = "57014"
        async with bug(market, "orders", "orders", f"new.number = '{order['number']}'", canceled):
            message_id = await captured(market, order)
            row = await until_failed(market, "orders", message_id, "waiting")
            assert row["error"] == f"DatabaseUnavailable: {canceled}"
        await tried_again(market, "orders", message_id)
        await market.settles()
        assert await market.buyer.status(order["number"]) == "waiting_delivery"


NONSENSE: dict[str, tuple[bytes, dict[str, Any]]] = {
    "broken json": (b'{"number": "K1', event_headers("order.paid")),
    "no json": (b"\x00\xff\xfe\x80 not even text", event_headers("order.paid")),
    "empty": (b"", event_headers("order.paid")),
    "unknown event": (b"{}", event_headers("order.teleported")),
    "no event": (b"{}", {}),
    "an event of somebody else": (b"{}", event_headers("deadline.set")),
    "another shape": (b'{"number": 7, "payment_number": null}', event_headers("order.paid")),
    "a list": (b"[1, 2, 3]", event_headers("order.paid")),
    "no number": (b'{"amount": NaN}', event_headers("order.paid")),
    "very deep": (b"[" * 5000 + b"]" * 5000, event_headers("order.paid")),
    "very large": (b'{"number": "' + b"K" * 1_000_000 + b'"}', event_headers("order.paid")),
    "a zero byte in its name": (b"{}", event_headers("order.\x00paid")),
    "headers of all kinds": (
        b"{}",
        {**event_headers("order.paid"), "x": [1, {"y": bytearray(b"\xff")}], "z": None, "f": 1.5},
    ),
    "a header that is no text": (
        b"{}",
        {"ce-type": 42, "traceparent": ["00"], "ce-correlationid": bytearray(b"\xff\x00")},
    ),
}


class TestAMessageIsNonsense:
    @pytest.mark.parametrize("kind", NONSENSE)
    async def test_it_is_parked_at_once_as_it_came(self, market: Market, kind: str) -> None:
        body, headers = NONSENSE[kind]
        message_id = await send(market.stack, events_queue("payments"), body, headers)
        row = await until_failed(market, "payments", message_id, "parked")
        assert (row["attempts"], row["error"].partition(":")[0]) == (1, "Malformed")
        operator = market.someone("operator", "operator")
        seen = (await operator.gets(f"/ops/payments/parked/{row['id']}")).ok()
        assert b64decode(seen["body_base64"]) == body
        assert seen["queue"] == events_queue("payments")
        assert set(seen["headers"]) == set(headers)

    @pytest.mark.parametrize("message_id", ["", "a\x00b", "x" * 250, "' or 1=1; --"])
    async def test_whatever_it_is_called(self, market: Market, message_id: str) -> None:
        count = "select count(*) as parked from kept_messages where state = 'parked'"
        await send(market.stack, events_queue("payments"), b"nonsense", event_headers("order.paid"), message_id)

        async def is_parked() -> bool:
            return bool((await market.sql("payments", count))[0]["parked"] == 1)

        await eventually(is_parked)
        await market.settles()
        assert await is_parked()


class TestOthersAreNotSlowed:
    async def test_orders_go_on_while_more_poison_is_tried_than_a_service_takes_at_once(self, market: Market) -> None:
        """Twice as many messages as are taken at once, half of them nonsense; half have a handler that fails."""
        poison = [message_id for service in SERVICES for message_id in await self._poison(market, service)]
        async with plain_client() as client:
            others = [Market(market.stack, client) for _ in range(3)]
            await asyncio.gather(*(whole_lifecycle(each) for each in others))

        async def states() -> list[str]:
            found = [await failed_message(market, service, message_id) for service, message_id in poison]
            return [row["state"] for row in found if row]

        async def all_have_failed() -> bool:
            return len(await states()) == len(poison)

        await eventually(all_have_failed)
        assert set(await states()) == {"parked", "waiting"}

    async def _poison(self, market: Market, service: str) -> list[tuple[str, str]]:
        failing = {"orders": "payment.confirmed", "payments": "order.paid"}
        result = [b"nonsense"] * PREFETCH
        if service in failing:
            result += [await impossible(market, failing[service])] * PREFETCH
        name = failing.get(service, "deadline.set")
        queue = events_queue(service)
        return [(service, await send(market.stack, queue, body, event_headers(name))) for body in result]


async def impossible(market: Market, name: str) -> bytes:
    """A real message of this kind, about an order that does not exist."""
    service = "payments" if name.startswith("payment") else "orders"
    query = "select body from outbox where event = $1 order by id desc limit 1"
    (row,) = await market.sql(service, query, name)
    body = json.loads(row["body"])
    return json.dumps({**body, "number": "K0000000000", "payment_number": "P0000000000"}).encode()


async def whole_lifecycle(market: Market) -> None:
    """Sold, paid, delivered and confirmed, without waiting until the system is idle."""
    line = {"lines": [{"listing_id": await market.seller.lists(), "quantity": 1}]}
    order = (await market.buyer.posts("/checkouts", line)).ok()["orders"][0]
    attempt = (await market.buyer.attempts(order["payment_number"])).ok()["attempt_id"]
    (await market.nobody.posts(f"/sandbox/payments/{attempt}", {"action": "capture"})).ok()
    await eventually(lambda: has_status(market, order["number"], "waiting_delivery"))
    (await market.seller.posts(f"/orders/{order['number']}/deliver")).ok()
    (await market.buyer.posts(f"/orders/{order['number']}/confirm")).ok()
    await eventually(lambda: has_earned(market, 94_60))


async def has_status(market: Market, number: str, status: str) -> bool:
    return await market.buyer.status(number) == status


async def has_earned(market: Market, amount: int) -> bool:
    return (await market.seller.wallet())["available"] == amount


async def seconds_to_wait(market: Market, message_id: str) -> float:
    query = """select extract(epoch from next_try_at - clock_timestamp())::float as seconds
               from kept_messages where message_id = $1"""
    return float((await market.sql("orders", query, message_id))[0]["seconds"])


async def metric(market: Market, service: str, name: str) -> float:
    """What the service's own page says, which the gateway does not route."""
    page = (await market.client.get(f"http://127.0.0.1:{market.stack.ports[service]}/metrics")).text
    return next(float(line.split()[1]) for line in page.splitlines() if line.startswith(f"{name} "))

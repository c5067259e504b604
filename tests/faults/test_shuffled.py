"""Every event of a life cycle comes three times, under other ids and in any order; the end is the same."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.scenarios.steps import paid, refused
from tests.scenarios.test_conversations import talks, writes
from tests.support.effort import EFFORT, SEED
from tests.support.market import Market
from tests.support.messages.broker import forget_repeated, repeat_and_shuffle, waits
from tests.support.proof import prove_books

SEEDS = [SEED + each for each in range(1, 2 if EFFORT == 1 else 4)]


@pytest.fixture(autouse=True)
async def nothing_is_left(market: Market) -> AsyncIterator[None]:
    """Whoever proves the books afterwards finds them as if every message had come once."""
    yield
    await market.settles()
    await forget_repeated(market.stack)


class TestMessagesComeThreeTimesInAnyOrder:
    @pytest.mark.parametrize("seed", SEEDS)
    async def test_paid_and_completed_arrive_together(self, market: Market, seed: int) -> None:
        number = await self._captured_while_orders_is_away(market, seed)
        await until_status(market, number, "waiting_delivery")
        (await market.seller.posts(f"/orders/{number}/deliver")).ok()
        (await market.buyer.posts(f"/orders/{number}/confirm")).ok()
        await waits(market.stack, "payments", 2)
        assert await repeat_and_shuffle(market.stack, "payments", seed) == 2
        await start(market, "payments")
        await market.settles()
        assert (await market.seller.wallet())["available"] == 94_60
        assert set((await market.buyer.wallet()).values()) == {0}
        assert len((await market.seller.ledger(number))["entries"]) == 2
        published = await market.published(number)
        assert published == ["order.placed", "order.paid", "order.delivered", "order.completed"]

    @pytest.mark.parametrize("seed", SEEDS)
    async def test_a_refund_is_published_three_times(self, market: Market, seed: int) -> None:
        order = await paid(market)
        await stop(market, "payments")
        refund = {"reason": "other", "description": "Sorry"}
        (await market.seller.posts(f"/orders/{order['number']}/refund", refund)).ok()
        await waits(market.stack, "payments", 1)
        assert await repeat_and_shuffle(market.stack, "payments", seed) == 1
        await start(market, "payments")
        await market.settles()
        assert (await market.buyer.wallet())["balance"] == 100_00
        assert (await market.seller.ledger(order["number"]))["escrow"]["amount"] == 0

    @pytest.mark.parametrize("seed", SEEDS)
    async def test_placed_expired_and_deadlines_in_any_order(self, market: Market, seed: int) -> None:
        for service in ("payments", "scheduler"):
            await stop(market, service)
        listing_id = await market.seller.lists()
        line = {"lines": [{"listing_id": listing_id, "quantity": 1}]}
        order = (await market.buyer.posts("/checkouts", line)).ok()["orders"][0]
        (await market.buyer.deletes(order["number"])).ok()
        await waits(market.stack, "payments", 2)
        await waits(market.stack, "scheduler", 2)
        for service in ("payments", "scheduler"):
            assert await repeat_and_shuffle(market.stack, service, seed) == 2
            await start(market, service)
        await market.settles()
        timers = "select state from timers where subject = $1"
        assert [row["state"] for row in await market.sql("scheduler", timers, order["number"])] == ["withdrawn"]
        refused = await market.buyer.attempts(order["payment_number"])
        assert (refused.status, refused.code) == (409, "wrong_status")

    @pytest.mark.parametrize("seed", SEEDS)
    async def test_a_dispute_with_its_excerpt_and_comments(self, market: Market, seed: int) -> None:
        order = await refused(market)
        number, log = order["number"], f"/orders/{order['number']}/log"
        chat = await talks(market, order_number=number)
        await writes(market.buyer, chat, "I got 700", "m-1")
        (await market.seller.posts(log, {"text": "I gave 1000"})).ok()
        await market.settles()
        await stop(market, "disputes")
        case = f"/disputes/{(await market.buyer.posts(f'/orders/{number}/dispute')).ok()['dispute_id']}"
        await waits(market.stack, "disputes", 2)
        (await market.buyer.posts(log, {"text": "You did not"})).ok()
        await waits(market.stack, "disputes", 3)
        assert await repeat_and_shuffle(market.stack, "disputes", seed) == 3
        await start(market, "disputes")
        await market.settles()
        excerpt = (await market.support.gets(case)).ok()["excerpt"]
        written = [each["text"] for each in excerpt["items"] if each["kind"] != "system"]
        assert (written, excerpt["complete"]) == (["I got 700", "I gave 1000", "You did not"], True)
        lines = [each["id"] for each in (await market.support.gets(log)).ok()["items"]]
        assert sorted(each["id"] for each in excerpt["items"] if each["kind"] != "message") == sorted(lines)

    async def test_and_the_books_hold(self, market: Market) -> None:
        await prove_books(market.stack)

    async def _captured_while_orders_is_away(self, market: Market, seed: int) -> str:
        """A paid order that payments has not consumed yet; orders has consumed the capture three times."""
        checkout = await market.buyer.orders(await market.seller.lists())
        attempt = (await market.buyer.attempts(checkout["payment_number"])).ok()
        await stop(market, "orders")
        (await market.nobody.posts(f"/sandbox/payments/{attempt['attempt_id']}", {"action": "capture"})).ok()
        await waits(market.stack, "orders", 1)
        await stop(market, "payments")
        assert await repeat_and_shuffle(market.stack, "orders", seed) == 1
        await start(market, "orders")
        return str(checkout["orders"][0]["number"])


async def stop(market: Market, service: str) -> None:
    """Stop a service; its messages wait."""
    await asyncio.to_thread(market.stack.stop, service)


async def start(market: Market, service: str) -> None:
    """Start it again."""
    await asyncio.to_thread(market.stack.start, service)


async def until_status(market: Market, number: str, status: str) -> None:
    """Until the buyer sees this status."""
    async with asyncio.timeout(120):
        while await market.buyer.status(number) != status:
            await asyncio.sleep(0.05)

"""The provider's answer or its message is lost: the buyer pays once, and what the provider knows is found out (6.5)."""

from typing import Any

from tests.scenarios.steps import placed
from tests.support.market import Market

LOST_ANSWER, REFUSED = 7_777_01, 7_777_02
"""Amounts for which the sandbox's provider misbehaves."""


async def order_of(market: Market, price: int) -> Any:
    """An order of this price that waits for its payment."""
    order: Any = (await market.buyer.orders(await market.seller.lists(price)))["orders"][0]
    await market.settles()
    return order


async def attempts(market: Market, payment: str) -> list[tuple[str, str | None]]:
    """Status and reason of each attempt."""
    shown = (await market.buyer.gets(f"/payments/{payment}")).ok()["attempts"]
    return [(each["status"], each["reason"]) for each in shown]


async def plays(market: Market, attempt: str, action: str, **event: object) -> None:
    """The bank acts."""
    (await market.nobody.posts(f"/sandbox/payments/{attempt}", {"action": action, **event})).ok()
    await market.settles()


async def at_the_bank(market: Market, attempt: str) -> str:
    """What the bank has in its books."""
    (row,) = await market.sql(
        "payments", "select state from sandbox_intents where attempt_id = $1::text::uuid", attempt
    )
    return str(row["state"])


class TestTheMessageIsLost:
    async def test_the_provider_is_polled_after_a_minute(self, market: Market) -> None:
        order = await placed(market)
        attempt = (await market.buyer.attempts(order["payment_number"])).ok()["attempt_id"]
        await plays(market, attempt, "capture", lost=True)
        await market.at("00:00:59.999")
        assert await attempts(market, order["payment_number"]) == [("pending", None)]
        await market.at("00:01:00")
        assert await attempts(market, order["payment_number"]) == [("captured", None)]
        assert (await market.buyer.sees(order["number"]))["status"] == "waiting_delivery"

    async def test_and_the_message_that_comes_later_is_a_repeat(self, market: Market) -> None:
        order = await placed(market)
        attempt = (await market.buyer.attempts(order["payment_number"])).ok()["attempt_id"]
        ids = {"event_id": f"e-{attempt}", "transaction_id": f"t-{attempt}"}
        await plays(market, attempt, "capture", lost=True, **ids)
        await market.at("00:01:00")
        await plays(market, attempt, "capture", **ids)
        query = "select disposition from captures where attempt_id = $1::text::uuid"
        assert len(await market.sql("payments", query, attempt)) == 1

    async def test_a_failure_too(self, market: Market) -> None:
        order = await placed(market)
        attempt = (await market.buyer.attempts(order["payment_number"])).ok()["attempt_id"]
        await plays(market, attempt, "fail", lost=True, reason="insufficient_funds")
        await market.at("00:01:00")
        assert await attempts(market, order["payment_number"]) == [("failed", "insufficient_funds")]

    async def test_money_of_an_abandoned_attempt_is_found_and_pays_the_order(self, market: Market) -> None:
        order = await placed(market)
        first = (await market.buyer.attempts(order["payment_number"])).ok()["attempt_id"]
        (await market.buyer.attempts(order["payment_number"])).ok()
        await plays(market, first, "capture", lost=True)
        await market.at("00:05:00")
        assert await attempts(market, order["payment_number"]) == [("captured", None), ("abandoned", None)]
        assert (await market.buyer.sees(order["number"]))["status"] == "waiting_delivery"


class TestTheAnswerIsLost:
    async def test_the_same_request_again_is_the_same_attempt(self, market: Market) -> None:
        order = await order_of(market, LOST_ANSWER)
        path, body = f"/payments/{order['payment_number']}/attempts", {"method": "card", "details": {}}
        lost = await market.buyer.posts(path, body, key="once")
        assert (lost.status, lost.code) == (503, "unavailable")
        assert await attempts(market, order["payment_number"]) == [("created", None)]
        answer = (await market.buyer.posts(path, body, key="once")).ok()
        assert answer["status"] == "pending"
        assert answer["next"]["redirect_url"].endswith(answer["attempt_id"])
        assert await attempts(market, order["payment_number"]) == [("pending", None)]

    async def test_and_another_request_is_it_too(self, market: Market) -> None:
        order = await order_of(market, LOST_ANSWER)
        assert (await market.buyer.attempts(order["payment_number"])).status == 503
        (await market.buyer.attempts(order["payment_number"])).ok()
        assert await attempts(market, order["payment_number"]) == [("pending", None)]

    async def test_but_not_when_its_page_has_expired_meanwhile(self, market: Market) -> None:
        order = await order_of(market, LOST_ANSWER)
        assert (await market.buyer.attempts(order["payment_number"])).status == 503
        expire = "update attempts set valid_until = created_at where payment_number = $1"
        await market.sql_write("payments", expire, order["payment_number"])
        assert (await market.buyer.attempts(order["payment_number"])).status == 503
        assert await attempts(market, order["payment_number"]) == [("abandoned", None), ("created", None)]

    async def test_if_nobody_tries_again_the_provider_is_polled(self, market: Market) -> None:
        order = await order_of(market, LOST_ANSWER)
        assert (await market.buyer.attempts(order["payment_number"])).status == 503
        await market.at("00:01:00")
        assert await attempts(market, order["payment_number"]) == [("pending", None)]


class TestTheProviderRefuses:
    async def test_the_attempt_has_failed_and_the_next_is_another_one(self, market: Market) -> None:
        order = await order_of(market, REFUSED)
        answer = (await market.buyer.attempts(order["payment_number"])).ok()
        assert (answer["status"], answer["next"]) == ("failed", None)
        (await market.buyer.attempts(order["payment_number"])).ok()
        refused = ("failed", "risk_blocked")
        assert await attempts(market, order["payment_number"]) == [refused, refused]
        published = await market.published(order["payment_number"], "payments")
        assert published == ["payment.failed", "payment.failed"]


class TestAHold:
    async def test_is_voided_at_the_bank_when_the_order_expires(self, market: Market) -> None:
        order = await placed(market)
        attempt = (await market.buyer.attempts(order["payment_number"])).ok()["attempt_id"]
        await plays(market, attempt, "authorise")
        assert await attempts(market, order["payment_number"]) == [("authorised", None)]
        await market.at("01:00:00")
        assert await attempts(market, order["payment_number"]) == [("voided", None)]
        assert await at_the_bank(market, attempt) == "voided"

    async def test_of_another_method_than_the_chosen_one_is_voided_too(self, market: Market) -> None:
        order = await placed(market)
        first = (await market.buyer.attempts(order["payment_number"])).ok()["attempt_id"]
        (await market.buyer.attempts(order["payment_number"])).ok()
        await plays(market, first, "authorise")
        assert await attempts(market, order["payment_number"]) == [("voided", None), ("pending", None)]
        assert await at_the_bank(market, first) == "voided"

    async def test_that_was_captured_before_it_could_be_voided_is_late_money(self, market: Market) -> None:
        order = await placed(market)
        attempt = (await market.buyer.attempts(order["payment_number"])).ok()["attempt_id"]
        await plays(market, attempt, "authorise")
        await plays(market, attempt, "capture", lost=True)
        await market.at("01:00:00")
        assert await attempts(market, order["payment_number"]) == [("captured", None)]
        assert (await market.buyer.wallet())["balance"] == order["amount"]["amount"]

    async def test_a_capture_after_the_void_is_money_all_the_same(self, market: Market) -> None:
        order = await placed(market)
        attempt = (await market.buyer.attempts(order["payment_number"])).ok()["attempt_id"]
        await plays(market, attempt, "authorise")
        await market.at("01:00:00")
        await plays(market, attempt, "capture")
        assert await attempts(market, order["payment_number"]) == [("captured", None)]
        assert (await market.buyer.wallet())["balance"] == order["amount"]["amount"]

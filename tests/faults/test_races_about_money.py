"""Money comes twice, from two sides, or for an order that is just being removed: each cent has one place at the end."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from deploy.stack import Stack
from tests.scenarios.steps import placed
from tests.support.effort import EFFORT
from tests.support.market import Market
from tests.support.proof import prove_books
from tests.support.races.actions import DELETE
from tests.support.races.meeting import Contender, at_once, elsewhere, expiry, held, in_line, outcome
from tests.support.races.orders import HOLD, performing

HOLD_PAYMENT = "select number from payments where number = $1"
HOLD_BALANCE = "select id from accounts where kind = 'buyer_balance' and owner = $1"
HOLD_REVIEW_QUEUE = "select id from unmatched_items where id = $1::text::uuid"
PRICE = 100_00


@pytest.fixture(scope="module", autouse=True)
async def books_hold_at_the_end(stack: Stack) -> AsyncIterator[None]:
    """Over everything that these tests did; nothing that breaks them could be undone by a later test."""
    yield
    await prove_books(stack)


@pytest.fixture
async def order(market: Market) -> AsyncIterator[Any]:
    """Waits for its payment."""
    yield await placed(market)
    await market.settles()


class TestThePaymentIsCapturedTwice:
    async def test_the_second_time_the_money_goes_to_the_balance(self, market: Market, order: Any) -> None:
        payment, number = order["payment_number"], order["number"]
        attempt = (await market.buyer.attempts(payment)).ok()["attempt_id"]
        await in_line(market, "payments", HOLD_PAYMENT, (payment,), *(captures(market, attempt) for _ in range(2)))
        await market.settles()
        assert await where(market, number) == ("waiting_delivery", PRICE, PRICE)

    async def test_the_same_message_twice_is_one(self, market: Market, order: Any) -> None:
        payment, number = order["payment_number"], order["number"]
        attempt = (await market.buyer.attempts(payment)).ok()["attempt_id"]
        same = {"event_id": f"e-{attempt}", "transaction_id": f"t-{attempt}"}
        result = [captures(market, attempt, **same) for _ in range(2)]
        await in_line(market, "payments", HOLD_PAYMENT, (payment,), *result)
        await market.settles()
        assert await where(market, number) == ("waiting_delivery", PRICE, 0)

    async def test_by_two_messages_about_one_transaction(self, market: Market, order: Any) -> None:
        payment, number = order["payment_number"], order["number"]
        attempt = (await market.buyer.attempts(payment)).ok()["attempt_id"]
        result = [captures(market, attempt, transaction_id=f"t-{attempt}") for _ in range(2)]
        await in_line(market, "payments", HOLD_PAYMENT, (payment,), *result)
        await market.settles()
        assert await where(market, number) == ("waiting_delivery", PRICE, 0)


@pytest.mark.parametrize("money_first", [True, False])
class TestTheMoneyComesWhile:
    async def test_the_order_is_removed(self, market: Market, order: Any, money_first: bool) -> None:
        number, attempt = order["number"], (await market.buyer.attempts(order["payment_number"])).ok()["attempt_id"]
        contenders = turned([captures(market, attempt), performing(market, DELETE, number)], money_first)
        answers = turned(await in_line(market, "orders", HOLD, (number,), *contenders), money_first)
        await market.settles()
        if money_first:
            assert (outcome(answers[1]), answers[1].body["current"]["status"]) == ("wrong_status", "waiting_delivery")
            assert await where(market, number) == ("waiting_delivery", PRICE, 0)
        else:
            assert outcome(answers[1]) == "ok"
            assert await where(market, number) == ("deleted", 0, PRICE)

    async def test_another_method_is_chosen(self, market: Market, order: Any, money_first: bool) -> None:
        payment, number = order["payment_number"], order["number"]
        attempt = (await market.buyer.attempts(payment)).ok()["attempt_id"]
        contenders = turned([captures(market, attempt), tries(market, payment)], money_first)
        answers = turned(await in_line(market, "payments", HOLD_PAYMENT, (payment,), *contenders), money_first)
        await market.settles()
        if money_first:
            assert (outcome(answers[1]), answers[1].body["current"]["status"]) == ("wrong_status", "captured")
        else:
            assert outcome(answers[1]) == "ok"
        assert await where(market, number) == ("waiting_delivery", PRICE, 0)

    async def test_the_hour_ends(self, market: Market, order: Any, money_first: bool) -> None:
        """The expiry notification and the money reach the order at its due time."""
        number, attempt = order["number"], (await market.buyer.attempts(order["payment_number"])).ok()["attempt_id"]
        await market.at("01:00:00", fire=False)
        contenders = turned([captures(market, attempt), lambda: expiry(market, number)], money_first)
        await in_line(market, "orders", HOLD, (number,), *contenders)
        await market.settles()
        assert await where(market, number) == ("expired", 0, PRICE)

    async def test_the_expiry_notification_comes_too_early(self, market: Market, order: Any, money_first: bool) -> None:
        number, attempt = order["number"], (await market.buyer.attempts(order["payment_number"])).ok()["attempt_id"]
        await market.at("00:59:59.999")
        contenders = turned([captures(market, attempt), lambda: expiry(market, number)], money_first)
        await in_line(market, "orders", HOLD, (number,), *contenders)
        await market.at("01:00:00")
        assert await where(market, number) == ("waiting_delivery", PRICE, 0)


@pytest.mark.parametrize("money_first", [True, False])
class TestIPayFromMyBalanceWhile:
    async def test_i_remove_the_order(self, market: Market, order: Any, money_first: bool) -> None:
        number = order["number"]
        await has(market, PRICE)
        contenders = turned([paying(market, order["payment_number"]), performing(market, DELETE, number)], money_first)
        answers = turned(await in_line(market, "orders", HOLD, (number,), *contenders), money_first)
        await market.settles()
        assert outcome(answers[1]) == ("wrong_status" if money_first else "ok")
        assert await where(market, number) == (("waiting_delivery", PRICE, 0) if money_first else ("deleted", 0, PRICE))

    async def test_the_expiry_notification_comes_too_early(self, market: Market, order: Any, money_first: bool) -> None:
        number = order["number"]
        await has(market, PRICE)
        await market.at("00:59:59.999")
        contenders = turned([paying(market, order["payment_number"]), lambda: expiry(market, number)], money_first)
        await in_line(market, "orders", HOLD, (number,), *contenders)
        await market.at("01:00:00")
        assert await where(market, number) == ("waiting_delivery", PRICE, 0)

    async def test_the_hour_ends_before_the_order_consumes_it(
        self, market: Market, order: Any, money_first: bool
    ) -> None:
        number = order["number"]
        await has(market, PRICE)
        await market.at("00:59:59.999")
        contenders = turned([paying(market, order["payment_number"]), lambda: expiry(market, number)], money_first)
        async with held(market, "orders", HOLD, number) as hold:
            requests = [asyncio.ensure_future(each()) for each in contenders]
            await hold.waiting(2)
            await market.sql("orders", "update clock set frozen_at = $1", market.when("01:00:00"))
        await asyncio.gather(*requests)
        await market.at("01:00:00")
        assert await where(market, number) == ("expired", 0, PRICE)

    async def test_the_bank_reports_an_earlier_attempt(self, market: Market, order: Any, money_first: bool) -> None:
        payment, number = order["payment_number"], order["number"]
        await has(market, PRICE)
        attempt = (await market.buyer.attempts(payment)).ok()["attempt_id"]
        contenders = turned([captures(market, attempt), paying(market, payment)], money_first)
        answers = turned(await in_line(market, "payments", HOLD_PAYMENT, (payment,), *contenders), money_first)
        await market.settles()
        assert outcome(answers[1]) == ("wrong_status" if money_first else "ok")
        assert await where(market, number) == ("waiting_delivery", PRICE, PRICE)


class TestIPayTwiceFromMyBalance:
    async def test_for_one_order_it_is_taken_once(self, market: Market, order: Any) -> None:
        payment = order["payment_number"]
        await has(market, 2 * PRICE)
        pays = [lambda: market.buyer.pays_from_balance(payment) for _ in range(2)]
        first, second = await in_line(market, "payments", HOLD_PAYMENT, (payment,), *pays)
        await market.settles()
        assert (outcome(first), outcome(second)) == ("ok", "wrong_status")
        assert second.body["current"] == {"status": "captured"}
        assert await where(market, order["number"]) == ("waiting_delivery", PRICE, PRICE)

    async def test_for_two_orders_there_is_enough_for_one(self, market: Market, order: Any) -> None:
        other = await placed(market)
        await has(market, PRICE)
        pays = [paying(market, each["payment_number"]) for each in (order, other)]
        first, second = await in_line(market, "payments", HOLD_BALANCE, (market.buyer.name,), *pays)
        await market.settles()
        assert (outcome(first), outcome(second)) == ("ok", "balance_insufficient")
        assert second.body["current"] == {"balance": {"amount": 0, "currency": "MYR"}}
        assert await where(market, order["number"]) == ("waiting_delivery", PRICE, 0)
        assert await where(market, other["number"]) == ("waiting_payment", 0, 0)

    async def test_from_ten_sessions_at_once_each_cent_is_spent_once(self, market: Market, order: Any) -> None:
        orders = [order, *[await placed(market) for _ in range(9)]]
        await has(market, 3 * PRICE)
        for _ in range(EFFORT):
            answers = await at_once(market, *(spending(market, each["payment_number"]) for each in orders))
            assert {outcome(each) for each in answers} <= {"ok", "balance_insufficient", "wrong_status"}
        await market.settles()
        found = [await market.buyer.status(each["number"]) for each in orders]
        assert sorted(found) == ["waiting_delivery"] * 3 + ["waiting_payment"] * 7
        assert (await market.buyer.wallet())["balance"] == 0


class TestAnAttemptMeetsTheEndOfTheHour:
    async def test_the_attempt_before_the_event_is_given_up_with_it(self, market: Market, order: Any) -> None:
        payment, number = order["payment_number"], order["number"]
        news = performing(market, DELETE, number)
        made, _ = await in_line(market, "payments", HOLD_PAYMENT, (payment,), tries(market, payment), news)
        await market.settles()
        (attempt,) = (await market.buyer.gets(f"/payments/{payment}")).ok()["attempts"]
        answer = made.ok()
        assert (answer["status"], answer["next"], attempt["status"]) == ("abandoned", None, "abandoned")

    async def test_the_attempt_behind_the_event_is_refused(self, market: Market, order: Any) -> None:
        payment, number = order["payment_number"], order["number"]
        news = performing(market, DELETE, number)
        _, refused = await in_line(market, "payments", HOLD_PAYMENT, (payment,), news, tries(market, payment))
        assert (outcome(refused), refused.body["current"]) == ("wrong_status", {"status": "closed"})


class TestSupportDecidesTwice:
    async def test_the_money_is_given_once(self, market: Market, order: Any) -> None:
        attempt = (await market.buyer.attempts(order["payment_number"])).ok()["attempt_id"]
        await market.buyer.captures(attempt, amount={"amount": 60_00, "currency": "MYR"})
        query = "select id::text from unmatched_items where payment_number = $1"
        (item,) = await market.sql("payments", query, order["payment_number"])
        decision = {"action": "credit", "reason": "The buyer asked for it"}
        decides = [lambda: market.support.posts(f"/unmatched/{item['id']}/resolve", decision) for _ in range(2)]
        first, second = await in_line(market, "payments", HOLD_REVIEW_QUEUE, (item["id"],), *decides)
        assert (outcome(first), outcome(second)) == ("ok", "wrong_status")
        assert (await market.buyer.wallet())["balance"] == 60_00


async def where(market: Market, number: str) -> tuple[str, int, int]:
    """The order's status, what escrow holds for it, and what is in the buyer's balance."""
    escrow = (await market.support.ledger(number))["escrow"]["amount"]
    return await market.buyer.status(number), escrow, (await market.buyer.wallet())["balance"]


async def has(market: Market, amount: int) -> None:
    """The buyer has so much in the balance, from an order that was given back."""
    order = await placed(market, amount)
    await market.buyer.pays(order["payment_number"])
    (await market.seller.gives_back(order["number"])).ok()


def captures(market: Market, attempt: str, **event: str) -> Contender:
    return lambda: market.nobody.posts(f"/sandbox/payments/{attempt}", {"action": "capture", **event})


def tries(market: Market, payment: str) -> Contender:
    return lambda: market.buyer.attempts(payment)


def paying(market: Market, payment: str) -> Contender:
    return lambda: market.buyer.pays_from_balance(payment)


def spending(market: Market, payment: str) -> Any:
    return lambda own: elsewhere(market.buyer, own).pays_from_balance(payment)


def turned(items: list[Any], straight: bool) -> list[Any]:
    return items if straight else items[::-1]

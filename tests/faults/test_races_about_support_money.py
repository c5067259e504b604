"""Two of support, or support and a provider, book the same money at once: it is booked once, and the first wins."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from deploy.client.http import Answer
from deploy.stack import Stack
from tests.scenarios.steps import placed
from tests.support.effort import EFFORT
from tests.support.market import Actor, Market
from tests.support.proof import prove_books
from tests.support.races.meeting import Contender, at_once, elsewhere, in_line, outcome

HOLD_PAYMENT = "select number from payments where number = $1"
PRICE = 100_00


@pytest.fixture(scope="module", autouse=True)
async def books_hold_at_the_end(stack: Stack) -> AsyncIterator[None]:
    """Over everything that these tests did; nothing that breaks them could be undone by a later test."""
    yield
    await prove_books(stack)


class TestOneTransferIsClaimedTwice:
    async def test_for_one_payment_it_pays_once(self, market: Market) -> None:
        payment = (await placed(market))["payment_number"]
        contenders = [claiming(market.support, payment, payment_number=payment) for _ in range(2)]
        first, second = await in_line(market, "payments", HOLD_PAYMENT, (payment,), *contenders)
        await market.settles()
        assert (outcome(first), outcome(second)) == ("ok", "reference_claimed")
        assert second.body["current"]["earlier"]["id"] == first.ok()["id"]
        assert (await market.buyer.wallet())["balance"] == 0

    async def test_for_ten_people_at_once_one_gets_it(self, market: Market) -> None:
        people = [market.someone(f"p{each}") for each in range(10)]
        for turn in range(EFFORT):
            reference = f"{market.buyer.name}-{turn}"
            claims = [elsewhere_claiming(market.support, reference, user=each.name) for each in people]
            answers = await at_once(market, *claims)
            assert sorted(outcome(each) for each in answers) == ["ok", *9 * ["reference_claimed"]]
            (winner,) = {each.body["current"]["earlier"]["id"] for each in answers if each.status == 409}
            assert winner == next(each.body["id"] for each in answers if each.status == 201)
        balances = [(await each.wallet())["balance"] for each in people]
        assert sum(balances) == PRICE * EFFORT


class TestATransferIsClaimedWhileItsProviderReportsIt:
    @pytest.mark.parametrize("claim_first", [True, False])
    async def test_for_the_same_payment_it_pays_once(self, market: Market, claim_first: bool) -> None:
        order = await placed(market)
        payment = order["payment_number"]
        attempt = (await market.buyer.attempts(payment)).ok()["attempt_id"]
        contenders = [
            claiming(market.support, f"T-{attempt}", payment_number=payment),
            capturing(market, attempt, f"t-{attempt}"),
        ]
        turn = 1 if claim_first else -1
        answers = (await in_line(market, "payments", HOLD_PAYMENT, (payment,), *contenders[::turn]))[::turn]
        await market.settles()
        assert outcome(answers[0]) == ("ok" if claim_first else "reference_claimed")
        assert await market.buyer.status(order["number"]) == "waiting_delivery"
        assert (await market.support.ledger(order["number"]))["escrow"]["amount"] == PRICE
        assert (await market.buyer.wallet())["balance"] == 0

    async def test_for_somebody_else_the_money_has_one_owner(self, market: Market) -> None:
        order, other = await placed(market), market.someone("other")
        attempt = (await market.buyer.attempts(order["payment_number"])).ok()["attempt_id"]
        claim = elsewhere_claiming(market.support, f"T-{attempt}", user=other.name)
        answers = await at_once(market, claim, lambda own: capturing(own, attempt, f"t-{attempt}")())
        await market.settles()
        won = outcome(answers[0]) == "ok"
        assert won or outcome(answers[0]) == "reference_claimed"
        assert await market.buyer.status(order["number"]) == ("waiting_payment" if won else "waiting_delivery")
        assert (await other.wallet())["balance"] == (PRICE if won else 0)


def claiming(support: Actor, reference: str, **of: str) -> Contender:
    money = {"amount": PRICE, "currency": "MYR"}
    body = {"bank_reference": reference, "amount": money, "value_date": "2026-03-02", **of}
    return lambda: support.posts("/claims", body)


def elsewhere_claiming(support: Actor, reference: str, **of: str) -> Callable[[Market], Awaitable[Answer]]:
    return lambda own: asyncio.ensure_future(claiming(elsewhere(support, own), reference, **of)())


def capturing(market: Market, attempt: str, transaction: str) -> Contender:
    body: dict[str, Any] = {"action": "capture", "transaction_id": transaction}
    return lambda: market.nobody.posts(f"/sandbox/payments/{attempt}", body)

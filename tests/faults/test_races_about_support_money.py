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
from tests.support.races.meeting import Contender, at_once, elsewhere, held, in_line, outcome

HOLD_PAYMENT = "select number from payments where number = $1"
HOLD_ADJUSTMENT = "select id from adjustments where id = $1::text::uuid"
HOLD_CARD = "select id from gift_cards where id = $1::text::uuid"
HOLD_BALANCE = "select id from accounts where kind = 'buyer_balance' and owner = $1"
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


class TestTwoApproveOneAdjustment:
    async def test_the_money_is_given_once(self, market: Market) -> None:
        which = (await adjusting(market.support, "goodwill", market.buyer.name, 2 * PRICE)()).ok()["id"]
        approves = [deciding(market.support, which, "approve") for _ in range(2)]
        first, second = await in_line(market, "payments", HOLD_ADJUSTMENT, (which,), *approves)
        assert (outcome(first), outcome(second)) == ("ok", "wrong_status")
        assert (await market.buyer.wallet())["balance"] == 2 * PRICE

    @pytest.mark.parametrize("approve_first", [True, False])
    async def test_or_one_of_them_rejects_it(self, market: Market, approve_first: bool) -> None:
        which = (await adjusting(market.support, "goodwill", market.buyer.name, 2 * PRICE)()).ok()["id"]
        contenders = [deciding(market.support, which, "approve"), deciding(market.support, which, "reject")]
        turn = 1 if approve_first else -1
        first, second = await in_line(market, "payments", HOLD_ADJUSTMENT, (which,), *contenders[::turn])
        assert (outcome(first), outcome(second)) == ("ok", "wrong_status")
        assert (await market.buyer.wallet())["balance"] == (2 * PRICE if approve_first else 0)


class TestMoneyIsForfeitedWhile:
    async def test_it_is_forfeited_again_it_never_goes_below_zero(self, market: Market) -> None:
        (await adjusting(market.support, "goodwill", market.buyer.name, PRICE)()).ok()
        takes = [adjusting(market.support, "forfeit", market.buyer.name, 60_00) for _ in range(2)]
        first, second = await in_line(market, "payments", HOLD_BALANCE, (market.buyer.name,), *takes)
        assert (outcome(first), outcome(second)) == ("ok", "balance_insufficient")
        assert (await market.buyer.wallet())["balance"] == PRICE - 60_00

    @pytest.mark.parametrize("forfeit_first", [True, False])
    async def test_it_is_frozen_it_is_found_where_it_is(self, market: Market, forfeit_first: bool) -> None:
        user = market.buyer.name
        (await adjusting(market.support, "goodwill", user, PRICE)()).ok()
        freeze = {"freeze": True, "reason": "Several accounts"}
        contenders = [
            adjusting(market.support, "forfeit", user, 60_00),
            lambda: market.support.posts(f"/conduct/{user}/suspend", freeze),
        ]
        turn = 1 if forfeit_first else -1
        answers = await in_line_for_balance(market, user, contenders[::turn])
        await market.settles()
        assert [outcome(each) for each in answers] == ["ok", "ok"]
        wallet = await market.buyer.wallet()
        assert (wallet["balance"], wallet["frozen_balance"]) == (0, PRICE - 60_00)

    async def test_it_is_spent_it_has_one_use(self, market: Market) -> None:
        payment = (await placed(market))["payment_number"]
        (await adjusting(market.support, "goodwill", market.buyer.name, PRICE)()).ok()
        contenders = [
            adjusting(market.support, "forfeit", market.buyer.name, PRICE),
            lambda: market.buyer.pays_from_balance(payment),
        ]
        first, second = await in_line(market, "payments", HOLD_BALANCE, (market.buyer.name,), *contenders)
        assert (outcome(first), outcome(second)) == ("ok", "balance_insufficient")
        assert (await market.buyer.wallet())["balance"] == 0


class TestOneGiftCardIsUsedTwice:
    async def test_by_one_user_it_is_worth_its_amount_once(self, market: Market) -> None:
        pin = await card(market)
        tries = [lambda own: topping_up(elsewhere(market.buyer, own), pin)() for _ in range(4)]
        answers = await at_once(market, *tries)
        assert sorted(outcome(each) for each in answers) == [*3 * ["gift_card_refused"], "ok"]
        assert (await market.buyer.wallet())["balance"] == PRICE

    async def test_by_two_users_the_first_has_it(self, market: Market) -> None:
        pin, query = await card(market), "select id::text from gift_cards order by id desc limit 1"
        (row,) = await market.sql("payments", query)
        contenders = [topping_up(each, pin) for each in (market.buyer, market.seller)]
        first, second = await in_line(market, "payments", HOLD_CARD, (row["id"],), *contenders)
        assert (outcome(first), outcome(second)) == ("ok", "gift_card_refused")
        assert [(await each.wallet())["balance"] for each in (market.buyer, market.seller)] == [PRICE, 0]

    async def test_ten_guesses_at_once_are_five_tries(self, market: Market) -> None:
        guesses = [lambda own: topping_up(elsewhere(market.buyer, own), "wrong")() for _ in range(10)]
        answers = await at_once(market, *guesses)
        assert sorted(outcome(each) for each in answers) == [*5 * ["gift_card_refused"], *5 * ["rate_limited"]]


async def card(market: Market) -> str:
    """The PIN of a new gift card."""
    body = {"amount": {"amount": PRICE, "currency": "MYR"}}
    return str((await market.nobody.posts("/sandbox/gift-cards", body)).ok()["pin"])


def topping_up(user: Actor, pin: str) -> Contender:
    return lambda: user.posts("/top-ups", {"pin": pin})


async def in_line_for_balance(market: Market, user: str, contenders: list[Contender]) -> list[Any]:
    """What they get; the first waits for the user's balance, whatever asks for it in the end."""
    async with held(market, "payments", HOLD_BALANCE, user) as hold:
        requests = []
        for contender in contenders:
            requests.append(asyncio.ensure_future(contender()))
            await hold.waiting(len(requests))
    return list(await asyncio.gather(*requests))


def adjusting(support: Actor, kind: str, user: str, amount: int) -> Contender:
    money = {"amount": amount, "currency": "MYR"}
    body = {"kind": kind, "user": user, "amount": money, "reason": "Looked at it"}
    return lambda: support.posts("/adjustments", body)


def deciding(support: Actor, which: str, action: str) -> Contender:
    return lambda: support.posts(f"/adjustments/{which}/{action}")


def claiming(support: Actor, reference: str, **of: str) -> Contender:
    money = {"amount": PRICE, "currency": "MYR"}
    body = {"bank_reference": reference, "amount": money, "value_date": "2026-03-02", **of}
    return lambda: support.posts("/claims", body)


def elsewhere_claiming(support: Actor, reference: str, **of: str) -> Callable[[Market], Awaitable[Answer]]:
    return lambda own: asyncio.ensure_future(claiming(elsewhere(support, own), reference, **of)())


def capturing(market: Market, attempt: str, transaction: str) -> Contender:
    body: dict[str, Any] = {"action": "capture", "transaction_id": transaction}
    return lambda: market.nobody.posts(f"/sandbox/payments/{attempt}", body)

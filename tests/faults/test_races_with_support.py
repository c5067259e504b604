"""Support rules, or the buyer's bank takes the money back, while the parties act: one of them ends the order."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from deploy.stack import Stack
from tests.scenarios.steps import disputed, paid
from tests.support.market import Market
from tests.support.proof import prove_books
from tests.support.races.actions import AGREE, CONFIRM, PartyAction
from tests.support.races.meeting import Contender, in_line, outcome
from tests.support.races.model import takes_back
from tests.support.races.orders import HOLD, performing
from tests.support.scenarios.conduct import ruling

HOLD_CASE = "select id from cases where number = $1"
HOLD_PAYMENT = "select number from payments where number = $1"


@pytest.fixture(scope="module", autouse=True)
async def books_hold_at_the_end(stack: Stack) -> AsyncIterator[None]:
    """Over everything that these tests did; nothing that breaks them could be undone by a later test."""
    yield
    await prove_books(stack)


@pytest.mark.parametrize("party_first", [True, False])
@pytest.mark.parametrize(
    ("act", "ending", "money"),
    [(AGREE, "seller_agreed", (100_00, 0)), (CONFIRM, "withdrawn", (0, 94_60))],
    ids=["agree", "confirm"],
)
class TestSupportRulesWhileAPartyEndsTheDispute:
    async def test_whoever_comes_to_the_order_first(
        self, market: Market, act: PartyAction, ending: str, money: tuple[int, int], party_first: bool
    ) -> None:
        order = await disputed(market)
        answer = await self._met(market, order, act, party_first)
        case = (await market.support.gets(f"/disputes/{order['dispute_id']}")).ok()
        ruled = (40_00, 56_76)
        assert (case["state"], case["overtaken"]) == ("closed", party_first)
        assert case["outcome"] == (ending if party_first else "split")
        assert outcome(answer) == ("ok" if party_first else "wrong_status")
        if not party_first:
            assert answer.body["current"]["status"] == "completed"
        assert await wallets(market) == (money if party_first else ruled)

    async def _met(self, market: Market, order: Any, act: PartyAction, party_first: bool) -> Any:
        contenders = [performing(market, act, order["number"]), rules(market, order, ruling("split", 40_00))]
        in_turn = contenders if party_first else contenders[::-1]
        answers = await in_line(market, "orders", HOLD, (order["number"],), *in_turn)
        await market.settles()
        return answers[0 if party_first else 1]


class TestTwoOfSupportRuleAtOnce:
    async def test_one_ruling_is_written_and_the_other_is_refused(self, market: Market) -> None:
        order = await disputed(market)
        wanted = [ruling("buyer_wins"), ruling("split", 40_00)]
        deciding = [rules(market, order, body) for body in wanted]
        first, second = await in_line(market, "disputes", HOLD_CASE, (order["number"],), *deciding)
        assert (outcome(first), outcome(second)) == ("ok", "wrong_status")
        assert second.body["current"] == {"state": "decided"}
        await market.settles()
        case = (await market.support.gets(f"/disputes/{order['dispute_id']}")).ok()
        assert (case["state"], case["outcome"], case["overtaken"]) == ("closed", "buyer_wins", False)
        assert await wallets(market) == (100_00, 0)


@pytest.mark.parametrize("bank_first", [True, False])
class TestSupportRulesWhileTheBankTakesTheMoneyBack:
    async def test_the_buyers_part_is_given_once(self, market: Market, bank_first: bool) -> None:
        """To the bank: it has taken the money back before either comes to the order, so the balance gets nothing."""
        order = await disputed(market)
        contenders = [lambda: takes_back(market, order["number"]), rules(market, order, ruling("split", 40_00))]
        in_turn = contenders if bank_first else contenders[::-1]
        await in_line(market, "orders", HOLD, (order["number"],), *in_turn)
        await market.settles()
        assert await market.buyer.status(order["number"]) == "completed"
        assert await wallets(market) == (0, 56_76)
        case = (await market.support.gets(f"/disputes/{order['dispute_id']}")).ok()
        assert (case["state"], case["outcome"], case["overtaken"]) == ("closed", "split", False)
        rows = [each["row"] for each in (await market.buyer.gets(f"/orders/{order['number']}/history")).ok()["items"]]
        assert rows[-2:] == (["T29", "T26"] if bank_first else ["T22", "T26"])


class TestTheBankReportsItTwice:
    async def test_the_order_is_disputed_once(self, market: Market) -> None:
        order = await paid(market)
        result = [lambda: takes_back(market, order["number"]) for _ in range(2)]
        await in_line(market, "payments", HOLD_PAYMENT, (order["payment_number"],), *result)
        await market.settles()
        assert await market.published(order["number"]) == ["order.placed", "order.paid", "dispute.requested"]
        await prove_books(market.stack)


def rules(market: Market, order: Any, body: dict[str, Any]) -> Contender:
    return lambda: market.support.posts(f"/disputes/{order['dispute_id']}/decision", body)


async def wallets(market: Market) -> tuple[int, int]:
    return (await market.buyer.wallet())["balance"], (await market.seller.wallet())["available"]

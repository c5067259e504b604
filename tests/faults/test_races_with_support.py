"""Support rules, or the buyer's bank takes the money back, while the parties act: one of them ends the order."""

from typing import Any

import pytest

from tests.scenarios.steps import delivered, disputed, paid
from tests.support.lives import prove_books
from tests.support.lives_of_conduct import ruling
from tests.support.market import Market
from tests.support.races import Contender, in_line, outcome
from tests.support.races_orders import AGREE, CONFIRM, DELIVER, GIVE_BACK, HOLD, Button, pressing

IN_BOTH_ORDERS = pytest.mark.parametrize("party_first", [True, False])


@IN_BOTH_ORDERS
@pytest.mark.parametrize(
    ("button", "ending", "money"),
    [(AGREE, "seller_agreed", (100_00, 0)), (CONFIRM, "withdrawn", (0, 94_60))],
    ids=["agree", "confirm"],
)
class TestSupportRulesWhileAPartyEndsTheDispute:
    async def test_whoever_comes_to_the_order_first(
        self, market: Market, button: Button, ending: str, money: tuple[int, int], party_first: bool
    ) -> None:
        order = await disputed(market)
        answer = await self._met(market, order, button, party_first)
        case = (await market.support.gets(f"/disputes/{order['dispute_id']}")).ok()
        ruled = (40_00, 56_76)
        assert (case["state"], case["overtaken"]) == ("closed", party_first)
        assert case["outcome"] == (ending if party_first else "split")
        assert outcome(answer) == ("ok" if party_first else "wrong_status")
        if not party_first:
            assert answer.body["current"]["status"] == "completed"
        assert await wallets(market) == (money if party_first else ruled)
        await prove_books(market.stack)

    async def _met(self, market: Market, order: Any, button: Button, party_first: bool) -> Any:
        contenders = [pressing(market, button, order["number"]), rules(market, order)]
        in_turn = contenders if party_first else contenders[::-1]
        answers = await in_line(market, "orders", HOLD, (order["number"],), *in_turn)
        await market.settles()
        return answers[0 if party_first else 1]


@IN_BOTH_ORDERS
class TestTheBankTakesTheMoneyBackWhile:
    @pytest.mark.parametrize("button", [DELIVER, GIVE_BACK], ids=["deliver", "give_back"])
    async def test_the_seller_acts(self, market: Market, button: Button, party_first: bool) -> None:
        await self._meet(market, await paid(market), button, party_first)

    async def test_the_buyer_confirms(self, market: Market, party_first: bool) -> None:
        await self._meet(market, await delivered(market), CONFIRM, party_first)

    async def _meet(self, market: Market, order: Any, button: Button, party_first: bool) -> None:
        """Behind the bank a button is refused; before it, what was passed on already is support's to mend."""
        number = order["number"]
        contenders = [pressing(market, button, number), await takes_back(market, order)]
        in_turn = contenders if party_first else contenders[::-1]
        answers = await in_line(market, "orders", HOLD, (number,), *in_turn)
        await market.settles()
        answer = answers[0 if party_first else 1]
        assert outcome(answer) == ("ok" if party_first else "wrong_status")
        if not party_first:
            assert answer.body["current"]["status"] == "disputed"
        closed = {GIVE_BACK.path: "refunded", CONFIRM.path: "completed"}
        expected = closed.get(button.path, "disputed") if party_first else "disputed"
        assert await market.buyer.status(number) == expected
        await prove_books(market.stack)


def rules(market: Market, order: Any) -> Contender:
    return lambda: market.support.posts(f"/disputes/{order['dispute_id']}/decision", ruling("split", 40_00))


async def takes_back(market: Market, order: Any) -> Contender:
    query = "select id::text from attempts where payment_number = $1"
    (attempt,) = await market.sql("payments", query, order["payment_number"])
    return lambda: market.nobody.posts(f"/sandbox/payments/{attempt['id']}", {"action": "charge_back"})


async def wallets(market: Market) -> tuple[int, int]:
    return (await market.buyer.wallet())["balance"], (await market.seller.wallet())["available"]

"""Paying with the methods of the catalogue: fees, details, and what repeated declines of cards lead to."""

from typing import Any
from uuid import uuid4

import pytest

from tests.scenarios.steps import placed
from tests.support.leaks import files_with, tables_with
from tests.support.market import Market

PAYER = {"name": "Maria da Silva", "email": "maria@example.com", "tax_number": "529.982.247-25"}
FEES = """
select p.amount from postings p join entries e on e.id = p.entry_id join accounts a on a.id = p.account_id
where e.payment_number = $1 and a.kind = 'processing_fee'
"""
CARDS = {"card", "visa_mastercard_my"}


async def declined(market: Market, order: Any, at: str, method: str = "card", reason: str = "bank_declined") -> str:
    """An attempt of this time that fails at once; returns its id."""
    await market.at(at)
    attempt: str = (await market.buyer.attempts(order["payment_number"], method)).ok()["attempt_id"]
    await fails(market, attempt, reason)
    return attempt


async def fails(market: Market, attempt: str, reason: str = "bank_declined") -> None:
    """The provider reports that an attempt failed."""
    (await market.nobody.posts(f"/sandbox/payments/{attempt}", {"action": "fail", "reason": reason})).ok()
    await market.settles()


async def can_pay_with(market: Market, order: Any) -> set[str]:
    """The methods that the buyer's payment shows."""
    seen = (await market.buyer.gets(f"/payments/{order['payment_number']}")).ok()
    return {each["method"] for each in seen["methods"]}


class TestWhatDoesAMethodCost:
    async def test_scenario_13_the_fee_is_on_top_and_is_not_refunded(self, market: Market) -> None:
        order = await placed(market)
        attempt = (await market.buyer.attempts(order["payment_number"], "visa_mastercard_my")).ok()
        assert attempt["amount"] == {"amount": 101_10, "currency": "MYR"}
        await market.buyer.captures(attempt["attempt_id"])
        (await market.seller.gives_back(order["number"])).ok()
        wallet = await market.buyer.wallet()
        assert (wallet["balance"], wallet["in_escrow"]) == (100_00, 0)
        fees = await market.sql("payments", FEES, order["payment_number"])
        assert [row["amount"] for row in fees] == [1_10]


class TestWhatDoesAMethodAskFor:
    async def test_scenario_14_a_wrong_cpf_is_refused_and_the_order_waits_as_before(self, market: Market) -> None:
        order = await placed(market, currency="BRL")
        path = f"/payments/{order['payment_number']}"
        for wrong in ("529.982.247-24", "111.111.111-11", "11.222.333/0001-82"):
            answer = await market.buyer.attempts(order["payment_number"], "boleto", **{**PAYER, "tax_number": wrong})
            assert (answer.status, answer.code) == (422, "invalid_details")
            assert [each["pointer"] for each in answer.body["errors"]] == ["/body/details/tax_number"]
        seen = (await market.buyer.gets(path)).ok()
        assert (seen["status"], seen["attempts"], seen["due_at"]) == ("waiting_payment", [], market.written("01:00:00"))
        assert await market.buyer.status(order["number"]) == "waiting_payment"
        made = (await market.buyer.attempts(order["payment_number"], "boleto", **PAYER)).ok()
        assert (made["amount"]["amount"], made["valid_until"]) == (103_45, market.written("01:00:00"))

    @pytest.mark.parametrize("tax_number", ["11.222.333/0001-81", "12.ABC.345/01DE-35", "12abc34501de35"])
    async def test_a_company_pays_with_its_cnpj_also_with_letters(self, market: Market, tax_number: str) -> None:
        order = await placed(market, currency="BRL")
        details = {**PAYER, "tax_number": tax_number}
        assert (await market.buyer.attempts(order["payment_number"], "itau", **details)).status == 201

    async def test_details_are_stored_nowhere_and_logged_nowhere(self, market: Market) -> None:
        order = await placed(market, currency="BRL")
        name, card = f"Maria {uuid4().hex}", "4000 0566 5566 5556"
        right = {**PAYER, "name": name, "email": f"{uuid4().hex}@example.com"}
        (await market.buyer.attempts(order["payment_number"], "boleto", **right)).ok()
        for wrong in ({**right, "name": card}, {**right, "card_number": card}, {**right, "tax_number": card}):
            answer = await market.buyer.attempts(order["payment_number"], "boleto", **wrong)
            assert answer.code == "invalid_details"
            assert card not in str(answer.body)
        secrets = [name, right["email"], card]
        assert await tables_with(market, secrets) == set()
        assert await files_with(market, secrets) == set()

    async def test_an_attempt_shows_until_when_its_code_can_be_paid(self, market: Market) -> None:
        order = await placed(market, currency="SGD")
        for at, until in (("00:10:00", "00:15:00"), ("00:57:30", "01:00:00")):
            await market.at(at)
            made = (await market.buyer.attempts(order["payment_number"], "paynow")).ok()
            assert made["valid_until"] == market.written(until)
        seen = (await market.buyer.gets(f"/payments/{order['payment_number']}")).ok()
        assert [each["valid_until"] for each in seen["attempts"]] == [
            market.written("00:15:00"),
            market.written("01:00:00"),
        ]


class TestMyCardIsDeclined:
    async def test_scenario_15_three_declines_close_the_cards_for_an_hour(self, market: Market) -> None:
        order = await placed(market)
        await declined(market, order, "00:10:00")
        await declined(market, order, "00:12:00", "visa_mastercard_my", "insufficient_funds")
        assert await can_pay_with(market, order) > CARDS
        await declined(market, order, "00:15:00")
        await market.at("00:20:00")
        for method in sorted(CARDS):
            answer = await market.buyer.attempts(order["payment_number"], method)
            assert (answer.status, answer.code) == (409, "payment_method_unavailable")
            assert answer.body["current"]["closed_until"] == market.written("01:15:00")
        left = await can_pay_with(market, order)
        assert "balance" in left
        assert left.isdisjoint(CARDS)
        assert (await market.buyer.pays_from_balance(order["payment_number"])).code == "balance_insufficient"
        assert (await market.buyer.attempts(order["payment_number"], "crypto", name="Maria")).status == 201

    async def test_they_are_open_again_sixty_minutes_after_the_third(self, market: Market) -> None:
        order = await placed(market)
        for at in ("00:40:00", "00:50:00", "00:55:00"):
            await declined(market, order, at)
        await market.at("01:30:00")
        later = await placed(market)
        await market.at("01:54:59.999")
        assert (await market.buyer.attempts(later["payment_number"])).code == "payment_method_unavailable"
        await market.at("01:55:00")
        assert await can_pay_with(market, later) > CARDS
        assert (await market.buyer.attempts(later["payment_number"])).status == 201

    async def test_each_attempt_counts_once_also_when_the_buyer_has_left_it(self, market: Market) -> None:
        order = await placed(market)
        left = [(await market.buyer.attempts(order["payment_number"])).ok()["attempt_id"] for _ in range(3)]
        await fails(market, left[0])
        await fails(market, left[0])
        await fails(market, left[1], "provider_timeout")
        await fails(market, left[2], "abandoned")
        await fails(market, await self._of_another_method(market, order))
        assert await can_pay_with(market, order) > CARDS
        await fails(market, left[1])
        assert await can_pay_with(market, order) > CARDS
        await fails(market, (await market.buyer.attempts(order["payment_number"])).ok()["attempt_id"])
        assert (await can_pay_with(market, order)).isdisjoint(CARDS)

    async def test_declines_of_all_orders_of_a_buyer_count_and_of_nobody_else(self, market: Market) -> None:
        orders = [await placed(market) for _ in range(3)]
        for order in orders:
            await declined(market, order, "00:10:00")
        assert (await market.buyer.attempts(orders[0]["payment_number"])).code == "payment_method_unavailable"
        market.buyer = market.someone("another")
        assert (await market.buyer.attempts((await placed(market))["payment_number"])).status == 201

    async def test_a_failure_after_the_capture_changes_nothing(self, market: Market) -> None:
        for _ in range(3):
            order = await placed(market)
            await fails(market, await market.buyer.pays(order["payment_number"]))
            assert await market.buyer.status(order["number"]) == "waiting_delivery"
        assert await can_pay_with(market, await placed(market)) > CARDS

    @staticmethod
    async def _of_another_method(market: Market, order: Any) -> str:
        made = (await market.buyer.attempts(order["payment_number"], "crypto", name="Maria")).ok()
        attempt: str = made["attempt_id"]
        return attempt

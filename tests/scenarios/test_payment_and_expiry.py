"""How an unpaid order ends, and what becomes of money that comes early, late or from the balance."""

from tests.scenarios.steps import clocks, placed
from tests.support.market import Market


class TestIDidNotPayInTime:
    async def test_scenario_1_the_order_expires_after_one_hour(self, market: Market) -> None:
        listing_id = await market.seller.lists(stock=1)
        order = (await market.buyer.orders(listing_id))["orders"][0]
        await market.at("00:59:59.999")
        assert await market.buyer.status(order["number"]) == "waiting_payment"
        shown = await market.at("01:00:00")
        assert [each["kind"] for each in shown["fired"] if each["subject"] == order["number"]] == ["D1"]
        seen = await market.buyer.sees(order["number"])
        assert (seen["status"], seen["closed_at"]) == ("expired", market.written("01:00:00"))
        assert await market.published(order["number"]) == ["order.placed", "order.expired"]
        assert await clocks(market, order["number"]) == []
        assert (await market.nobody.gets(f"/listings/{listing_id}")).ok()["stock"] == 1
        assert set((await market.buyer.wallet()).values()) == {0}

    async def test_scenario_4_money_that_comes_too_late_goes_to_the_balance(self, market: Market) -> None:
        listing_id = await market.seller.lists(stock=3)
        order = (await market.buyer.orders(listing_id))["orders"][0]
        attempt = (await market.buyer.attempts(order["payment_number"])).ok()
        await market.at("02:30:00")
        await market.buyer.captures(attempt["attempt_id"])
        assert await market.buyer.status(order["number"]) == "expired"
        assert (await market.buyer.wallet())["balance"] == 100_00
        credited = await market.events(order["payment_number"], "payments")
        reasons = [each["body"]["reason"] for each in credited if each["event"] == "payment.credited"]
        assert reasons == ["late"]
        assert "order.paid" not in await market.published(order["number"])
        assert (await market.nobody.gets(f"/listings/{listing_id}")).ok()["stock"] == 3

    async def test_scenario_5_the_balance_must_cover_the_new_price_alone(self, market: Market) -> None:
        listing_id = await market.seller.lists()
        order = (await market.buyer.orders(listing_id))["orders"][0]
        attempt = (await market.buyer.attempts(order["payment_number"])).ok()
        await market.at("02:30:00")
        await market.buyer.captures(attempt["attempt_id"])
        await market.seller.lists(120_00, listing_id=listing_id)
        again = await market.buyer.orders(listing_id)
        refused = await market.buyer.pays_from_balance(again["payment_number"])
        assert (refused.status, refused.code) == (409, "balance_insufficient")
        mixed = {"method": "balance", "details": {"reauthentication": "me", "method": "card"}}
        answer = await market.buyer.posts(f"/payments/{again['payment_number']}/attempts", mixed)
        assert (answer.status, answer.code) == (422, "invalid_details")
        assert [each["pointer"] for each in answer.body["errors"]] == ["/body/details/method"]
        assert (await market.buyer.wallet())["balance"] == 100_00
        assert await market.buyer.status(again["orders"][0]["number"]) == "waiting_payment"

    async def test_an_attempt_after_the_hour_is_refused(self, market: Market) -> None:
        order = await placed(market)
        await market.at("01:00:00", fire=False)
        answer = await market.buyer.attempts(order["payment_number"])
        assert (answer.status, answer.code) == (409, "deadline_passed")


class TestIPaid:
    async def test_scenario_2_one_second_before_the_hour_is_in_time(self, market: Market) -> None:
        order = await placed(market)
        attempt = (await market.buyer.attempts(order["payment_number"])).ok()
        await market.at("00:59:59")
        await market.buyer.captures(attempt["attempt_id"])
        seen = await market.buyer.sees(order["number"])
        assert (seen["status"], seen["held"]["amount"]) == ("waiting_delivery", 100_00)
        assert seen["deadline"]["kind"] == "D3"
        assert seen["deadline"]["due_at"] == market.written("72:59:59")
        assert await market.published(order["number"]) == ["order.placed", "order.paid"]
        assert (await market.seller.ledger(order["number"]))["escrow"]["amount"] == 100_00
        assert (await market.buyer.wallet())["in_escrow"] == 100_00

    async def test_scenario_2_at_the_very_hour_it_is_too_late(self, market: Market) -> None:
        order = await placed(market)
        attempt = (await market.buyer.attempts(order["payment_number"])).ok()
        await market.at("01:00:00", fire=False)
        await market.buyer.captures(attempt["attempt_id"])
        assert await market.buyer.status(order["number"]) == "expired"
        assert (await market.buyer.wallet())["balance"] == 100_00

    async def test_scenario_6_the_price_is_the_one_i_ordered_at(self, market: Market) -> None:
        listing_id = await market.seller.lists()
        order = (await market.buyer.orders(listing_id))["orders"][0]
        await market.at("00:10:00")
        await market.seller.lists(120_00, listing_id=listing_id)
        await market.at("00:20:00")
        await market.buyer.pays(order["payment_number"])
        seen = await market.buyer.sees(order["number"])
        assert (seen["status"], seen["held"]["amount"]) == ("waiting_delivery", 100_00)
        assert (await market.buyer.wallet())["in_escrow"] == 100_00
        assert (await market.nobody.gets(f"/listings/{listing_id}")).ok()["unit_price"]["amount"] == 120_00

    async def test_i_can_pay_from_my_balance(self, market: Market) -> None:
        first = await placed(market)
        await market.buyer.pays(first["payment_number"])
        (await market.seller.gives_back(first["number"])).ok()
        second = await placed(market)
        assert (await market.buyer.pays_from_balance(second["payment_number"])).ok()["status"] == "captured"
        await market.settles()
        assert await market.buyer.status(second["number"]) == "waiting_delivery"
        wallet = await market.buyer.wallet()
        assert (wallet["balance"], wallet["in_escrow"]) == (0, 100_00)

"""What happens between payment and the seller's money."""

import pytest

from tests.scenarios.steps import clocks, delivered, expiry, fees, paid
from tests.support.market import Market


class TestTheSellerDelivers:
    async def test_scenario_21_the_buyer_has_72_hours_to_confirm(self, market: Market) -> None:
        order = await delivered(market)
        assert order["status"] == "waiting_confirmation"
        assert (order["deadline"]["kind"], order["deadline"]["due_at"]) == ("D5", market.written("82:00:00"))
        assert order["deadline"]["outcome"] == "completed"
        assert await clocks(market, order["number"]) == ["D5"]

    async def test_scenario_22_without_delivery_the_money_comes_back_by_itself(self, market: Market) -> None:
        order = await paid(market)
        await market.at("71:59:59.999")
        assert await market.buyer.status(order["number"]) == "waiting_delivery"
        await market.at("72:00:00")
        seen = await market.buyer.sees(order["number"])
        assert (seen["status"], seen["closed_at"]) == ("refunded", market.written("72:00:00"))
        assert (await market.buyer.wallet())["balance"] == 100_00
        assert set((await market.seller.wallet()).values()) == {0}
        assert await market.published(order["number"]) == ["order.placed", "order.paid", "order.refunded"]

    async def test_scenario_22_a_delivery_at_the_last_moment_is_too_late(self, market: Market) -> None:
        order = await paid(market)
        await market.at("72:00:00", fire=False)
        seen = await market.buyer.sees(order["number"])
        assert (seen["status"], seen["pending"]) == ("refunded", True)
        late = await market.seller.delivers(order["number"])
        assert (late.status, late.code) == (409, "deadline_passed")
        assert await market.buyer.status(order["number"]) == "refunded"
        assert (await market.buyer.wallet())["balance"] == 100_00


class TestTheBuyerConfirms:
    async def test_scenario_24_the_seller_is_paid_at_once(self, market: Market) -> None:
        order = await delivered(market)
        await market.at("11:00:00")
        (await market.buyer.confirms(order["number"])).ok()
        seen = await market.seller.sees(order["number"])
        assert (seen["status"], seen["closed_at"]) == ("completed", market.written("11:00:00"))
        assert (await market.seller.wallet())["available"] == 94_60
        assert set((await market.buyer.wallet()).values()) == {0}
        ledger = await market.seller.ledger(order["number"])
        assert (ledger["escrow"]["amount"], *fees(ledger)) == (0, 5_00, 40)
        history = (await market.buyer.gets(f"/orders/{order['number']}/history")).ok()["items"]
        assert [entry["row"] for entry in history] == ["T1", "T3", "T7", "T15"]
        assert history[-1]["settled_at"] is not None

    async def test_scenario_25_silence_completes_the_order_after_72_hours(self, market: Market) -> None:
        order = await delivered(market)
        await market.at("81:59:59.999")
        assert await market.buyer.status(order["number"]) == "waiting_confirmation"
        await market.at("82:00:00")
        seen = await market.buyer.sees(order["number"])
        assert (seen["status"], seen["closed_at"]) == ("completed", market.written("82:00:00"))
        assert (await market.seller.wallet())["available"] == 94_60
        assert fees(await market.seller.ledger(order["number"])) == (5_00, 40)

    @pytest.mark.parametrize(
        ("scenario", "listing", "fee", "tax", "net"),
        [
            ("28", {"amount": 250_00, "category": "account"}, 25_00, 2_00, 223_00),
            ("29", {"amount": 33_000, "currency": "KRW"}, 1_650, 132, 31_218),
        ],
        ids=["scenario_28_accounts_cost_ten_percent", "scenario_29_won_are_whole"],
    )
    async def test_scenarios_28_and_29_fee_tax_and_net(
        self, market: Market, scenario: str, listing: dict[str, object], fee: int, tax: int, net: int
    ) -> None:
        order = await delivered(market, at="01:00:00", **listing)
        (await market.buyer.confirms(order["number"])).ok()
        currency = str(listing.get("currency", "MYR"))
        assert (await market.seller.wallet(currency))["available"] == net, scenario
        assert fees(await market.seller.ledger(order["number"])) == (fee, tax)


class TestTheExpiryNotificationDecidesNothing:
    async def test_scenario_30_a_repeated_notification_after_completion_does_nothing(self, market: Market) -> None:
        order = await delivered(market)
        await market.at("82:00:00")
        await expiry(market, order["number"], "D5", "82:00:00")
        await expiry(market, order["number"], "D5", "82:00:00")
        await market.settles()
        assert (await market.seller.wallet())["available"] == 94_60
        assert (await market.published(order["number"])).count("order.completed") == 1

    async def test_scenario_31_an_early_notification_only_sets_the_timer_again(self, market: Market) -> None:
        order = await delivered(market)
        await market.at("81:59:58")
        before = await generation(market, order["number"])
        await expiry(market, order["number"], "D5", "82:00:00")
        await market.settles()
        assert await market.buyer.status(order["number"]) == "waiting_confirmation"
        assert await generation(market, order["number"]) == before + 1
        await market.at("82:00:00")
        assert await market.buyer.status(order["number"]) == "completed"


class TestTheSellerGivesTheMoneyBack:
    async def test_scenario_44_refund_to_buyer_is_immediate_and_needs_a_reason(self, market: Market) -> None:
        listing_id = await market.seller.lists(stock=1)
        order = (await market.buyer.orders(listing_id))["orders"][0]
        await market.buyer.pays(order["payment_number"])
        await market.at("00:30:00")
        for reason, text in ((None, "x"), ("out_of_stock", None), ("out_of_stock", "\u200d"), ("because", "x")):
            refused = await market.seller.gives_back(order["number"], reason, text)
            assert (refused.status, refused.code) == (422, "refund_reason_required")
        (await market.seller.gives_back(order["number"], "out_of_stock", "Sold elsewhere")).ok()
        seen = await market.buyer.sees(order["number"])
        assert (seen["status"], seen["closed_at"]) == ("refunded", market.written("00:30:00"))
        assert await clocks(market, order["number"]) == []
        assert (await market.buyer.wallet())["balance"] == 100_00
        assert (await market.seller.gets(f"/listings/{listing_id}")).ok()["stock"] == 0


async def generation(market: Market, number: str) -> int:
    """How often the order's timer was set."""
    rows = await market.sql("orders", "select generation from orders where number = $1", number)
    return int(rows[0]["generation"])

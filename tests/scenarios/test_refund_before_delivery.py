"""I paid and have not received my order: asking for the money back before delivery. Paid at T0."""

import asyncio

import pytest

from tests.scenarios.steps import clocks, paid
from tests.support.market import Market


class TestIAskForARefund:
    async def test_scenario_34_not_before_one_hour(self, market: Market) -> None:
        order = await paid(market)
        await market.at("00:59:59")
        early = await market.buyer.requests_refund(order["number"])
        assert (early.status, early.code) == (409, "refund_too_early")
        act = next(each for each in (await market.buyer.sees(order["number"]))["actions"] if each["code"] == early.code)
        assert (act["name"], act["available_at"]) == ("request_refund", market.written("01:00:00"))
        await market.at("00:59:59.999")
        assert (await market.buyer.requests_refund(order["number"])).code == "refund_too_early"
        await market.at("01:00:00")
        seen = (await market.buyer.requests_refund(order["number"])).ok()
        assert (seen["status"], seen["refunding_stage"]) == ("refunding", "pre_delivery")
        assert (seen["deadline"]["kind"], seen["deadline"]["due_at"]) == ("D4", market.written("07:00:00"))

    async def test_scenario_35_a_silent_seller_refunds_after_six_hours(self, market: Market) -> None:
        order = await requested(market)
        await market.at("07:59:59.999")
        assert await market.buyer.status(order["number"]) == "refunding"
        await market.at("08:00:00")
        seen = await market.buyer.sees(order["number"])
        assert (seen["status"], seen["refund_request"]["state"]) == ("refunded", "timed_out")
        assert seen["closed_at"] == market.written("08:00:00")
        assert (await market.buyer.wallet())["balance"] == 100_00
        assert set((await market.seller.wallet()).values()) == {0}

    async def test_scenario_35_an_answer_at_the_deadline_is_too_late(self, market: Market) -> None:
        order = await requested(market)
        await market.at("08:00:00", fire=False)
        late = await market.seller.delivers(order["number"])
        assert (late.status, late.code, late.body["current"]["status"]) == (409, "deadline_passed", "refunded")

    async def test_scenario_36_the_seller_approves(self, market: Market) -> None:
        order = await requested(market)
        await market.at("03:00:00")
        (await market.seller.agrees(order["number"])).ok()
        seen = await market.buyer.sees(order["number"])
        assert (seen["status"], seen["refund_request"]["state"]) == ("refunded", "agreed")
        assert (await market.buyer.wallet())["balance"] == 100_00
        assert await clocks(market, order["number"]) == []
        for later in ("08:00:00", "72:00:00"):
            fired = (await market.at(later))["fired"]
            assert order["number"] not in [each["subject"] for each in fired]

    async def test_scenario_37_the_seller_delivers_instead(self, market: Market) -> None:
        order = await requested(market)
        await market.at("04:00:00")
        (await market.seller.delivers(order["number"])).ok()
        seen = await market.buyer.sees(order["number"])
        assert (seen["status"], seen["refund_request"]["state"]) == ("waiting_confirmation", "superseded")
        assert (seen["deadline"]["kind"], seen["deadline"]["due_at"]) == ("D5", market.written("76:00:00"))
        assert await clocks(market, order["number"]) == ["D5"]
        await market.at("08:00:00")
        assert await market.buyer.status(order["number"]) == "waiting_confirmation"
        assert (await market.buyer.wallet())["balance"] == 0

    async def test_scenarios_39_and_40_a_request_taken_back_was_the_only_one(self, market: Market) -> None:
        order = await requested(market)
        await market.at("03:00:00")
        (await market.buyer.takes_request_back(order["number"])).ok()
        seen = await market.buyer.sees(order["number"])
        assert (seen["status"], seen["deadline"]["due_at"]) == ("waiting_delivery", market.written("72:00:00"))
        assert await clocks(market, order["number"]) == ["D3"]
        await market.at("04:00:00")
        again = await market.buyer.requests_refund(order["number"])
        assert (again.status, again.code) == (409, "refund_already_used")
        await market.at("71:59:59.999")
        assert await market.buyer.status(order["number"]) == "waiting_delivery"
        await market.at("72:00:00")
        seen = await market.buyer.sees(order["number"])
        assert (seen["status"], seen["closed_at"]) == ("refunded", market.written("72:00:00"))
        assert (await market.buyer.wallet())["balance"] == 100_00

    async def test_scenario_43_agree_and_deliver_at_once_have_one_winner(self, market: Market) -> None:
        order = await requested(market)
        await market.at("07:59:59.900")
        number = order["number"]
        agreed, delivered = await asyncio.gather(market.seller.agrees(number), market.seller.delivers(number))
        assert sorted((agreed.status, delivered.status)) == [200, 409]
        loser = agreed if agreed.status == 409 else delivered
        status = await market.buyer.status(number)
        assert (loser.code, loser.body["current"]["status"]) == ("wrong_status", status)
        rows = [line["row"] for line in (await market.buyer.gets(f"/orders/{number}/history")).ok()["items"]]
        assert rows == ["T1", "T3", "T10", "T12" if agreed.status == 200 else "T11"]
        assert status == ("refunded" if agreed.status == 200 else "waiting_confirmation")
        assert (await market.buyer.wallet())["balance"] == (100_00 if status == "refunded" else 0)

    async def test_scenario_46_silence_on_a_part_refunds_everything(self, market: Market) -> None:
        order = await requested(market, amount=30_00)
        await market.at("07:59:59.999")
        assert await market.buyer.status(order["number"]) == "refunding"
        await market.at("08:00:00")
        seen = await market.buyer.sees(order["number"])
        assert (seen["status"], seen["refunded_amount"]["amount"]) == ("refunded", 100_00)
        assert (await market.buyer.wallet())["balance"] == 100_00
        assert set((await market.seller.wallet()).values()) == {0}

    async def test_an_agreed_part_goes_back_and_the_order_goes_on_with_the_rest(self, market: Market) -> None:
        order = await requested(market, amount=30_00)
        (await market.seller.agrees(order["number"])).ok()
        seen = await market.buyer.sees(order["number"])
        assert (seen["status"], seen["held"]["amount"], seen["refunded_amount"]["amount"]) == (
            "waiting_delivery",
            70_00,
            30_00,
        )
        (await market.seller.delivers(order["number"])).ok()
        (await market.buyer.confirms(order["number"])).ok()
        assert (await market.seller.wallet())["available"] == 66_22
        assert (await market.buyer.wallet())["balance"] == 30_00

    async def test_the_earlier_of_d3_and_d4_wins(self, market: Market) -> None:
        order = await paid(market)
        await market.at("70:00:00")
        seen = (await market.buyer.requests_refund(order["number"])).ok()
        assert (seen["deadline"]["kind"], seen["deadline"]["due_at"]) == ("D3", market.written("72:00:00"))
        await market.at("72:00:00")
        assert await market.buyer.status(order["number"]) == "refunded"

    async def test_the_seller_can_not_refuse_before_delivery(self, market: Market) -> None:
        order = await requested(market)
        assert (await market.seller.refuses(order["number"])).code == "wrong_status"


class TestWhatCanNotBeAsked:
    @pytest.mark.parametrize("amount", [100_01, 0, -1])
    async def test_scenario_58_more_than_is_held_or_nothing(self, market: Market, amount: int) -> None:
        order = await paid(market)
        await market.at("02:00:00")
        refused = await market.buyer.requests_refund(order["number"], amount)
        assert (refused.status, refused.code) == (422, "refund_amount_invalid")
        foreign = await market.buyer.requests_refund(order["number"], 1_00, "EUR")
        assert (foreign.status, foreign.code) == (422, "refund_amount_invalid")
        (await market.seller.delivers(order["number"])).ok()
        refused = await market.buyer.requests_refund(order["number"], amount)
        assert (refused.status, refused.code) == (422, "refund_amount_invalid")
        assert await market.buyer.status(order["number"]) == "waiting_confirmation"
        assert (await market.buyer.requests_refund(order["number"], 100_00)).ok()["status"] == "refunding"

    async def test_without_a_reason(self, market: Market) -> None:
        order = await paid(market)
        await market.at("02:00:00")
        for reason, text in ((None, "x"), ("not_received", None), ("not_received", ""), ("remorse", "x")):
            refused = await market.buyer.requests_refund(order["number"], reason=reason, description=text)
            assert (refused.status, refused.code) == (422, "refund_reason_required")
        bare = await market.buyer.performs(order["number"], "refund-request")
        assert (bare.status, bare.code) == (422, "refund_reason_required")


async def requested(market: Market, amount: int | None = None) -> dict[str, str]:
    """An order paid at T0 whose buyer asked for a refund at 02:00:00."""
    order: dict[str, str] = await paid(market)
    await market.at("02:00:00")
    (await market.buyer.requests_refund(order["number"], amount)).ok()
    return order

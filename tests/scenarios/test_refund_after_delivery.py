"""The seller says it was delivered and I disagree. Paid at T0, delivered at 10:00:00."""

from typing import Any

import pytest

from tests.scenarios.steps import clocks, delivered, fees, paid
from tests.support.market import Market


class TestTheSellerIsSilent:
    async def test_scenario_47_after_24_hours_the_money_comes_back(self, market: Market) -> None:
        order = await requested(market)
        assert (order["deadline"]["kind"], order["deadline"]["due_at"]) == ("D6", market.written("44:00:00"))
        await market.at("43:59:59.999")
        assert await market.buyer.status(order["number"]) == "refunding"
        await market.at("44:00:00")
        seen = await market.buyer.sees(order["number"])
        assert (seen["status"], seen["closed_at"]) == ("refunded", market.written("44:00:00"))
        assert seen["refund_request"]["state"] == "timed_out"
        assert (await market.buyer.wallet())["balance"] == 100_00
        shown = await market.at("82:00:00")
        assert order["number"] not in [each["subject"] for each in shown["fired"]]
        assert await market.buyer.status(order["number"]) == "refunded"
        assert set((await market.seller.wallet()).values()) == {0}


class TestTheSellerAnswers:
    async def test_scenario_27_a_delivery_by_mistake_is_mended_by_request_and_agreement(self, market: Market) -> None:
        order = await delivered(market)
        assert (await market.seller.gives_back(order["number"])).code == "wrong_status"
        assert (await market.seller.delivers(order["number"])).code == "wrong_status"
        assert (await market.buyer.wallet())["in_escrow"] == 100_00
        await market.at("11:00:00")
        (await market.buyer.requests_refund(order["number"])).ok()
        await market.at("11:05:00")
        (await market.seller.agrees(order["number"])).ok()
        seen = await market.buyer.sees(order["number"])
        assert (seen["status"], seen["refund_request"]["state"]) == ("refunded", "agreed")
        assert (await market.buyer.wallet())["balance"] == 100_00
        assert set((await market.seller.wallet()).values()) == {0}
        assert await clocks(market, order["number"]) == []

    async def test_scenario_48_a_refusal_needs_a_reason_and_starts_72_hours(self, market: Market) -> None:
        order = await requested(market)
        await market.at("43:59:59")
        for reason in (None, "", "\u00ad"):
            refused = await market.seller.refuses(order["number"], reason)
            assert (refused.status, refused.code) == (422, "refusal_reason_required")
        seen = (await market.seller.refuses(order["number"])).ok()
        assert (seen["status"], seen["refund_request"]["state"]) == ("refund_refused", "refused")
        assert (seen["deadline"]["kind"], seen["deadline"]["due_at"]) == ("D7", market.written("115:59:59"))
        assert seen["refund_request"]["refusal_reason"] == "It was delivered, see the log"
        assert await clocks(market, order["number"]) == ["D7"]
        assert (await market.buyer.wallet())["in_escrow"] == 100_00

    async def test_scenario_48_a_refusal_at_the_deadline_is_too_late(self, market: Market) -> None:
        order = await requested(market)
        await market.at("44:00:00", fire=False)
        late = await market.seller.refuses(order["number"])
        assert (late.status, late.code) == (409, "deadline_passed")
        assert await market.buyer.status(order["number"]) == "refunded"

    async def test_scenario_49_an_unescalated_refusal_pays_the_seller(self, market: Market) -> None:
        order = await refused(market)
        await market.at("115:59:58.999")
        assert await market.buyer.status(order["number"]) == "refund_refused"
        await market.at("115:59:59")
        seen = await market.buyer.sees(order["number"])
        assert (seen["status"], seen["refund_request"]["state"]) == ("completed", "waived")
        assert seen["closed_at"] == market.written("115:59:59")
        assert (await market.seller.wallet())["available"] == 94_60
        assert fees(await market.seller.ledger(order["number"])) == (5_00, 40)

    async def test_scenario_56_an_agreed_part_completes_the_order(self, market: Market) -> None:
        order = await requested(market, amount=30_00)
        await market.at("21:00:00")
        (await market.seller.agrees(order["number"])).ok()
        seen = await market.buyer.sees(order["number"])
        assert (seen["status"], seen["refunded_amount"]["amount"]) == ("completed", 30_00)
        assert (await market.buyer.wallet())["balance"] == 30_00
        assert (await market.seller.wallet())["available"] == 66_22
        ledger = await market.seller.ledger(order["number"])
        assert (fees(ledger), 30_00 + 66_22 + sum(fees(ledger))) == ((3_50, 28), 100_00)
        assert (await market.published(order["number"]))[-1] == "order.partially_refunded"

    async def test_the_seller_agrees_after_all(self, market: Market) -> None:
        order = await refused(market)
        (await market.seller.agrees(order["number"])).ok()
        assert await market.buyer.status(order["number"]) == "refunded"


class TestTheBuyerChangesTheirMind:
    async def test_scenario_59_a_request_taken_back_resumes_the_old_deadline(self, market: Market) -> None:
        order = await requested(market)
        await market.at("30:00:00")
        seen = (await market.buyer.takes_request_back(order["number"])).ok()
        assert (seen["status"], seen["deadline"]["due_at"]) == ("waiting_confirmation", market.written("82:00:00"))
        assert (await market.buyer.requests_refund(order["number"])).code == "refund_already_used"
        assert await clocks(market, order["number"]) == ["D5"]
        await market.at("81:59:59.999")
        assert await market.buyer.status(order["number"]) == "waiting_confirmation"
        await market.at("82:00:00")
        seen = await market.buyer.sees(order["number"])
        assert (seen["status"], seen["closed_at"]) == ("completed", market.written("82:00:00"))
        assert (await market.seller.wallet())["available"] == 94_60

    async def test_taken_back_after_its_deadline_has_passed_completes_at_once(self, market: Market) -> None:
        order = await delivered(market)
        await market.at("81:00:00")
        (await market.buyer.requests_refund(order["number"])).ok()
        await market.at("83:00:00")
        assert (await market.buyer.takes_request_back(order["number"])).ok()["status"] == "completed"
        assert (await market.seller.wallet())["available"] == 94_60

    async def test_scenario_61_confirming_after_a_refusal(self, market: Market) -> None:
        order = await refused(market)
        seen = (await market.buyer.confirms(order["number"])).ok()
        assert (seen["status"], seen["refund_request"]["state"]) == ("completed", "cancelled")
        assert await clocks(market, order["number"]) == []
        assert (await market.seller.wallet())["available"] == 94_60

    async def test_scenario_62_the_gate_is_for_undelivered_orders_only(self, market: Market) -> None:
        order = await delivered(market, at="00:05:00")
        await market.at("00:20:00")
        seen = (await market.buyer.requests_refund(order["number"])).ok()
        assert (seen["status"], seen["refunding_stage"]) == ("refunding", "post_delivery")
        assert (seen["deadline"]["kind"], seen["deadline"]["due_at"]) == ("D6", market.written("24:20:00"))

    async def test_scenario_26_after_completion_nothing_can_be_asked(self, market: Market) -> None:
        order = await delivered(market)
        (await market.buyer.confirms(order["number"])).ok()
        refused_again = await market.buyer.requests_refund(order["number"])
        assert (refused_again.status, refused_again.code) == (409, "wrong_status")
        assert refused_again.body["current"]["status"] == "completed"
        assert set((await market.buyer.wallet()).values()) == {0}
        assert (await market.seller.wallet())["available"] == 94_60
        assert (await market.published(order["number"]))[-1] == "order.completed"


class TestSupportDecidesByForce:
    @pytest.mark.parametrize(
        ("outcome", "status", "balance", "available"),
        [("refund", "refunded", 100_00, 0), ("complete", "completed", 0, 94_60)],
    )
    async def test_a_forced_decision_ends_the_order(
        self, market: Market, outcome: str, status: str, balance: int, available: int
    ) -> None:
        order = await paid(market)
        assert (await market.buyer.decides(order["number"], outcome)).code == "forbidden"
        assert (await market.support.decides(order["number"], outcome, None)).code == "reason_required"
        assert (await market.support.decides(order["number"], outcome)).ok()["status"] == status
        assert (await market.buyer.wallet())["balance"] == balance
        assert (await market.seller.wallet())["available"] == available


class TestPreview:
    async def test_it_shows_what_the_action_would_do_and_writes_nothing(self, market: Market) -> None:
        order = await delivered(market)
        shown = await market.buyer.previews(order["number"], "confirm")
        assert (shown["allowed"], shown["row"], shown["status"], shown["event"]) == (
            True,
            "T15",
            "completed",
            "order.completed",
        )
        assert shown["settlement"]["net"] == {"amount": 94_60, "currency": "MYR"}
        assert (shown["deadline_before"]["kind"], shown["deadline_after"]) == ("D5", None)
        assert await market.buyer.status(order["number"]) == "waiting_confirmation"

    async def test_a_refusal_shows_the_time_out_that_would_apply(self, market: Market) -> None:
        order = await paid(market)
        await market.at("72:00:00", fire=False)
        shown = await market.seller.previews(order["number"], "deliver")
        assert (shown["allowed"], shown["code"], shown["row"], shown["status"]) == (
            False,
            "deadline_passed",
            "T9",
            "refunded",
        )
        assert shown["settlement"]["to_buyer"]["amount"] == 100_00
        assert (await market.sql("orders", "select status from orders where number = $1", order["number"]))[0][
            "status"
        ] == "waiting_delivery"
        assert (await market.buyer.previews(order["number"], "deliver"))["code"] == "not_a_party"
        assert (
            await market.someone("eve").posts(f"/orders/{order['number']}/deliver?preview=true")
        ).code == "order_not_found"


async def requested(market: Market, amount: int | None = None) -> Any:
    """An order whose buyer asked for a refund at 20:00:00."""
    order = await delivered(market)
    await market.at("20:00:00")
    return (await market.buyer.requests_refund(order["number"], amount)).ok()


async def refused(market: Market) -> Any:
    """An order whose seller refused at 43:59:59."""
    order = await requested(market)
    await market.at("43:59:59")
    return (await market.seller.refuses(order["number"])).ok()

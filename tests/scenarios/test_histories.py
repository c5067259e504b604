"""Why is my order where it is? Every step says in one sentence who or which deadline caused it, and what it meant."""

from typing import Any

from tests.scenarios.steps import delivered, disputed, paid, refused
from tests.support.market import Market


class TestEveryStepHasOneSentence:
    async def test_of_a_dispute_that_support_splits(self, market: Market) -> None:
        order = await disputed(market)
        support = market.support
        ruling = {"outcome": "split", "reason": "Half of it came", "buyer_amount": {"amount": 40_00, "currency": "MYR"}}
        (await support.posts(f"/disputes/{order['dispute_id']}/decision", ruling)).ok()
        await market.settles()
        buyer, seller = (market.buyer.name, "buyer"), (market.seller.name, "seller")
        assert await history_of(market, order) == [
            ("T1", buyer, "The buyer ordered 1 x Sword of Dawn."),
            ("T3", (None, "provider"), "The payment of MYR 100.00 was confirmed."),
            ("T7", seller, "The seller says the goods are with the buyer."),
            ("T17", buyer, "The buyer asked for MYR 100.00 back after delivery: not received."),
            ("T19", seller, "The seller refused the refund: It was delivered, see the log"),
            ("T22", buyer, "The buyer asked for dispute resolution."),
            (
                "T26",
                (support.name, "support"),
                "Support decided the dispute: MYR 40.00 to the buyer, MYR 56.76 to the seller.",
            ),
        ]

    async def test_of_what_deadlines_did(self, market: Market) -> None:
        order = await refused(market)
        await market.at("116:00:00")
        row, by, why = (await history_of(market, order))[-1]
        assert (row, by) == ("T23", "D7")
        due = market.when("115:59:59")
        assert why == (
            f"Completed because the buyer did not escalate the refusal by {due:%Y-%m-%d %H:%M:%S} UTC; "
            "the seller receives MYR 94.60."
        )

    async def test_a_time_out_is_dated_with_its_due_time_however_late_it_was_written(self, market: Market) -> None:
        order = await paid(market)
        await market.at("80:00:00", fire=False)
        assert (await market.seller.delivers(order["number"])).code == "deadline_passed"
        last = (await market.buyer.gets(f"/orders/{order['number']}/history")).ok()["items"][-1]
        assert (last["from"], last["to"], last["by"]["deadline"]) == ("waiting_delivery", "refunded", "D3")
        assert (last["at"], last["recorded_at"]) == (market.written("72:00:00"), market.written("80:00:00"))

    async def test_supports_reason_for_a_forced_decision_is_kept(self, market: Market) -> None:
        order = await delivered(market)
        support = market.support
        (await support.decides(order["number"], "complete", "Both agreed by phone")).ok()
        sentence = "Support decided, MYR 0.00 to the buyer and MYR 94.60 to the seller: Both agreed by phone"
        assert (await history_of(market, order))[-1] == ("T27", (support.name, "support"), sentence)

    async def test_an_assistant_is_named_beside_the_seller(self, market: Market) -> None:
        order = await paid(market)
        helper = market.someone("helper", "user", acts_for=market.seller.name)
        (await helper.delivers(order["number"])).ok()
        last = (await market.buyer.gets(f"/orders/{order['number']}/history")).ok()["items"][-1]
        by = {"user": helper.name, "role": "seller", "acting_for": market.seller.name, "deadline": None}
        assert last["by"] == by


async def history_of(market: Market, order: Any) -> list[tuple[str, Any, str]]:
    """Row, who or which deadline, and the sentence of each step; the same for both sides and support."""
    found = [
        (await who.gets(f"/orders/{order['number']}/history")).ok()["items"]
        for who in (market.buyer, market.seller, market.support)
    ]
    assert found[0] == found[1] == found[2]
    return [
        (each["row"], each["by"]["deadline"] or (each["by"]["user"], each["by"]["role"]), each["why"])
        for each in found[0]
    ]

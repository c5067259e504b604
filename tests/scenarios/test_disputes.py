"""Support decides what the parties can't: disputes, their evidence and their rulings. Delivered at 10:00:00."""

import asyncio
from typing import Any

import pytest

from tests.scenarios.steps import clocks, delivered, disputed, expiry, fees, refused
from tests.support.market import Actor, Market


class TestIDisagreeWithTheRefusal:
    async def test_scenario_50_escalated_at_the_last_second(self, market: Market) -> None:
        order = await refused(market)
        await market.at("115:59:58")
        seen = (await market.buyer.performs(order["number"], "dispute")).ok()
        assert (seen["status"], seen["deadline"], seen["refund_request"]["state"]) == ("disputed", None, "escalated")
        case = await the_case(market, seen)
        assert (case["state"], case["cause"], case["held"]["amount"]) == ("open", "escalated", 100_00)
        assert case["order"]["refund_request"]["refusal_reason"] == "It was delivered, see the log"
        assert [line["row"] for line in case["order"]["history"]][-1] == "T22"
        assert await clocks(market, order["number"]) == []
        assert (await market.published(order["number"]))[-1] == "dispute.requested"
        (shown,) = await market.events(order["number"], "disputes")
        assert (shown["event"], shown["body"]["seller"]) == ("dispute.opened", market.seller.name)

    async def test_scenario_50_one_second_later_it_is_too_late(self, market: Market) -> None:
        order = await refused(market)
        await market.at("115:59:59", fire=False)
        late = await market.buyer.performs(order["number"], "dispute")
        assert (late.status, late.code) == (409, "deadline_passed")
        seen = await market.buyer.sees(order["number"])
        assert (seen["status"], seen["closed_at"]) == ("completed", market.written("115:59:59"))
        assert (await market.seller.wallet())["available"] == 94_60
        assert (await market.support.gets(f"/disputes?order={order['number']}")).ok()["items"] == []

    async def test_scenario_51_old_deadlines_change_nothing(self, market: Market) -> None:
        order = await disputed(market)
        await market.at("200:00:00")
        for kind, due in (("D7", "115:59:59"), ("D5", "82:00:00"), ("D6", "44:00:00")):
            await expiry(market, order["number"], kind, due)
        await market.settles()
        seen = await market.buyer.sees(order["number"])
        assert (seen["status"], seen["version"]) == ("disputed", order["version"])
        assert (await market.buyer.wallet())["in_escrow"] == 100_00
        assert (await market.buyer.ledger(order["number"]))["escrow"]["amount"] == 100_00

    async def test_escalating_before_a_refusal_is_not_allowed(self, market: Market) -> None:
        order = await delivered(market)
        early = await market.buyer.performs(order["number"], "dispute")
        assert (early.status, early.code) == (409, "escalation_not_allowed")


class TestSupportDecides:
    async def test_scenario_52_a_double_click_rules_once(self, market: Market) -> None:
        order = await disputed(market)
        support = market.support
        answers = await asyncio.gather(*(rules(support, order, "buyer_wins") for _ in range(2)))
        await market.settles()
        assert sorted((answer.status, answer.code) for answer in answers) == [(202, None), (409, "wrong_status")]
        assert (await rules(support, order, "buyer_wins")).code == "wrong_status"
        assert await market.buyer.status(order["number"]) == "refunded"
        assert (await market.buyer.wallet())["balance"] == 100_00
        assert (await market.published(order["number"])).count("order.refunded") == 1
        case = await the_case(market, order)
        assert (case["state"], case["outcome"], case["overtaken"]) == ("closed", "buyer_wins", False)

    async def test_scenario_53_a_split(self, market: Market) -> None:
        order = await disputed(market)
        (await rules(market.support, order, "split", 40_00)).ok()
        await market.settles()
        seen = await market.buyer.sees(order["number"])
        assert (seen["status"], seen["refunded_amount"]["amount"]) == ("completed", 40_00)
        assert (await market.buyer.wallet())["balance"] == 40_00
        assert (await market.seller.wallet())["available"] == 56_76
        ledger = await market.seller.ledger(order["number"])
        assert (fees(ledger), ledger["escrow"]["amount"]) == ((3_00, 24), 0)
        assert (await market.published(order["number"]))[-1] == "order.partially_refunded"

    async def test_scenario_54_the_seller_wins(self, market: Market) -> None:
        order = await disputed(market)
        (await rules(market.support, order, "seller_wins")).ok()
        await market.settles()
        assert await market.buyer.status(order["number"]) == "completed"
        assert (await market.seller.wallet())["available"] == 94_60
        assert fees(await market.seller.ledger(order["number"])) == (5_00, 40)
        assert set((await market.buyer.wallet()).values()) == {0}

    @pytest.mark.parametrize("amount", [-1, 100_01, None])
    async def test_a_split_within_what_is_held(self, market: Market, amount: int | None) -> None:
        order = await disputed(market)
        refused_ = await rules(market.support, order, "split", amount)
        assert (refused_.status, refused_.code) == (422, "refund_amount_invalid")

    async def test_a_ruling_needs_a_reason_and_an_outsider(self, market: Market) -> None:
        order = await disputed(market)
        bare = await rules(market.support, order, "buyer_wins", reason=" ")
        assert (bare.status, bare.code) == (422, "reason_required")
        assert (await rules(market.buyer, order, "buyer_wins")).code == "forbidden"
        party = Actor(market, market.seller.name, ("user", "support"), {})
        assert (await rules(party, order, "seller_wins")).code == "not_a_party"

    async def test_support_can_not_force_what_is_in_dispute(self, market: Market) -> None:
        order = await disputed(market)
        assert (await market.support.decides(order["number"], "refund")).code == "wrong_status"

    async def test_scenario_64_nothing_happens_by_itself_but_support_is_reminded(self, market: Market) -> None:
        order = await disputed(market)
        await market.at("67:59:59.999")
        assert await steps(market, order) == ["C0"]
        await market.at("68:00:00")
        assert await steps(market, order) == ["C0", "C5"]
        await market.at("379:59:59.999")
        assert await steps(market, order) == ["C0", *["C5"] * 13]
        await market.at("380:00:00")
        assert (await the_case(market, order))["escalated_at"] == market.written("380:00:00")
        await market.at("500:00:00")
        assert await steps(market, order) == ["C0", *["C5"] * 14, "C6", *["C5"] * 5]
        assert await market.buyer.status(order["number"]) == "disputed"
        assert (await market.buyer.ledger(order["number"]))["escrow"]["amount"] == 100_00
        assert (await rules(market.support, order, "buyer_wins")).status == 202
        await market.settles()
        assert (await market.buyer.wallet())["balance"] == 100_00


class TestThePartiesAreQuicker:
    async def test_the_seller_agrees_after_all(self, market: Market) -> None:
        order = await disputed(market)
        (await market.seller.agrees(order["number"])).ok()
        assert (await the_case(market, order))["outcome"] == "seller_agreed"
        assert (await market.buyer.wallet())["balance"] == 100_00

    async def test_the_buyer_withdraws_by_confirming(self, market: Market) -> None:
        order = await disputed(market)
        (await market.buyer.confirms(order["number"])).ok()
        assert (await the_case(market, order))["outcome"] == "withdrawn"
        assert (await market.seller.wallet())["available"] == 94_60

    async def test_a_ruling_and_an_agreement_at_once_end_the_order_once(self, market: Market) -> None:
        order = await disputed(market)
        ruled, _ = await asyncio.gather(
            rules(market.support, order, "seller_wins"), market.seller.agrees(order["number"])
        )
        await market.settles()
        case = await the_case(market, order)
        assert case["state"] == "closed"
        agreed = case["outcome"] == "seller_agreed"
        assert case["overtaken"] == (agreed and ruled.status == 202)
        wallets = ((await market.buyer.wallet())["balance"], (await market.seller.wallet())["available"])
        assert wallets == ((100_00, 0) if agreed else (0, 94_60))


class TestTheCaseFile:
    async def test_evidence_is_kept_and_seen_by_both_sides_and_support(self, market: Market) -> None:
        order = await disputed(market)
        path = f"/disputes/{order['dispute_id']}"
        (await market.seller.posts(f"{path}/evidence", {"text": "Trade log attached <b>"})).ok()
        video = {"text": "See the video", "video_reference": "Video Recording of Order " + order["number"]}
        (await market.buyer.posts(f"{path}/evidence", video)).ok()
        (await market.support.posts(f"{path}/assign")).ok()
        for actor in (market.buyer, market.seller, market.support):
            found = (await actor.gets(path)).ok()
            assert [each["role"] for each in found["evidence"]] == ["seller", "buyer"]
        page = await market.buyer.gets(f"{path}/case.html")
        assert "Trade log attached &lt;b&gt;" in page.ok()
        assert (await market.someone("eve").gets(path)).code == "not_found"
        assert (await market.someone("eve").posts(f"{path}/evidence", {"text": "x"})).code == "not_found"

    async def test_lists_are_ones_own_and_support_sees_all(self, market: Market) -> None:
        order = await disputed(market)
        mine = (await market.buyer.gets("/disputes?state=open")).ok()["items"]
        assert [each["order_number"] for each in mine] == [order["number"]]
        assert (await market.someone("eve").gets("/disputes")).ok()["items"] == []
        found = (await market.support.gets(f"/disputes?order={order['number']}")).ok()["items"]
        assert [each["id"] for each in found] == [order["dispute_id"]]


async def steps(market: Market, order: Any) -> list[str]:
    """The rows of the case's trail."""
    return [step["row"] for step in (await the_case(market, order))["steps"]]


async def the_case(market: Market, order: Any) -> Any:
    """The case file of a disputed order."""
    return (await market.support.gets(f"/disputes/{order['dispute_id']}")).ok()


async def rules(
    actor: Any, order: Any, outcome: str, amount: int | None = None, reason: str = "Proof is complete"
) -> Any:
    """Somebody of support rules."""
    body: dict[str, Any] = {"outcome": outcome, "reason": reason}
    if amount is not None:
        body["buyer_amount"] = {"amount": amount, "currency": "MYR"}
    return await actor.posts(f"/disputes/{order['dispute_id']}/decision", body)

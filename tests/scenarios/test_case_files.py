"""The case file: who added what, who has the case, what was ruled, and all of it on one page to print."""

from typing import Any

import pytest

from deploy.docs.applications import application
from services.disputes.domain.case import CaseTimeouts
from tests.scenarios.steps import disputed
from tests.support.market import Actor, Market
from tests.support.races.meeting import in_line
from tests.support.races.orders import HOLD
from tests.support.scenarios.conduct import ruling

EVIL = "<script>alert('1')</script> & \"quotes\""


class TestEvidence:
    async def test_each_side_and_support_add_texts_and_videos_and_all_read_them(self, market: Market) -> None:
        order, support = await disputed(market), market.support
        path = f"/disputes/{order['dispute_id']}"
        for who in (market.buyer, market.seller, support):
            body = {"text": f"Seen by {who.name}", "video_reference": f"Video Recording of Order {order['number']}"}
            assert (await who.posts(f"{path}/evidence", body)).status == 201
        for who in (market.buyer, market.seller, support):
            found = (await who.gets(path)).ok()["evidence"]
            assert [(each["by"], each["role"]) for each in found] == [
                (market.buyer.name, "buyer"),
                (market.seller.name, "seller"),
                (support.name, "support"),
            ]
            assert {each["video_reference"] for each in found} == {f"Video Recording of Order {order['number']}"}
        published = await market.events(order["number"], "disputes")
        assert [each["event"] for each in published] == ["dispute.opened", *["dispute.evidence_added"] * 3]

    async def test_nothing_is_added_when_it_is_decided(self, market: Market) -> None:
        order = await disputed(market)
        path = f"/disputes/{order['dispute_id']}"
        (await market.support.posts(f"{path}/decision", ruling("buyer_wins"))).ok()
        late = await market.seller.posts(f"{path}/evidence", {"text": "One more thing"})
        assert (late.status, late.code) == (409, "wrong_status")
        assert (await market.support.posts(f"{path}/assign")).code == "wrong_status"


class TestWhoHasTheCase:
    async def test_somebody_of_support_takes_it_and_somebody_else_may_take_it_over(self, market: Market) -> None:
        order = await disputed(market)
        path = f"/disputes/{order['dispute_id']}"
        for who in (market.support, market.support):
            assert (await who.posts(f"{path}/assign")).ok()["assigned_to"] == who.name
        assert (await market.seller.posts(f"{path}/assign")).code == "forbidden"

    async def test_nobody_takes_or_rules_on_their_own(self, market: Market) -> None:
        order = await disputed(market)
        path = f"/disputes/{order['dispute_id']}"
        for party in (market.buyer, market.seller):
            own = as_support(market, party)
            assert (await own.posts(f"{path}/assign")).code == "not_a_party"
            assert (await own.posts(f"{path}/decision", ruling("buyer_wins"))).code == "not_a_party"
            assert (await own.decides(order["number"], "refund")).code == "not_a_party"
        assert await market.buyer.status(order["number"]) == "disputed"

    async def test_activity_puts_the_reminder_off(self, market: Market) -> None:
        order = await disputed(market)
        path = f"/disputes/{order['dispute_id']}"
        for at, due in (("50:00:00", "74:00:00"), ("60:00:00", "84:00:00")):
            await market.at(at)
            (await market.support.posts(f"{path}/assign")).ok()
            clock = (await market.support.gets(path)).ok()["clock"]
            assert clock == {"kind": "reminder", "due_at": market.written(due)}
        rows = [each["row"] for each in (await market.support.gets(path)).ok()["steps"]]
        assert rows == ["C0", "C2", "C2"]

    @pytest.mark.parametrize(("reminder", "escalation"), [(24 * 3600, 14 * 24 * 3600), (3600, 7200)])
    def test_how_long_it_may_lie_is_a_setting(self, reminder: int, escalation: int) -> None:
        shown = {"MARKET_REMINDER_SECONDS": str(reminder), "MARKET_ESCALATION_SECONDS": str(escalation)}
        built = application("disputes", {} if reminder == 24 * 3600 else shown)
        assert built.state.settings.timeouts == CaseTimeouts(reminder, escalation)


class TestARulingThatWasOvertaken:
    async def test_is_shown_in_the_case_and_to_both(self, market: Market) -> None:
        order = await disputed(market)
        path = f"/disputes/{order['dispute_id']}"
        contenders = [
            lambda: market.seller.posts(f"/orders/{order['number']}/refund-request/agree"),
            lambda: market.support.posts(f"{path}/decision", ruling("seller_wins")),
        ]
        await in_line(market, "orders", HOLD, (order["number"],), *contenders)
        await market.settles()
        case = (await market.seller.gets(path)).ok()
        assert (case["state"], case["outcome"], case["overtaken"]) == ("closed", "seller_agreed", True)
        assert case["decision"]["outcome"] == "seller_wins"
        assert "the ruling was overtaken" in (await market.buyer.gets(f"{path}/case.html")).ok()
        last = (await market.events(order["number"], "disputes"))[-1]
        assert (last["event"], last["body"]["overtaken"]) == ("dispute.closed", True)
        assert (last["body"]["buyer"], last["body"]["seller"]) == (market.buyer.name, market.seller.name)


class TestThePrintedPage:
    async def test_says_what_the_json_says(self, market: Market) -> None:
        order = await disputed(market)
        path = f"/disputes/{order['dispute_id']}"
        (await market.support.posts(f"{path}/assign")).ok()
        (await market.support.posts(f"{path}/decision", ruling("split", 40_00))).ok()
        await market.settles()
        case = (await market.buyer.gets(path)).ok()
        page = (await market.buyer.gets(f"{path}/case.html")).ok()
        shown = [case[name] for name in ("order_number", "buyer", "seller", "assigned_to")]
        shown += [f'datetime="{case[name]}"' for name in ("opened_at", "active_at", "closed_at")]
        shown += [case["decision"]["reason"], case["decision"]["by"], case["order"]["payment_number"]]
        shown += [line["why"] for line in case["order"]["history"]] + [step["why"] for step in case["steps"]]
        shown += ["The money is split", "MYR 100.00", "MYR 40.00", "MYR 56.76", "3 days", "5 %"]
        shown += [case["order"]["refund_request"]["description"], case["order"]["refund_request"]["refusal_reason"]]
        assert [each for each in shown if each not in page] == []

    async def test_whatever_people_wrote_is_escaped(self, market: Market) -> None:
        order = await disputed(market)
        path = f"/disputes/{order['dispute_id']}"
        for who in (market.buyer, market.seller, market.support):
            (await who.posts(f"{path}/evidence", {"text": EVIL, "video_reference": EVIL})).ok()
        (await market.support.posts(f"{path}/decision", {**ruling("buyer_wins"), "reason": EVIL})).ok()
        await market.settles()
        answer = await market.seller.gets(f"{path}/case.html")
        page: Any = answer.ok()
        assert "<script" not in page
        assert page.count("&lt;script&gt;") >= 7
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert (await market.someone("eve").gets(f"{path}/case.html")).code == "not_found"


def as_support(market: Market, party: Actor) -> Actor:
    """The same person, who also works for support."""
    return Actor(market, party.name, ("user", "support"), {})

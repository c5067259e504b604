"""What support decides about accounts, what every service does about it, and the records that support works through."""

from typing import Any

import pytest

from deploy.client.http import Answer
from deploy.client.person import a_listing
from tests.scenarios.steps import delivered, disputed, paid, placed
from tests.support.market import Actor, Market

WHY = "Looked at it twice"


class TestSupportSuspends:
    async def test_no_service_serves_a_suspended_seller(self, market: Market) -> None:
        order, case = await paid(market), await disputed(market)
        theirs = await market.someone("other").lists()
        await decides(market, market.seller, "suspend")
        seller, number = market.seller, order["number"]
        refused = [
            await seller.delivers(number),
            await seller.gives_back(number),
            await seller.agrees(case["number"]),
            await seller.puts(f"/listings/new-{seller.name}", a_listing()),
            await seller.puts("/store", {"open": False}),
            await seller.posts("/checkouts", {"lines": [{"listing_id": theirs, "quantity": 1}]}),
        ]
        assert {(each.status, each.code) for each in refused} == {(403, "account_suspended")}
        (await seller.posts(f"/disputes/{case['dispute_id']}/evidence", {"text": "Look at this"})).ok()
        assert {each["code"] for each in (await seller.sees(number))["actions"]} == {"account_suspended"}
        assert (await market.nobody.gets(f"/listings/{order['listing_id']}")).code == "listing_not_found"
        assert (await market.nobody.gets(f"/listings?seller={seller.name}")).ok()["items"] == []
        lines = {"lines": [{"listing_id": order["listing_id"], "quantity": 1}]}
        assert (await market.buyer.posts("/checkouts", lines)).code == "listing_not_found"

    async def test_no_service_serves_a_suspended_buyer(self, market: Market) -> None:
        unpaid, order = await placed(market), await delivered(market, at="00:30:00")
        await decides(market, market.buyer, "suspend")
        buyer, number = market.buyer, order["number"]
        refused = [
            await buyer.confirms(number),
            await buyer.requests_refund(number),
            await buyer.deletes(unpaid["number"]),
            await buyer.attempts(unpaid["payment_number"]),
            await buyer.pays_from_balance(unpaid["payment_number"]),
        ]
        assert {(each.status, each.code) for each in refused} == {(403, "account_suspended")}
        await market.at("72:30:00")
        assert await buyer.status(number) == "completed"
        late = await buyer.posts(f"/orders/{number}/review", {"rating": 5, "text": "Fine"})
        assert (late.status, late.code) == (403, "account_suspended")

    async def test_support_can_still_end_the_orders_of_a_suspended_account(self, market: Market) -> None:
        order = await paid(market)
        await decides(market, market.seller, "suspend")
        assert (await market.support.decides(order["number"], "refund")).ok()["status"] == "refunded"
        assert (await market.buyer.wallet())["balance"] == 100_00

    @pytest.mark.parametrize("permanent", [True, False])
    async def test_for_a_while_or_for_ever(self, market: Market, permanent: bool) -> None:
        listing_id = await market.seller.lists()
        shown = (await decides(market, market.seller, "suspend", permanent=permanent)).ok()
        assert shown["standing"] == ("terminated" if permanent else "suspended")
        back = await decides(market, market.seller, "reinstate")
        assert back.code == ("wrong_status" if permanent else None)
        seen = await market.nobody.gets(f"/listings/{listing_id}")
        assert seen.code == ("listing_not_found" if permanent else None)
        assert (await decides(market, market.seller, "suspend")).code == ("wrong_status" if permanent else None)


class TestWhatSupportDidIsRecorded:
    async def test_with_who_when_and_why_and_only_support_reads_it(self, market: Market) -> None:
        support, seller = market.support, market.seller
        for text in ("Call 012-345 6789", "mail me: dawn.trader@example.com"):
            await seller.puts(f"/listings/new-{seller.name}", a_listing(description=text))
            await market.settles()
        (first, _) = (await support.gets(f"/conduct/{seller.name}")).ok()["offences"]
        await decides(market, seller, f"offences/{first['id']}/annul", support)
        again = await decides(market, seller, f"offences/{first['id']}/annul", support)
        assert (again.status, again.code) == (409, "wrong_status")
        await decides(market, seller, "reinstate", support)
        await decides(market, seller, "suspend", support, freeze=True)
        found = (await support.gets(f"/conduct/{seller.name}")).ok()
        steps = [(each["row"], each["by"], each["standing"]) for each in found["steps"]]
        assert steps == [
            ("O1", None, "warned"),
            ("O2", None, "suspended"),
            ("O4", support.name, "suspended"),
            ("O6", support.name, "warned"),
            ("O5", support.name, "suspended"),
        ]
        assert {each["reason"] for each in found["steps"][2:]} == {WHY}
        assert [each["annulled"] for each in found["offences"]] == [True, False]
        own = (await seller.gets(f"/conduct/{seller.name}")).ok()
        assert (own["standing"], own["frozen"], own["steps"]) == ("suspended", True, [])
        assert (await market.buyer.gets(f"/conduct/{seller.name}")).code == "forbidden"

    @pytest.mark.parametrize("what", ["suspend", "reinstate", "offences/00000000-0000-0000-0000-000000000001/annul"])
    async def test_nothing_is_done_without_a_reason_or_by_anybody_else(self, market: Market, what: str) -> None:
        path = f"/conduct/{market.seller.name}/{what}"
        for body in (None, {}, {"reason": None}, {"reason": "\u200b"}):
            bare = await market.support.posts(path, body)
            assert (bare.status, bare.code) == (422, "reason_required")
        for who in (market.buyer, market.seller):
            assert (await who.posts(path, {"reason": WHY})).code == "forbidden"
        support = market.support
        assert (await support.posts(f"/conduct/{support.name}/{what}", {"reason": WHY})).code == "not_a_party"
        found = (await market.support.gets(f"/conduct/{market.seller.name}")).ok()
        assert (found["standing"], found["steps"]) == ("active", [])

    async def test_nobody_active_is_reinstated_and_no_unknown_offence_annulled(self, market: Market) -> None:
        assert (await decides(market, market.seller, "reinstate")).code == "wrong_status"
        unknown = "offences/00000000-0000-0000-0000-000000000001/annul"
        assert (await decides(market, market.seller, unknown)).code == "not_found"


class TestRecordsForSupport:
    async def test_anybody_reports_conduct_and_support_notes_the_rest(self, market: Market) -> None:
        path = f"/conduct/{market.seller.name}/flags"
        rude = (await market.buyer.posts(path, {"kind": "conduct_report", "text": "Rude <b>in</b> the trade"})).ok()
        for kind in ("duplicate_listing", "off_site_offer"):
            body = {"kind": kind, "text": "Seen today"}
            assert (await market.buyer.posts(path, body)).code == "forbidden"
            assert (await market.support.posts(path, body)).ok()["kind"] == kind
        assert (rude["by"], rude["text"], rude["resolved_at"]) == (market.buyer.name, "Rude <b>in</b> the trade", None)
        assert await listed(market) == ["conduct_report", "duplicate_listing", "off_site_offer"]
        assert await listed(market, kind="off_site_offer") == ["off_site_offer"]
        assert (await market.buyer.gets("/flags")).code == "forbidden"
        found = (await market.support.gets(f"/conduct/{market.seller.name}")).ok()
        assert (found["standing"], found["counted_offences"]) == ("active", 0)

    async def test_support_resolves_one_with_a_note_once(self, market: Market) -> None:
        report = {"kind": "conduct_report", "text": "Rude in the trade"}
        flag = (await market.buyer.posts(f"/conduct/{market.seller.name}/flags", report)).ok()
        path, note = f"/flags/{flag['id']}/resolve", {"resolution": "Talked to both"}
        assert (await market.buyer.posts(path, note)).code == "forbidden"
        support = market.support
        done = (await support.posts(path, note)).ok()
        assert (done["resolved_by"], done["resolution"]) == (support.name, "Talked to both")
        assert done["resolved_at"] is not None
        again = await support.posts(path, {"resolution": "Again"})
        assert (again.status, again.code, again.body["current"]) == (409, "wrong_status", {"open": False})
        unknown = "/flags/00000000-0000-0000-0000-000000000001/resolve"
        assert (await support.posts(unknown, note)).code == "not_found"
        assert await listed(market, open="true") == []
        assert await listed(market, open="false") == ["conduct_report"]


async def decides(market: Market, actor: Actor, what: str, support: Actor | None = None, **more: Any) -> Answer:
    """Support decides about somebody, for a reason; every service has consumed it when this returns."""
    answer = await (support or market.support).posts(f"/conduct/{actor.name}/{what}", {"reason": WHY, **more})
    await market.settles()
    return answer


async def listed(market: Market, **filters: str) -> list[str]:
    """The kinds of the records about this test's seller."""
    query = "&".join(f"{name}={value}" for name, value in filters.items())
    found = (await market.support.gets(f"/flags?user={market.seller.name}&{query}")).ok()["items"]
    return [each["kind"] for each in found]

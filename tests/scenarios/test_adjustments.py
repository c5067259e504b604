"""Support gives me something for my trouble, or takes what I got by fraud."""

from deploy.client.http import Answer
from tests.support.market import Actor, Market


async def adjusts(support: Actor, kind: str, user: str, amount: int) -> Answer:
    """Somebody of support asks for an adjustment."""
    money = {"amount": amount, "currency": "MYR"}
    body = {"kind": kind, "user": user, "amount": money, "reason": "Looked at it"}
    return await support.posts("/adjustments", body)


class TestGoodwill:
    async def test_of_a_small_amount_is_in_my_balance_at_once(self, market: Market) -> None:
        made = (await adjusts(market.support, "goodwill", market.buyer.name, 100_00)).ok()
        assert (made["state"], made["needs_second"]) == ("booked", False)
        assert (await market.buyer.wallet())["balance"] == 100_00
        (line,) = (await market.buyer.gets("/balance/entries")).ok()["items"]
        assert (line["story"], line["amount"]["amount"], line["why"]) == ("adjustment", 100_00, None)

    async def test_of_a_large_amount_needs_a_second_person_who_is_not_me(self, market: Market) -> None:
        first, second = market.support, market.support
        made = (await adjusts(first, "goodwill", market.buyer.name, 100_01)).ok()
        assert (made["state"], made["requested_by"]) == ("pending", first.name)
        waiting = (await second.gets(f"/adjustments?state=pending&user={market.buyer.name}")).ok()["items"]
        assert [each["id"] for each in waiting] == [made["id"]]
        path = f"/adjustments/{made['id']}/approve"
        assert (await first.posts(path)).code == "not_a_party"
        assert (await market.buyer.posts(path)).code == "forbidden"
        assert (await market.buyer.wallet())["balance"] == 0
        approved = (await second.posts(path)).ok()
        assert (approved["state"], approved["decided_by"]) == ("booked", second.name)
        assert (await second.posts(path)).code == "wrong_status"
        assert (await market.buyer.wallet())["balance"] == 100_01

    async def test_that_is_rejected_moves_nothing(self, market: Market) -> None:
        made = (await adjusts(market.support, "goodwill", market.buyer.name, 100_01)).ok()
        assert (await market.support.posts(f"/adjustments/{made['id']}/reject")).ok()["state"] == "rejected"
        assert (await market.support.posts(f"/adjustments/{made['id']}/approve")).code == "wrong_status"
        assert (await market.buyer.wallet())["balance"] == 0

    async def test_needs_a_reason(self, market: Market) -> None:
        body = {"kind": "goodwill", "user": market.buyer.name, "amount": {"amount": 1, "currency": "MYR"}}
        assert (await market.support.posts("/adjustments", body)).code == "reason_required"


class TestSupportLooksThemUp:
    async def test_page_by_page_the_newest_first_about_one_user(self, market: Market) -> None:
        made = [(await adjusts(market.support, "goodwill", market.buyer.name, amount)).ok() for amount in (1, 2, 3)]
        await adjusts(market.support, "goodwill", market.seller.name, 4)
        path = f"/adjustments?user={market.buyer.name}&limit=2"
        first = (await market.support.gets(path)).ok()
        second = (await market.support.gets(f"{path}&cursor={first['next_cursor']}")).ok()
        found = [[each["id"] for each in page["items"]] for page in (first, second)]
        ids = [each["id"] for each in made]
        assert (found, second["next_cursor"]) == ([[ids[2], ids[1]], [ids[0]]], None)


class TestAForfeit:
    async def test_takes_what_is_frozen_and_no_more(self, market: Market) -> None:
        user = market.buyer
        (await adjusts(market.support, "goodwill", user.name, 50_00)).ok()
        why = {"freeze": True, "reason": "Several accounts"}
        (await market.support.posts(f"/conduct/{user.name}/suspend", why)).ok()
        await market.settles()
        assert (await user.wallet())["frozen_balance"] == 50_00
        refused = await adjusts(market.support, "forfeit", user.name, 50_01)
        assert (refused.status, refused.code) == (409, "balance_insufficient")
        assert refused.body["current"] == {"balance": {"amount": 50_00, "currency": "MYR"}}
        (await adjusts(market.support, "forfeit", user.name, 30_00)).ok()
        assert (await user.wallet())["frozen_balance"] == 20_00
        (await market.support.posts(f"/conduct/{user.name}/reinstate", {"reason": "Enough"})).ok()
        await market.settles()
        wallet = await user.wallet()
        assert (wallet["balance"], wallet["frozen_balance"]) == (20_00, 0)

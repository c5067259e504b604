"""What a front end lists: offers by words and price, one's own drafts, reviews, orders by date and status."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared.clock import written
from shared.db.migrations import differences
from tests.scenarios.steps import delivered, disputed, paid, placed
from tests.support.market import Actor, Market


async def every(who: Actor, path: str) -> list[Any]:
    """All items of a list, two at a time."""
    items: list[Any] = []
    following = ""
    while True:
        page = (await who.gets(f"{path}limit=2{following}")).ok()
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        assert len(page["items"]) == 2
        following = f"&cursor={page['next_cursor']}"


async def ids(who: Actor, query: str) -> list[str]:
    """The listing ids of a search, in order."""
    return [each["listing_id"] for each in await every(who, f"/listings?{query}&")]


class TestLookingForSomethingToBuy:
    async def test_words_prices_and_orders(self, market: Market) -> None:
        seller, mark = market.seller, uuid4().hex[:8]
        offers = (("Sword of Dawn", 300), ("Gold 金币 100%", 100), ("Golden sword", 200), ("Shield_x", 200))
        made = []
        for second, (title, price) in enumerate(offers):
            await market.at(f"00:00:0{second}")
            made.append(await seller.lists(price, title=f"{title} {mark}"))
        draft = await seller.lists(50, title=f"Draft {mark}", state="draft")
        sword, coins, golden, shield = made
        found = {
            f"q={mark}": made,
            f"q={mark}&sort=newest": made[::-1],
            f"q=SWORD+{mark}": [sword, golden],
            f"q={mark}+gold": [coins, golden],
            f"q=%E9%87%91%E5%B8%81+{mark}": [coins],
            f"q=100%25+{mark}": [coins],
            f"q=%25+{mark}": [coins],
            f"q=_+{mark}": [shield],
            f"q=%5C+{mark}": [],
            f"q={mark}&currency=MYR&min_price=200": [sword, golden, shield],
            f"q={mark}&currency=MYR&min_price=101&max_price=299": [golden, shield],
            f"q={mark}&currency=EUR": [],
            f"q={mark}&category=account": [],
            f"seller={seller.name}&currency=MYR&sort=lowest_price": [coins, *sorted([golden, shield]), sword],
            f"seller={seller.name}&currency=MYR&sort=highest_price": [sword, *sorted([golden, shield])[::-1], coins],
        }
        assert {query: await ids(market.nobody, query) for query in found} == found
        assert draft not in await ids(market.buyer, f"q={mark}")

    async def test_a_search_that_can_not_be_right(self, market: Market) -> None:
        for query in (
            *("sort=lowest_price", "min_price=1", "max_price=1", "sort=best", "state=draft", "mine=true&state=gone"),
            *("q=a+b+c+d+e+f+g+h+i", "currency=MYR&min_price=-1", "cursor=W10"),
        ):
            assert (await market.buyer.gets(f"/listings?{query}")).code == "validation_failed", query
        await market.seller.lists()
        await market.seller.lists()
        page = (await market.nobody.gets(f"/listings?seller={market.seller.name}&limit=1")).ok()
        other = f"/listings?sort=newest&cursor={page['next_cursor']}"
        assert (await market.nobody.gets(other)).code == "validation_failed"


class TestASellersOwnListings:
    async def test_drafts_too_also_while_the_store_is_closed(self, market: Market) -> None:
        live = await market.seller.lists()
        await market.at("00:00:01")
        draft = await market.seller.lists(state="draft")
        (await market.seller.puts("/store", {"open": False})).ok()
        assert await ids(market.seller, "mine=true") == [live, draft]
        assert await ids(market.seller, "mine=true&state=draft") == [draft]
        assert await ids(market.seller, "mine=true&state=live&sort=newest") == [live]
        assert await ids(market.buyer, "mine=true") == []
        assert await ids(market.buyer, f"mine=true&seller={market.seller.name}") == []
        assert (await market.nobody.gets("/listings?mine=true")).code == "unauthenticated"


class TestReviewsOfASeller:
    async def test_everybody_reads_them_without_names_and_without_hidden_ones(self, market: Market) -> None:
        numbers = []
        for rating in (5, 4, 1):
            order = await delivered(market)
            (await market.buyer.confirms(order["number"])).ok()
            review = {"rating": rating, "text": f"It was {rating}"}
            (await market.buyer.posts(f"/orders/{order['number']}/review", review)).ok()
            numbers.append(order["number"])
        (await market.seller.posts(f"/orders/{numbers[1]}/review/reply", {"rating": 5, "text": "Thank you"})).ok()
        (await market.seller.posts(f"/orders/{numbers[2]}/review/report", {"text": "Insulting"})).ok()
        path = f"/sellers/{market.seller.name}/reviews?"
        assert {each["rating"] for each in await every(market.nobody, path)} == {5, 4, 1}
        (await market.support.posts(f"/orders/{numbers[2]}/review/report/uphold")).ok()
        seen = {each["rating"]: each for each in await every(market.nobody, path)}
        assert set(seen) == {5, 4}
        assert (seen[4]["text"], seen[4]["reply_text"], seen[5]["reply_text"]) == ("It was 4", "Thank you", None)
        assert market.buyer.name not in str(seen)
        assert (await market.nobody.gets("/sellers/nobody-knows/reviews")).ok() == {"items": [], "next_cursor": None}


class TestMyOrdersByDateAndStatus:
    async def test_from_is_inclusive_to_is_not_and_the_summary_counts_the_same(self, market: Market) -> None:
        listing = await market.seller.lists(40_00)
        placed_at = []
        for clock in ("00:00:00", "01:00:00", "02:00:00"):
            await market.at(clock)
            order = (await market.buyer.orders(listing))["orders"][0]
            await market.buyer.pays(order["payment_number"])
            placed_at.append(order["placed_at"])
        (await market.seller.gives_back(order["number"])).ok()
        window = f"from={placed_at[1]}&to={placed_at[2]}"
        assert [each["placed_at"] for each in await every(market.buyer, f"/orders?{window}&")] == [placed_at[1]]
        assert [each["placed_at"] for each in await every(market.seller, f"/orders?as=seller&{window}&")] == [
            placed_at[1]
        ]
        own = (await market.buyer.gets("/orders/summary")).ok()
        money = {"refunded": 40_00, "waiting_delivery": 80_00}
        assert own["total"] == 3
        assert {each["status"]: each["amount"] for each in own["items"]} == {
            status: {"amount": amount, "currency": "MYR"} for status, amount in money.items()
        }
        assert [each["count"] for each in own["items"]] == [1, 2]
        assert (await market.buyer.gets(f"/orders/summary?{window}")).ok()["total"] == 1
        assert (await market.seller.gets("/orders/summary?as=seller&status=refunded")).ok()["total"] == 1
        assert (await market.seller.gets("/orders/summary")).ok() == {"total": 0, "items": []}
        for query in ("from=yesterday", f"from={written(market.t0 - timedelta(days=90_000))}", "to=2026-01-01"):
            assert (await market.buyer.gets(f"/orders/summary?{query}")).code == "validation_failed"


class TestSupportsListOverEverybody:
    async def test_disputed_orders_of_all_and_of_one(self, market: Market) -> None:
        order, other = await disputed(market), await placed(market)
        support = market.support
        found = await every(support, "/orders?status=disputed&")
        assert order["number"] in [each["number"] for each in found]
        assert {each["status"] for each in found} == {"disputed"}
        for query in (f"buyer={market.buyer.name}", f"buyer={market.buyer.name}&seller={market.seller.name}"):
            seen = await every(support, f"/orders?status=disputed&{query}&")
            assert [each["number"] for each in seen] == [order["number"]]
            assert [each["name"] for each in seen[0]["actions"]] == ["force_decision"]
        mine = await every(support, f"/orders?buyer={market.buyer.name}&")
        assert {each["number"] for each in mine} == {order["number"], other["number"]}
        assert (await support.gets("/orders?as=buyer")).ok()["items"] == []
        assert (await support.gets(f"/orders/summary?buyer={market.buyer.name}")).ok()["total"] == 2
        both = Actor(market, market.buyer.name, ("user", "support"), {})
        seen = await every(both, f"/orders?buyer={market.buyer.name}&status=disputed&")
        assert "escalate" in [each["name"] for each in seen[0]["actions"]]

    async def test_is_closed_to_everybody_else(self, market: Market) -> None:
        order = await paid(market)
        for query in (f"buyer={market.buyer.name}", f"seller={market.seller.name}"):
            for who in (market.buyer, market.seller, market.someone("op", "operator")):
                assert (await who.gets(f"/orders?{query}")).code == "forbidden"
                assert (await who.gets(f"/orders/summary?{query}")).code == "forbidden"
        eve = market.someone("eve")
        assert (await eve.gets(f"/orders?payment_number={order['payment_number']}")).ok()["items"] == []
        assert (await eve.gets("/orders/summary")).ok()["total"] == 0


class TestWhatTheListsStandOn:
    @pytest.mark.parametrize("service", ["orders", "payments"])
    async def test_every_index_of_the_models_is_migrated(self, market: Market, service: str) -> None:
        assert await differences(service, market.stack.admin_dsn(service)) == []

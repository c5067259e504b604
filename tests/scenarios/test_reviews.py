"""What buyers and sellers say about each other after a trade."""

from typing import Any

import pytest

from deploy.client.http import Answer
from tests.scenarios.steps import delivered, paid
from tests.support.market import Market


class TestReviews:
    async def test_scenario_72_one_review_one_reply_no_edits(self, market: Market) -> None:
        order = await completed(market)
        assert (await reviews(market, order, 5)).ok()["review"]["rating"] == 5
        assert (await reviews(market, order, 1)).code == "review_exists"
        assert (await replies(market, order)).ok()["review"]["reply_text"] == "You too"
        assert (await replies(market, order)).code == "reply_exists"
        edit = {"rating": 1, "text": "On second thought"}
        for method, path in (
            ("POST", "review"),
            ("POST", "review/reply"),
            ("PUT", "review/reply"),
            ("PATCH", "review"),
        ):
            assert (await market.seller.sends(method, f"/orders/{order['number']}/{path}", edit)).status >= 400
        stored = (await market.buyer.sees(order["number"]))["review"]
        assert (stored["rating"], stored["reply_rating"], stored["reply_text"]) == (5, 5, "You too")
        page = (await market.nobody.gets(f"/sellers/{market.seller.name}")).ok()
        assert (page["completed_orders"], page["level"], page["reviews"]) == (1, 1, 1)
        assert (page["rating_average_hundredths"], page["delivered_on_time_basis_points"]) == (500, 10_000)
        assert (await market.published(order["number"]))[-2:] == ["review.posted", "review.replied"]

    async def test_scenario_73_a_report_after_29_days_is_in_time(self, market: Market) -> None:
        order = await completed(market)
        (await reviews(market, order, 1)).ok()
        await market.at("707:00:00")
        (await reports(market, order)).ok()
        assert (await reports(market, order)).code == "report_exists"
        assert (await market.published(order["number"])).count("review.reported") == 1

    async def test_scenario_73_a_report_within_30_days_once(self, market: Market) -> None:
        order = await completed(market)
        (await reviews(market, order, 1)).ok()
        await market.at("730:59:59.999")
        assert act(await market.seller.sees(order["number"]), "report_review")["allowed"]
        (await reports(market, order)).ok()
        assert (await reports(market, order)).code == "report_exists"
        support = market.support
        assert (await market.buyer.posts(f"/orders/{order['number']}/review/report/uphold")).code == "forbidden"
        (await support.posts(f"/orders/{order['number']}/review/report/uphold")).ok()
        assert (await support.posts(f"/orders/{order['number']}/review/report/reject")).code == "wrong_status"
        page = (await market.nobody.gets(f"/sellers/{market.seller.name}")).ok()
        assert (page["reviews"], page["rating_average_hundredths"]) == (0, None)

    async def test_support_finds_what_it_has_to_decide_about_the_oldest_report_first(self, market: Market) -> None:
        orders = [await completed(market), await completed_at_once(market), await completed_at_once(market)]
        numbers = [order["number"] for order in orders]
        for order in orders:
            (await reviews(market, order, 1)).ok()
        for order, at in zip(reversed(orders), ("20:00:00", "21:00:00", "21:00:00"), strict=True):
            await market.at(at)
            (await reports(market, order)).ok()
        assert (await market.seller.gets("/reviews/reported")).code == "forbidden"
        assert await reported(market, numbers) == [numbers[2], *sorted(numbers[:2])]
        (await market.support.posts(f"/orders/{numbers[2]}/review/report/reject")).ok()
        (await market.support.posts(f"/orders/{numbers[1]}/review/report/uphold")).ok()
        assert await reported(market, numbers) == [numbers[0]]
        (await market.support.posts(f"/orders/{numbers[0]}/review/report/reject")).ok()

    @pytest.mark.parametrize("at", ["731:00:00", "755:00:00"])
    async def test_scenario_73_after_30_days_it_is_too_late(self, market: Market, at: str) -> None:
        order = await completed(market)
        (await reviews(market, order, 1)).ok()
        await market.at(at)
        refused = await reports(market, order)
        assert (refused.status, refused.code) == (409, "window_closed")

    async def test_only_a_completed_order_is_reviewed_and_only_by_its_buyer(self, market: Market) -> None:
        order = await delivered(market)
        assert (await reviews(market, order, 5)).code == "wrong_status"
        assert (await replies(market, order)).code == "wrong_status"
        await market.at("82:00:00", fire=False)
        body = {"rating": 4, "text": "Fine"}
        assert (await market.seller.posts(f"/orders/{order['number']}/review", body)).code == "not_a_party"
        shown = await market.buyer.previews(order["number"], "review", body)
        assert (shown["allowed"], shown["row"], shown["event"]) == (True, "R1", "review.posted")
        assert (await reviews(market, order, 4)).ok()["status"] == "completed"

    async def test_30_days_after_completion_no_review_any_more(self, market: Market) -> None:
        order = await completed(market)
        await market.at("731:00:00")
        assert (await reviews(market, order, 5)).code == "window_closed"


async def completed(market: Market) -> Any:
    """An order that its buyer confirmed at 11:00:00."""
    order = await delivered(market)
    await market.at("11:00:00")
    return (await market.buyer.confirms(order["number"])).ok()


async def completed_at_once(market: Market) -> Any:
    """An order that is paid, delivered and confirmed now."""
    order = await paid(market)
    (await market.seller.delivers(order["number"])).ok()
    return (await market.buyer.confirms(order["number"])).ok()


async def reported(market: Market, numbers: list[str]) -> list[str]:
    """Which of these orders wait for support's decision about their review, read two at a time."""
    found: list[str] = []
    query = "limit=2"
    while True:
        page = (await market.support.gets(f"/reviews/reported?{query}")).ok()
        assert all(each["review"]["report_state"] == "open" for each in page["items"])
        found += [each["number"] for each in page["items"] if each["number"] in numbers]
        if page["next_cursor"] is None:
            return found
        query = f"limit=2&cursor={page['next_cursor']}"


async def reviews(market: Market, order: Any, rating: int) -> Answer:
    """The buyer reviews."""
    return await market.buyer.posts(f"/orders/{order['number']}/review", {"rating": rating, "text": "Quick trade"})


async def replies(market: Market, order: Any) -> Answer:
    """The seller replies."""
    return await market.seller.posts(f"/orders/{order['number']}/review/reply", {"rating": 5, "text": "You too"})


async def reports(market: Market, order: Any) -> Answer:
    """The seller reports the review."""
    return await market.seller.posts(f"/orders/{order['number']}/review/report", {"text": "Insulting"})


def act(order: Any, name: str) -> Any:
    """One of the order's actions."""
    return next(each for each in order["actions"] if each["name"] == name)

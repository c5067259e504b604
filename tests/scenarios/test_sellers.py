"""What everybody can see of a seller: sales and level, reviews and their average, whether promised hours are kept."""

from typing import Any

from tests.support.market import Market
from tests.support.races.orders import placed_orders

GIVEN_BACK = {"reason": "out_of_stock", "description": "Sold elsewhere"}


class TestASellersPage:
    async def test_of_somebody_who_never_sold_anything_is_empty(self, market: Market) -> None:
        found = await page(market)
        assert (found["completed_orders"], found["level"], found["reviews"], found["store_open"]) == (0, 1, 0, True)
        assert (found["rating_average_hundredths"], found["delivered_on_time_basis_points"]) == (None, None)

    async def test_the_eleventh_completed_order_raises_the_level(self, market: Market) -> None:
        numbers = await placed_orders(market, 12, paid=True)
        for number in numbers[:11]:
            (await market.seller.posts(f"/orders/{number}/deliver")).ok()
            (await market.buyer.posts(f"/orders/{number}/confirm")).ok()
            found = await page(market)
            assert found["level"] == (2 if found["completed_orders"] >= 11 else 1)
        (await market.seller.gives_back(numbers[11])).ok()
        assert ((await page(market))["completed_orders"], (await page(market))["level"]) == (11, 2)

    async def test_a_delivery_within_the_promised_hours_is_on_time(self, market: Market) -> None:
        numbers = await placed_orders(market, 3, paid=True)
        for number, at in zip(numbers, ("23:59:59.999", "24:00:00.001", "30:00:00"), strict=True):
            await market.at(at)
            (await market.seller.posts(f"/orders/{number}/deliver")).ok()
        assert (await page(market))["delivered_on_time_basis_points"] == 3_333

    async def test_an_order_refunded_because_it_never_came_is_not_on_time(self, market: Market) -> None:
        delivered, early, late, _silent, unanswered = await placed_orders(market, 5, paid=True)
        (await market.seller.posts(f"/orders/{delivered}/deliver")).ok()
        (await market.seller.posts(f"/orders/{early}/refund", GIVEN_BACK)).ok()
        assert (await page(market))["delivered_on_time_basis_points"] == 10_000
        await market.at("01:00:00")
        (await market.buyer.requests_refund(unanswered)).ok()
        await market.at("07:00:00")
        assert (await page(market))["delivered_on_time_basis_points"] == 5_000
        await market.at("24:00:00.001")
        (await market.seller.posts(f"/orders/{late}/refund", GIVEN_BACK)).ok()
        assert (await page(market))["delivered_on_time_basis_points"] == 3_333
        await market.at("72:00:00")
        assert (await page(market))["delivered_on_time_basis_points"] == 2_500

    async def test_a_review_counts_unless_support_upholds_the_report_of_it(self, market: Market) -> None:
        numbers = await placed_orders(market, 3, paid=True)
        for number, rating in zip(numbers, (5, 4, 1), strict=True):
            (await market.seller.posts(f"/orders/{number}/deliver")).ok()
            (await market.buyer.posts(f"/orders/{number}/confirm")).ok()
            (await market.buyer.posts(f"/orders/{number}/review", {"rating": rating, "text": "As it was"})).ok()
        assert await reviews(market) == (3, 333)
        for number, verdict, left in ((numbers[1], "reject", (3, 333)), (numbers[2], "uphold", (2, 450))):
            (await market.seller.posts(f"/orders/{number}/review/report", {"text": "Insulting"})).ok()
            shown = (await market.support.posts(f"/orders/{number}/review/report/{verdict}")).ok()
            assert (shown["review"]["report_state"], shown["review"]["hidden"]) == (
                ("rejected", False) if verdict == "reject" else ("upheld", True)
            )
            assert await reviews(market) == left

    async def test_support_reads_why_a_review_was_reported_and_is_named_with_the_decision(self, market: Market) -> None:
        (number,) = await placed_orders(market, 1, paid=True)
        (await market.seller.posts(f"/orders/{number}/deliver")).ok()
        (await market.buyer.posts(f"/orders/{number}/confirm")).ok()
        (await market.buyer.posts(f"/orders/{number}/review", {"rating": 1, "text": "As it was"})).ok()
        (await market.seller.posts(f"/orders/{number}/review/report", {"text": "Insulting"})).ok()
        support = market.support
        read = (await support.sees(number))["review"]
        assert (read["text"], read["report_text"], read["report_state"]) == ("As it was", "Insulting", "open")
        (await support.posts(f"/orders/{number}/review/report/uphold")).ok()
        read = (await support.sees(number))["review"]
        assert (read["report_state"], read["decided_by"]) == ("upheld", support.name)
        assert read["decided_at"] == market.written("00:00:00")

    async def test_a_partly_refunded_order_counts_and_can_be_reviewed_a_refunded_one_not(self, market: Market) -> None:
        part, whole = await placed_orders(market, 2, paid=True)
        for number, amount in ((part, 30_00), (whole, 100_00)):
            (await market.seller.posts(f"/orders/{number}/deliver")).ok()
            (await market.buyer.requests_refund(number, amount)).ok()
            (await market.seller.agrees(number)).ok()
        review = {"rating": 3, "text": "Some of it came"}
        assert (await market.buyer.posts(f"/orders/{whole}/review", review)).code == "wrong_status"
        (await market.buyer.posts(f"/orders/{part}/review", review)).ok()
        assert ((await page(market))["completed_orders"], await reviews(market)) == (1, (1, 300))


async def page(market: Market) -> Any:
    """The page, which needs no token."""
    return (await market.nobody.gets(f"/sellers/{market.seller.name}")).ok()


async def reviews(market: Market) -> tuple[int, int]:
    """How many reviews count, and their average."""
    found = await page(market)
    return found["reviews"], found["rating_average_hundredths"]

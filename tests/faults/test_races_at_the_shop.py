"""The shop changes while somebody orders, and several people want the last piece."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from deploy.client.http import Answer
from deploy.client.person import a_listing
from deploy.stack import Stack
from tests.support.effort import EFFORT
from tests.support.market import Actor, Market
from tests.support.proof import prove_books
from tests.support.races.meeting import Contender, at_once, elsewhere, held, in_line, outcome

HOLD_LISTING = "select listing_id from listings where listing_id = $1"
OLD, NEW = 100_00, 120_00
EDIT = {name: value for name, value in a_listing().items() if name != "stock"}
STOCKS: dict[str, tuple[str, dict[str, Any], int, tuple[tuple[str, int], tuple[str, int]]]] = {
    "edit": ("PUT", EDIT, 5, (("ok", 3), ("ok", 3))),
    "absolute in an edit": ("PUT", a_listing(stock=5), 1, (("ok", 3), ("stock_exhausted", 5))),
    "absolute": ("PUT", {"stock": 5}, 1, (("ok", 3), ("stock_exhausted", 5))),
    "relative": ("POST", {"change": 4}, 3, (("ok", 5), ("ok", 5))),
}
"""How a seller changes a listing that has so many pieces while two are ordered: the answer to the buyer and the stock
afterwards, for a change that comes first and for one that comes second."""


@pytest.fixture(scope="module", autouse=True)
async def books_hold_at_the_end(stack: Stack) -> AsyncIterator[None]:
    """Over everything that these tests did; nothing that breaks them could be undone by a later test."""
    yield
    await prove_books(stack)


@pytest.fixture
async def shop(market: Market) -> AsyncIterator[Market]:
    """Everything is done when the next test begins."""
    yield market
    await market.settles()


class TestTwoWantTheLastPiece:
    async def test_the_first_gets_it_and_the_second_is_refused(self, shop: Market) -> None:
        listing_id = await shop.seller.lists(stock=1)
        buyers = [shop.someone("buyer") for _ in range(2)]
        ordering = [orders(buyer, listing_id) for buyer in buyers]
        first, second = await in_line(shop, "orders", HOLD_LISTING, (listing_id,), *ordering)
        assert (outcome(first), outcome(second)) == ("ok", "stock_exhausted")
        assert second.body["current"] == {"listing_id": listing_id, "stock": 0}

    async def test_when_it_comes_back_from_an_overdue_order_one_of_many_gets_it(self, shop: Market) -> None:
        for _ in range(EFFORT):
            await shop.starts()
            listing_id = await shop.seller.lists(stock=1)
            late = (await shop.buyer.orders(listing_id))["orders"][0]["number"]
            await shop.at("01:00:00", fire=False)
            buyers = [shop.someone("buyer") for _ in range(6)]
            answers = await at_once(shop, *(ordering_there(buyer, listing_id) for buyer in buyers))
            assert sorted(outcome(each) for each in answers) == ["ok", *["stock_exhausted"] * 5]
            assert await shop.published(late) == ["order.placed", "order.expired"]
            await shop.settles()


@pytest.mark.parametrize("change_first", [True, False])
class TestTheListingChangesWhileIOrder:
    async def test_i_pay_the_price_at_which_i_ordered(self, shop: Market, change_first: bool) -> None:
        listing_id = await shop.seller.lists(OLD)
        contenders = [puts(shop.seller, listing_id, a_listing(NEW)), orders(shop.buyer, listing_id)]
        answer = await self._ordered(shop, listing_id, contenders, change_first)
        order = answer.ok()["orders"][0]
        price = NEW if change_first else OLD
        assert (order["amount"]["amount"], answer.body["amount"]["amount"]) == (price, price)
        await shop.settles()
        await shop.buyer.pays(order["payment_number"])
        assert (await shop.buyer.sees(order["number"]))["held"]["amount"] == price

    async def test_what_is_withdrawn_cannot_be_ordered(self, shop: Market, change_first: bool) -> None:
        listing_id = await shop.seller.lists()
        contenders = [puts(shop.seller, listing_id, a_listing(state="draft")), orders(shop.buyer, listing_id)]
        answer = await self._ordered(shop, listing_id, contenders, change_first)
        assert outcome(answer) == ("listing_not_found" if change_first else "ok")

    @pytest.mark.parametrize("way", STOCKS)
    async def test_no_piece_is_sold_twice(self, shop: Market, change_first: bool, way: str) -> None:
        stock, expected = STOCKS[way][2:]
        listing_id = await shop.seller.lists(stock=stock)
        answer = await self._ordered(
            shop, listing_id, [restocks(shop.seller, listing_id, way), orders(shop.buyer, listing_id, 2)], change_first
        )
        left = (await shop.nobody.gets(f"/listings/{listing_id}")).ok()["stock"]
        assert (outcome(answer), left) == expected[0 if change_first else 1]

    async def test_a_change_of_what_was_read_before_is_refused(self, shop: Market, change_first: bool) -> None:
        listing_id = await shop.seller.lists(stock=5)
        read = (await shop.seller.gets(f"/listings/{listing_id}")).headers["etag"]
        contenders = [restocks(shop.seller, listing_id, "edit", read), orders(shop.buyer, listing_id, 3)]
        in_turn = contenders if change_first else contenders[::-1]
        answers = await in_line(shop, "orders", HOLD_LISTING, (listing_id,), *in_turn)
        assert [outcome(each) for each in answers] == ["ok", "ok" if change_first else "version_conflict"]
        assert (await shop.nobody.gets(f"/listings/{listing_id}")).ok()["stock"] == 2

    async def _ordered(self, shop: Market, listing_id: str, contenders: list[Contender], straight: bool) -> Answer:
        in_turn = contenders if straight else contenders[::-1]
        answers = await in_line(shop, "orders", HOLD_LISTING, (listing_id,), *in_turn)
        changed, answer = answers if straight else answers[::-1]
        changed.ok()
        assert isinstance(answer, Answer)
        return answer


class TestTheStoreClosesWhileIOrder:
    async def test_who_waited_until_it_was_closed_is_too_late(self, shop: Market) -> None:
        listing_id = await shop.seller.lists()
        async with held(shop, "orders", HOLD_LISTING, listing_id) as hold:
            ordering = asyncio.ensure_future(orders(shop.buyer, listing_id)())
            await hold.waiting(1)
            (await shop.seller.puts("/store", {"open": False})).ok()
        answer = await ordering
        assert outcome(answer) == "store_closed"
        assert answer.body["current"] == {"listing_id": listing_id, "open": False}

    async def test_either_i_was_in_time_or_i_am_refused(self, shop: Market) -> None:
        listing_id = await shop.seller.lists(stock=1000)
        for _ in range(3 * EFFORT):
            (await shop.seller.puts("/store", {"open": True})).ok()
            closing, *answers = await at_once(shop, closes(shop.seller), *[ordering_there(shop.buyer, listing_id)] * 3)
            closing.ok()
            assert {outcome(each) for each in answers} <= {"ok", "store_closed"}
            assert outcome(await orders(shop.buyer, listing_id)()) == "store_closed"


class TestTwoCartsInOppositeOrder:
    async def test_nobody_waits_for_ever(self, shop: Market) -> None:
        listings = [await shop.seller.lists(stock=1000) for _ in range(3)]
        for _ in range(3 * EFFORT):
            carts = [listings, listings[::-1]] * 2
            answers = await at_once(shop, *(ordering_there(shop.someone("buyer"), *cart) for cart in carts))
            assert {outcome(each) for each in answers} == {"ok"}


class TestTheSameClickTwice:
    async def test_while_the_first_is_worked_on_the_second_is_sent_away_for_now(self, shop: Market) -> None:
        listing_id = await shop.seller.lists()
        body = {"lines": [{"listing_id": listing_id, "quantity": 1}]}
        async with held(shop, "orders", HOLD_LISTING, listing_id) as hold:
            clicked = asyncio.ensure_future(shop.buyer.posts("/checkouts", body, key="one-click"))
            await hold.waiting(1)
            second = await shop.buyer.posts("/checkouts", body, key="one-click")
            assert (outcome(second), second.headers["retry-after"]) == ("request_in_progress", "1")
        first, third = await clicked, await shop.buyer.posts("/checkouts", body, key="one-click")
        assert (third.body, third.headers["idempotency-replayed"]) == (first.ok(), "true")
        assert len((await shop.buyer.gets("/orders")).ok()["items"]) == 1


def orders(buyer: Actor, listing_id: str, quantity: int = 1) -> Contender:
    return lambda: buyer.posts("/checkouts", {"lines": [{"listing_id": listing_id, "quantity": quantity}]})


def ordering_there(buyer: Actor, *listing_ids: str) -> Any:
    lines = [{"listing_id": listing_id, "quantity": 1} for listing_id in listing_ids]
    return lambda own: elsewhere(buyer, own).posts("/checkouts", {"lines": lines})


def puts(seller: Actor, listing_id: str, body: dict[str, Any]) -> Contender:
    return lambda: seller.puts(f"/listings/{listing_id}", body)


def restocks(seller: Actor, listing_id: str, way: str, if_match: str | None = None) -> Contender:
    method, body, *_ = STOCKS[way]
    path = f"/listings/{listing_id}" + ("" if "title" in body else "/stock")
    requests = elsewhere(seller, seller.market)
    requests.headers = seller.headers | ({"If-Match": if_match} if if_match is not None else {})
    return lambda: requests.sends(method, path, body)


def closes(seller: Actor) -> Any:
    return lambda own: elsewhere(seller, own).puts("/store", {"open": False})

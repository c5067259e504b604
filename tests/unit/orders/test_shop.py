"""A seller's listings and a buyer's checkout as commands: what they refuse, and what they publish."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TypeVar

import pytest

from services.orders.commands import checkout, listings
from services.orders.commands.checkout import Checkout, Line
from services.orders.domain.listing import STOCK_MAX
from services.orders.refusals import OrdersRefusal
from shared.actor import Actor
from shared.ids import Numbers
from shared.money import AMOUNT_MAX
from shared.refusals import Refusal, Refused
from tests.support.memory import BusinessClock, MemoryDatabase, MemoryOrdersWork, OrdersTables, drive
from tests.unit.orders.test_listing import GOLD

Shop = MemoryDatabase[MemoryOrdersWork, OrdersTables]
Result = TypeVar("Result")
DEAR = replace(GOLD, listing_id="dear", unit_price=AMOUNT_MAX // 2)
DEARER = replace(GOLD, listing_id="dearer", unit_price=AMOUNT_MAX // 2 + 1)


@pytest.fixture
def shop() -> Shop:
    """One seller's open store with three listings, five pieces of each."""
    tables = OrdersTables(stores={"bob": (True, "MYR")})
    tables.listings = {each.listing_id: each for each in (GOLD, DEAR, DEARER)}
    return MemoryDatabase("orders", tables, BusinessClock(), MemoryOrdersWork)


def does(shop: Shop, command: Callable[[MemoryOrdersWork], Awaitable[Result]]) -> Result:
    """The command in a transaction of its own."""

    async def run() -> Result:
        async with shop.transaction() as work:
            return await command(work)

    return drive(run())


def orders(shop: Shop, **quantities: int) -> Checkout | Refused:
    """Alice orders so many pieces of these listings."""
    lines = [Line(listing_id, quantity, {}) for listing_id, quantity in quantities.items()]
    return does(shop, lambda work: checkout.place(work, Numbers(b"test"), Actor("alice"), lines))


def published(shop: Shop) -> list[str]:
    """The events so far."""
    return [each.event for each in shop.tables.outbox.values()]


class TestACheckout:
    def test_is_at_most_the_largest_amount_with_all_its_lines(self, shop: Shop) -> None:
        assert isinstance(orders(shop, dear=1, dearer=1), Refused)
        assert isinstance(orders(shop, dear=2), Checkout)

    def test_sells_every_piece_of_an_order_that_was_not_paid_in_time(self, shop: Shop) -> None:
        assert isinstance(orders(shop, gold=3), Checkout)
        refused = orders(shop, gold=5)
        assert isinstance(refused, Refused)
        assert refused.code is OrdersRefusal.STOCK_EXHAUSTED
        shop.clock.time += timedelta(hours=1)
        assert isinstance(orders(shop, gold=5), Checkout)
        assert shop.tables.listings["gold"].stock == 0


class TestASuspendedSeller:
    @pytest.mark.parametrize(
        "command",
        [
            lambda work: listings.put(work, replace(GOLD, stock=9)),
            lambda work: listings.set_stock(work, "bob", "gold", 9),
            lambda work: listings.change_stock(work, "bob", "gold", 1),
            lambda work: listings.set_store(work, "bob", is_open=False),
        ],
        ids=["put", "set_stock", "change_stock", "set_store"],
    )
    def test_changes_nothing(self, shop: Shop, command: Callable[[MemoryOrdersWork], Awaitable[object]]) -> None:
        does(shop, lambda work: listings.set_account_status(work, "bob", True, 1))
        before = shop.tables.listings, shop.tables.stores
        assert does(shop, command) == Refused(Refusal.ACCOUNT_SUSPENDED)
        assert (shop.tables.listings, shop.tables.stores) == before

    @pytest.mark.parametrize(("is_open", "events"), [(True, ["listing.withdrawn", "listing.published"]), (False, [])])
    def test_withdraws_and_publishes_again_what_an_open_store_shows(
        self, shop: Shop, is_open: bool, events: list[str]
    ) -> None:
        shop.tables.stores["bob"] = (is_open, "MYR")
        for version, suspended in enumerate((True, False), 1):
            does(shop, partial(listings.set_account_status, account="bob", suspended=suspended, version=version))
        assert published(shop) == [event for event in events for _ in range(3)]


class TestAStock:
    def test_is_never_more_than_can_be_ordered(self, shop: Shop) -> None:
        wanted = STOCK_MAX - GOLD.stock
        assert not isinstance(does(shop, lambda work: listings.change_stock(work, "bob", "gold", wanted)), Refused)
        assert isinstance(does(shop, lambda work: listings.change_stock(work, "bob", "gold", 1)), Refused)
        assert shop.tables.listings["gold"].stock == STOCK_MAX

"""Orders and their history, listings and stock, account statuses, reviews: the same in memory and on PostgreSQL."""

from dataclasses import replace
from datetime import datetime

import pytest

from services.orders.domain.order import Order, Status
from services.orders.domain.review import Review
from shared.sealing import Sealed
from tests.integration.repositories.examples import HOUR, a_line, a_listing, expired, name, placed
from tests.integration.repositories.storage import T0, Storage


async def place(storage: Storage, *orders: Order) -> None:
    """Write new orders."""
    async with storage.orders.transaction() as work:
        await work.orders.place(orders, [a_line() for _ in orders])


async def fail_after_placing(storage: Storage, order: Order) -> None:
    """A transaction that has written an order and then fails."""
    async with storage.orders.transaction() as work:
        await work.orders.place([order], [a_line()])
        raise LookupError


class TestAnOrder:
    async def test_is_locked_as_it_was_placed_with_the_time_and_who_is_suspended(self, storage: Storage) -> None:
        order = placed(details={"server": "Asia 1"})
        await place(storage, order)
        await storage.at(T0 + HOUR)
        async with storage.orders.transaction() as work:
            await work.account_statuses.put(order.seller, suspended=True, version=1)
            locked = await work.orders.lock(order.number)
        assert locked is not None
        assert (locked.order, locked.at, locked.suspended) == (order, T0 + HOUR, frozenset({order.seller}))

    async def test_counts_for_its_seller_once_it_is_completed(self, storage: Storage) -> None:
        seller = name("seller")
        await place(storage, *(placed(seller=seller) for _ in range(2)), placed())
        for _ in range(3):
            order = placed(seller=seller)
            await place(storage, order)
            async with storage.orders.transaction() as work:
                completed = replace(order, status=Status.COMPLETED, version=2, paid_at=T0, delivered_at=T0)
                await work.orders.save(order, completed, a_line("T16", T0))
        async with storage.orders.transaction() as work:
            counts = [await work.orders.completed_of(seller, limit) for limit in (11, 2)]
        assert counts == [3, 2]

    async def test_that_is_unknown_is_nothing(self, storage: Storage) -> None:
        async with storage.orders.transaction() as work:
            assert await work.orders.lock(name("K")) is None

    async def test_is_saved_with_its_line_of_history(self, storage: Storage) -> None:
        order = placed()
        await place(storage, order)
        async with storage.orders.transaction() as work:
            line = a_line("T4", T0 + HOUR, deadline="D1", source="waiting_payment", target="expired")
            await work.orders.save(order, expired(order), line)
        async with storage.orders.transaction() as work:
            locked, result = await work.orders.lock(order.number), await work.orders.history(order.number)
        assert locked is not None
        assert locked.order == expired(order)
        assert [(each.row, each.source, each.target, each.at) for each in result] == [
            ("T1", None, "waiting_payment", T0),
            ("T4", "waiting_payment", "expired", T0 + HOUR),
        ]

    async def test_can_t_be_saved_from_an_older_version(self, storage: Storage) -> None:
        order = placed()
        await place(storage, order)
        async with storage.orders.transaction() as work:
            await work.orders.save(order, expired(order), a_line("T4"))
        with pytest.raises(RuntimeError, match="changed under its own lock"):
            async with storage.orders.transaction() as work:
                await work.orders.save(order, expired(order), a_line("T4"))

    async def test_that_was_placed_in_a_transaction_that_failed_is_not_there(self, storage: Storage) -> None:
        order = placed()
        with pytest.raises(LookupError):
            await fail_after_placing(storage, order)
        async with storage.orders.transaction() as work:
            assert await work.orders.lock(order.number) is None

    async def test_gets_numbers_that_nobody_else_has(self, storage: Storage) -> None:
        async with storage.orders.transaction() as work:
            first, some = await work.orders.numbers(2)
        async with storage.orders.transaction() as work:
            second, more = await work.orders.numbers(1)
        assert (second, more) == (first + 1, [some[1] + 1])


class TestADeadline:
    async def test_is_overdue_only_after_so_many_seconds_and_its_generation_is_raised(self, storage: Storage) -> None:
        order, other = placed(), placed(placed_at=T0 + HOUR)
        await place(storage, order, other)
        await storage.at(T0 + HOUR + HOUR / 30)
        async with storage.orders.transaction() as work:
            exactly = [each.number for each in await work.orders.overdue(120, 1000)]
        await storage.at(T0 + HOUR + HOUR / 30 + HOUR / 3600)
        async with storage.orders.transaction() as work:
            late = {each.number: each.generation for each in await work.orders.overdue(120, 1000)}
        assert order.number not in exactly
        assert late.get(order.number) == order.generation + 1
        assert other.number not in late

    async def test_that_is_republished_has_the_next_generation_and_the_same_version(self, storage: Storage) -> None:
        order = placed()
        await place(storage, order)
        async with storage.orders.transaction() as work:
            raised = await work.orders.next_generation(order)
            locked = await work.orders.lock(order.number)
        assert locked is not None
        assert raised.generation == order.generation + 1
        assert locked.order == raised == replace(order, generation=raised.generation)

    async def test_of_an_unpaid_order_is_over_at_its_due_time(self, storage: Storage) -> None:
        listing = a_listing()
        early, late = placed(listing_id=listing.listing_id), placed(listing_id=listing.listing_id, placed_at=T0 + HOUR)
        await place(storage, early, late)
        await storage.at(T0 + HOUR)
        async with storage.orders.transaction() as work:
            found = await work.orders.lock_overdue_unpaid(listing.listing_id, 10)
        assert found == [(early, T0 + HOUR)]


class TestAListing:
    async def test_is_offered_with_its_store_and_its_seller_s_status(self, storage: Storage) -> None:
        listing = a_listing()
        async with storage.orders.transaction() as work:
            assert await work.listings.lock_store(listing.seller) == (True, None)
            assert await work.listings.put(listing) == T0
            await work.listings.set_currency(listing.seller, "MYR")
            await work.listings.set_open(listing.seller, is_open=False)
            await work.account_statuses.put(listing.seller, suspended=True, version=1)
        async with storage.orders.transaction() as work:
            offers, at = await work.listings.lock_offers([listing.listing_id, name("none")])
            store = await work.listings.lock_store(listing.seller)
        offer = offers[listing.listing_id]
        assert (len(offers), at, store) == (1, T0, (False, "MYR"))
        assert (offer.listing, offer.store_open, offer.suspended) == (listing, False, True)

    async def test_has_no_time_where_nothing_was_found(self, storage: Storage) -> None:
        async with storage.orders.transaction() as work:
            assert await work.listings.lock_offers([name("none")]) == ({}, None)

    async def test_gives_its_pieces_once(self, storage: Storage) -> None:
        listing = a_listing(stock=3)
        async with storage.orders.transaction() as work:
            await work.listings.lock_store(listing.seller)
            await work.listings.put(listing)
            await work.listings.take_stock(listing.listing_id, 2)
        with pytest.raises(RuntimeError, match="the stock of"):
            async with storage.orders.transaction() as work:
                await work.listings.take_stock(listing.listing_id, 2)
        async with storage.orders.transaction() as work:
            await work.listings.add_stock(listing.listing_id, 1)
            assert await work.listings.lock(listing.listing_id) == replace(listing, stock=2)

    async def test_stays_with_the_seller_who_was_first(self, storage: Storage) -> None:
        listing = a_listing()
        async with storage.orders.transaction() as work:
            await work.listings.lock_store(listing.seller)
            await work.listings.put(listing)
            assert await work.listings.put(replace(listing, seller=name("seller"))) is None
            assert await work.listings.put(replace(listing, title="Axe", version=2)) == T0
            assert await work.listings.live_of(listing.seller) == [replace(listing, title="Axe", version=2)]


class TestAnAccountStatus:
    async def test_is_replaced_only_by_a_newer_one(self, storage: Storage) -> None:
        user = name("user")
        async with storage.orders.transaction() as work:
            before = await work.account_statuses.is_suspended(user)
            result = [
                await work.account_statuses.put(user, suspended=version == 3, version=version)
                for version in (2, 3, 3, 1)
            ]
            after = await work.account_statuses.is_suspended(user)
        assert (before, result, after) == (False, [True, True, False, False], True)


class TestAReview:
    async def test_is_written_and_written_over(self, storage: Storage) -> None:
        order = placed()
        await place(storage, order)
        first = Review(5, "good", T0)
        second = replace(first, reply_rating=4, reply_text="thanks", replied_at=T0 + HOUR)
        async with storage.orders.transaction() as work:
            before = await work.reviews.of(order.number)
            await work.reviews.put(order, first)
            await work.reviews.put(order, second)
        async with storage.orders.transaction() as work:
            assert (before, await work.reviews.of(order.number)) == (None, second)


class TestAHandOver:
    async def test_is_stored_as_it_was_sealed_and_each_reveal_is_a_line_of_the_history(self, storage: Storage) -> None:
        order = delivered()
        await place(storage, order)
        async with storage.orders.transaction() as work:
            before = await work.hand_overs.of(order.number)
            await work.hand_overs.put(order.number, Sealed("k1", b"\x00sealed"))
        first = await reveal(storage, order, T0 + HOUR)
        second = await reveal(storage, first, T0 + 2 * HOUR)
        async with storage.orders.transaction() as work:
            locked, lines = await work.orders.lock(order.number), await work.orders.history(order.number)
            assert (before, await work.hand_overs.of(order.number)) == (None, Sealed("k1", b"\x00sealed"))
        assert locked is not None
        assert locked.order.revealed_at == first.revealed_at == second.revealed_at == T0 + HOUR
        assert [(line.row, line.by_user, line.source, line.at) for line in lines] == [
            ("T1", "alice", None, T0),
            ("H1", order.buyer, "waiting_confirmation", T0 + HOUR),
            ("H1", order.buyer, "waiting_confirmation", T0 + 2 * HOUR),
        ]


def delivered() -> Order:
    """An order that was handed over sealed, as nobody writes it at once but this test."""
    facts = {"status": Status.WAITING_CONFIRMATION, "paid_at": T0, "delivered_at": T0, "sealed": True, "held": 100_00}
    return placed(category="account", **facts)


async def reveal(storage: Storage, order: Order, at: datetime) -> Order:
    """The buyer reveals the hand-over at this time."""
    async with storage.orders.transaction() as work:
        return await work.hand_overs.reveal(order, order.buyer, at)

"""Listings and stores in memory."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from services.orders.domain.listing import Listing, State
from services.orders.repository import Listings, Offer
from tests.support.memory.database import BusinessClock

if TYPE_CHECKING:
    from tests.support.memory.orders import OrdersTables


class MemoryListings(Listings):
    """Listings and stores."""

    def __init__(self, tables: "OrdersTables", clock: BusinessClock) -> None:
        self._tables, self._clock = tables, clock

    async def lock_offers(self, listing_ids: Iterable[str]) -> tuple[dict[str, Offer], datetime | None]:
        found = [self._tables.listings[each] for each in sorted(listing_ids) if each in self._tables.listings]
        offers = {
            each.listing_id: Offer(each, self._tables.stores[each.seller][0], self._tables.is_suspended(each.seller))
            for each in found
            if each.seller in self._tables.stores
        }
        return offers, self._clock.now() if offers else None

    async def take_stock(self, listing_id: str, quantity: int) -> None:
        listing = self._tables.listings.get(listing_id)
        if listing is None or listing.stock < quantity:
            raise RuntimeError(f"the stock of {listing_id} changed under its lock")
        await self.add_stock(listing_id, -quantity)

    async def add_stock(self, listing_id: str, quantity: int) -> None:
        if listing_id in self._tables.listings:
            listing = self._tables.listings[listing_id]
            self._tables.listings[listing_id] = replace(listing, stock=listing.stock + quantity)

    async def lock_store(self, seller: str) -> tuple[bool, str | None]:
        return self._tables.stores.setdefault(seller, (True, None))

    async def set_currency(self, seller: str, currency: str) -> None:
        self._tables.stores[seller] = (self._tables.stores[seller][0], currency)

    async def set_open(self, seller: str, is_open: bool) -> None:
        self._tables.stores[seller] = (is_open, self._tables.stores[seller][1])

    async def lock(self, listing_id: str) -> Listing | None:
        return self._tables.listings.get(listing_id)

    async def put(self, listing: Listing) -> datetime | None:
        known = self._tables.listings.get(listing.listing_id)
        if known is not None and known.seller != listing.seller:
            return None
        self._tables.listings[listing.listing_id] = listing
        return self._clock.now()

    async def live_of(self, seller: str) -> list[Listing]:
        found = sorted(self._tables.listings.items())
        return [each for _, each in found if each.seller == seller and each.state is State.LIVE]

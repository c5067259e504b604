"""What a seller does with listings and the store."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from services.orders import publishers
from services.orders.domain.listing import STOCK_MAX, Category, Listing, State
from services.orders.refusals import OrdersRefusal
from services.orders.unit_of_work import OrdersWork
from shared import contact
from shared.contracts.listings import ListingChanged, ListingEvent, ListingPublished, ListingWithdrawn
from shared.refusals import Refusal, Refused


@dataclass(frozen=True, slots=True)
class Shown:
    """A listing, whether its store is open, and when it last changed."""

    listing: Listing
    store_open: bool
    at: datetime


OfSeller = Callable[[OrdersWork], Awaitable[Shown | Refused]]
"""What a seller does with one listing."""


def unless_suspended(assistant: str, command: OfSeller) -> OfSeller:
    """The command of somebody who acts for a seller: refused while this account is suspended (rules 1.2)."""

    async def run(work: OrdersWork) -> Shown | Refused:
        if await work.account_statuses.is_suspended(assistant):
            return Refused(Refusal.ACCOUNT_SUSPENDED)
        return await command(work)

    return run


async def put(work: OrdersWork, wanted: Listing, *, keeps_stock: bool = False) -> Shown | Refused:
    """Make or change a listing; the id is the seller's choice, first come first served; one currency per seller.

    A change that `keeps_stock` leaves it as it is: what was sold meanwhile stays sold.
    """
    store_open, currency, known = await lock(work, wanted.seller, wanted.listing_id)
    refused = await _refuse(work, wanted, known) or _judge(wanted, currency)
    if refused is not None:
        return refused
    if keeps_stock and known is None:
        return _invalid("/body/stock", "needed to make a listing")
    if currency is None:
        await work.listings.set_currency(wanted.seller, wanted.currency)
    stock = known.stock if known is not None and keeps_stock else wanted.stock
    return await _save(work, store_open, known, replace(wanted, stock=stock))


async def set_stock(work: OrdersWork, seller: str, listing_id: str, count: int) -> Shown | Refused:
    """Set how many pieces are left to sell; those that orders have reserved are not among them."""
    return await _restock(work, seller, listing_id, lambda _: count)


async def change_stock(work: OrdersWork, seller: str, listing_id: str, change: int) -> Shown | Refused:
    """Add pieces, or with a minus take them off sale; never below zero, whatever was sold meanwhile."""
    return await _restock(work, seller, listing_id, lambda stock: stock + change)


async def lock(work: OrdersWork, seller: str, listing_id: str) -> tuple[bool, str | None, Listing | None]:
    """Lock a seller's store and a listing: whether the store is open, its currency, and the listing if there is one."""
    store_open, currency = await work.listings.lock_store(seller)
    return store_open, currency, await work.listings.lock(listing_id)


async def _restock(work: OrdersWork, seller: str, listing_id: str, counted: Callable[[int], int]) -> Shown | Refused:
    store_open, _, known = await lock(work, seller, listing_id)
    if known is None or known.seller != seller:
        return Refused(Refusal.LISTING_NOT_FOUND)
    if await work.account_statuses.is_suspended(seller):
        return Refused(Refusal.ACCOUNT_SUSPENDED)
    stock = counted(known.stock)
    if stock < 0:
        return Refused(OrdersRefusal.STOCK_EXHAUSTED, {"listing_id": listing_id, "stock": known.stock})
    if stock > STOCK_MAX:
        return _invalid("/body/change", f"makes more than {STOCK_MAX}")
    return await _save(work, store_open, known, replace(known, stock=stock))


async def _save(work: OrdersWork, store_open: bool, known: Listing | None, wanted: Listing) -> Shown | Refused:
    listing = replace(wanted, version=known.version + 1 if known else 1)
    at = await work.listings.put(listing)
    if at is None:
        return Refused(OrdersRefusal.LISTING_ID_TAKEN)
    if store_open and (kind := _event(known, listing)) is not None:
        work.outbox.add(publishers.listing_event(kind, listing, at))
    return Shown(listing, store_open, at)


async def _refuse(work: OrdersWork, wanted: Listing, known: Listing | None) -> Refused | None:
    """Whether this seller may write this listing now; contact information is refused and published as an offence."""
    if await work.account_statuses.is_suspended(wanted.seller):
        return Refused(Refusal.ACCOUNT_SUSPENDED)
    if known is not None and known.seller != wanted.seller:
        return Refused(OrdersRefusal.LISTING_ID_TAKEN)
    kinds = contact.kinds(f"{wanted.title}\n{wanted.description}") or contact.kinds_in_id(wanted.listing_id)
    if kinds:
        work.outbox.add(publishers.contact_violation(wanted, kinds, await work.now()))
        return Refused(Refusal.CONTACT_INFORMATION, {"kinds": list(kinds)})
    return None


def _judge(wanted: Listing, currency: str | None) -> Refused | None:
    if wanted.category is Category.ACCOUNT and not wanted.account_declaration:
        return _invalid("/body/account_declaration", "must be true for accounts")
    if currency not in (None, wanted.currency):
        return Refused(OrdersRefusal.CURRENCY_MISMATCH, {"currency": currency})
    return None


async def set_store(work: OrdersWork, seller: str, is_open: bool) -> bool | Refused:
    """Open or close the store: closed, its listings are not shown and can't be ordered; orders go on (rules 2.6)."""
    if await work.account_statuses.is_suspended(seller):
        return Refused(Refusal.ACCOUNT_SUSPENDED)
    was_open, _ = await work.listings.lock_store(seller)
    if was_open != is_open:
        await work.listings.set_open(seller, is_open)
        at = await work.now()
        for listing in await work.listings.live_of(seller):
            kind = ListingPublished if is_open else ListingWithdrawn
            work.outbox.add(publishers.listing_event(kind, listing, at))
    return is_open


async def set_account_status(work: OrdersWork, account: str, suspended: bool, version: int) -> None:
    """Save an account's status; the listings of a suspended account are hidden, and it may do nothing (rules 1.2)."""
    before = await work.account_statuses.is_suspended(account)
    if not await work.account_statuses.put(account, suspended, version) or before == suspended:
        return
    is_open, _ = await work.listings.lock_store(account)
    at = await work.now()
    for listing in await work.listings.live_of(account) if is_open else ():
        kind = ListingWithdrawn if suspended else ListingPublished
        work.outbox.add(publishers.listing_event(kind, listing, at))
    work.log("account_status.received", user=account, suspended=suspended, version=version)


def _invalid(pointer: str, detail: str) -> Refused:
    return Refused(Refusal.VALIDATION_FAILED, {"errors": [{"pointer": pointer, "detail": detail}]})


def _event(before: Listing | None, after: Listing) -> type[ListingEvent] | None:
    was_live, is_live = before is not None and before.state is State.LIVE, after.state is State.LIVE
    if is_live:
        return ListingChanged if was_live else ListingPublished
    return ListingWithdrawn if was_live else None

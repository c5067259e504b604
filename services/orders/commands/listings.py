"""What a seller does with listings and the store."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.orders import publishers
from services.orders.domain.listing import Category, Listing, State
from services.orders.unit_of_work import OrdersWork
from shared import contact
from shared.contracts.orders import ListingChanged, ListingEvent, ListingPublished, ListingWithdrawn
from shared.refusals import Refusal, Refused
from shared.telemetry.logs import logger


@dataclass(frozen=True, slots=True)
class Shown:
    """A listing, whether its store is open, and when it last changed."""

    listing: Listing
    store_open: bool
    at: datetime


async def put(work: OrdersWork, wanted: Listing, expected_version: int | None) -> Shown | Refused:
    """Make or change a listing; the id is the seller's choice, first come first served; one currency per seller."""
    store_open, currency = await work.listings.lock_store(wanted.seller)
    known = await work.listings.lock(wanted.listing_id)
    refused = await _refuse(work, wanted, known, expected_version) or _judge(wanted, currency)
    if refused is not None:
        return refused
    if currency is None:
        await work.listings.set_currency(wanted.seller, wanted.currency)
    listing = replace(wanted, version=known.version + 1 if known else 1)
    at = await work.listings.put(listing)
    if at is None:
        return Refused(Refusal.LISTING_ID_TAKEN)
    if store_open and (kind := _event(known, listing)) is not None:
        publishers.announce_listing(work, kind, listing, at)
    return Shown(listing, store_open, at)


async def _refuse(
    work: OrdersWork, wanted: Listing, known: Listing | None, expected_version: int | None
) -> Refused | None:
    """Whether this seller may write this listing now; contact information is refused and said to be an offence."""
    if await work.standings.is_suspended(wanted.seller):
        return Refused(Refusal.ACCOUNT_SUSPENDED)
    if known is not None and known.seller != wanted.seller:
        return Refused(Refusal.LISTING_ID_TAKEN)
    if expected_version is not None and expected_version != (known.version if known else 0):
        return Refused(Refusal.VERSION_CONFLICT)
    if kinds := contact.kinds(f"{wanted.title}\n{wanted.description}"):
        publishers.announce_contact(work, wanted, kinds, await work.now())
        return Refused(Refusal.CONTACT_INFORMATION, {"kinds": list(kinds)})
    return None


def _judge(wanted: Listing, currency: str | None) -> Refused | None:
    if wanted.category is Category.ACCOUNT and not wanted.account_declaration:
        errors = [{"pointer": "/body/account_declaration", "detail": "must be true for accounts"}]
        return Refused(Refusal.VALIDATION_FAILED, {"errors": errors})
    if currency not in (None, wanted.currency):
        return Refused(Refusal.CURRENCY_MISMATCH, {"currency": currency})
    return None


async def set_store(work: OrdersWork, seller: str, is_open: bool) -> bool | Refused:
    """Open or close the store: closed, its listings are not shown and can't be ordered; orders go on (rules 2.6)."""
    if await work.standings.is_suspended(seller):
        return Refused(Refusal.ACCOUNT_SUSPENDED)
    was_open, _ = await work.listings.lock_store(seller)
    if was_open != is_open:
        await work.listings.set_open(seller, is_open)
        at = await work.now()
        for listing in await work.listings.live_of(seller):
            publishers.announce_listing(work, ListingPublished if is_open else ListingWithdrawn, listing, at)
    return is_open


async def set_standing(work: OrdersWork, account: str, suspended: bool, version: int) -> None:
    """What disputes says of an account: suspended, its listings are hidden and it may do nothing (rules 1.2)."""
    before = await work.standings.is_suspended(account)
    if not await work.standings.put(account, suspended, version) or before == suspended:
        return
    is_open, _ = await work.listings.lock_store(account)
    at = await work.now()
    for listing in await work.listings.live_of(account) if is_open else ():
        publishers.announce_listing(work, ListingWithdrawn if suspended else ListingPublished, listing, at)
    logger().info("standing.heard", user=account, suspended=suspended, version=version)


def _event(before: Listing | None, after: Listing) -> type[ListingEvent] | None:
    was_live, is_live = before is not None and before.state is State.LIVE, after.state is State.LIVE
    if is_live:
        return ListingChanged if was_live else ListingPublished
    return ListingWithdrawn if was_live else None

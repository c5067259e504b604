"""HTTP of listings and stores."""

import re
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from services.orders import queries
from services.orders.api.common import ListingId
from services.orders.commands import listings
from services.orders.domain.listing import Category, DeliveryMethod, Listing, State
from services.orders.refusals import OrdersRefusal
from services.orders.schemas.listings import (
    LISTING_ID,
    ListingIn,
    ListingView,
    StockChangeIn,
    StockIn,
    StoreIn,
    StoreView,
    listing_view,
)
from services.orders.unit_of_work import OrdersWork
from shared.http.access import allowed
from shared.http.conditions import Thing
from shared.http.executor import Command, Context, show
from shared.http.problems import refusals
from shared.http.strict import StrictRoute
from shared.refusals import Refusal

R = Refusal
router = APIRouter(prefix="/v1", route_class=StrictRoute)
OF_STOCK = (R.LISTING_NOT_FOUND, R.ACCOUNT_SUSPENDED)


@router.put(
    "/listings/{listing_id}",
    response_model=ListingView,
    responses=refusals(
        OrdersRefusal.LISTING_ID_TAKEN,
        OrdersRefusal.CURRENCY_MISMATCH,
        R.CONTACT_INFORMATION,
        R.ACCOUNT_SUSPENDED,
    ),
    tags=["listings"],
    openapi_extra=allowed("user", "assistant"),
)
async def put_listing(listing_id: ListingId, body: ListingIn, context: Context) -> Response:
    """Make or change a listing of one's own; without `stock` an existing one keeps what is left of it."""
    wanted = _listing(listing_id, context.caller.user, body)
    return await context.execute(
        _for_seller(context, lambda work: listings.put(work, wanted, keeps_stock=body.stock is None)),
        listing_view,
        about=_the_listing(wanted.seller, listing_id),
    )


@router.put(
    "/listings/{listing_id}/stock",
    response_model=ListingView,
    responses=refusals(*OF_STOCK),
    tags=["listings"],
    openapi_extra=allowed("user", "assistant"),
)
async def put_stock(listing_id: ListingId, body: StockIn, context: Context) -> Response:
    """Say how many pieces are left to sell; with If-Match only if nothing was sold or changed since it was read."""
    seller = context.caller.user
    return await context.execute(
        _for_seller(context, lambda work: listings.set_stock(work, seller, listing_id, body.stock)),
        listing_view,
        about=_the_listing(seller, listing_id),
    )


@router.post(
    "/listings/{listing_id}/stock",
    response_model=ListingView,
    responses=refusals(*OF_STOCK, OrdersRefusal.STOCK_EXHAUSTED),
    tags=["listings"],
    openapi_extra=allowed("user", "assistant"),
)
async def change_stock(listing_id: ListingId, body: StockChangeIn, context: Context) -> Response:
    """Add pieces, or with a minus take them off sale; right whatever is sold meanwhile, and never below zero."""
    seller = context.caller.user
    return await context.execute(
        _for_seller(context, lambda work: listings.change_stock(work, seller, listing_id, body.change)),
        listing_view,
        about=_the_listing(seller, listing_id),
    )


@router.get(
    "/listings/{listing_id}",
    response_model=ListingView,
    responses=refusals(R.LISTING_NOT_FOUND),
    tags=["listings"],
    openapi_extra=allowed("anyone"),
)
async def get_listing(listing_id: Annotated[str, Path(max_length=200)], request: Request) -> Response:
    """A live listing, or one's own draft."""
    user = request.state.caller.user if request.state.caller else None
    known = listing_id if re.match(LISTING_ID, listing_id) else ""
    return await show(request, lambda session: queries.listing(session, known, user), listing_view)


@router.put(
    "/store",
    response_model=StoreView,
    responses=refusals(R.ACCOUNT_SUSPENDED),
    tags=["listings"],
    openapi_extra=allowed("user"),
)
async def put_store(body: StoreIn, context: Context) -> Response:
    """Open or close one's store; a closed one takes no new orders, open orders go on."""
    store = _the_store(context.caller.user)
    return await context.execute(
        lambda work: listings.set_store(work, context.caller.user, body.open), store.render, about=store
    )


@router.get("/store", response_model=StoreView, tags=["listings"], openapi_extra=allowed("user"))
async def get_store(context: Context) -> Response:
    """Whether one's store takes orders; it is open until it is closed."""
    store = _the_store(context.caller.user)
    return await context.show(store.query, store.render)


def _for_seller(context: Context, command: Command[OrdersWork, listings.Shown]) -> Command[OrdersWork, listings.Shown]:
    """The command, unless an assistant asks who is suspended (rules 1.4)."""
    return listings.unless_suspended(context.caller.sub, command) if context.caller.acts_for is not None else command


def _the_listing(seller: str, listing_id: str) -> Thing[OrdersWork, listings.Shown]:
    """A listing for its seller."""
    return Thing(
        lambda session: queries.listing(session, listing_id, seller),
        listing_view,
        lambda work: listings.lock(work, seller, listing_id),
    )


def _the_store(seller: str) -> Thing[OrdersWork, bool]:
    return Thing(
        lambda session: queries.store_open(session, seller),
        lambda is_open: StoreView(seller=seller, open=is_open),
        lambda work: work.listings.lock_store(seller),
    )


def _listing(listing_id: str, seller: str, body: ListingIn) -> Listing:
    return Listing(
        listing_id=listing_id,
        seller=seller,
        title=body.title,
        description=body.description,
        category=Category(body.category),
        unit_price=body.unit_price.amount,
        currency=body.unit_price.currency,
        stock=body.stock or 0,
        delivery_method=DeliveryMethod(body.delivery_method),
        delivery_hours=body.delivery_hours,
        state=State(body.state),
        account_declaration=body.account_declaration,
        version=0,
    )

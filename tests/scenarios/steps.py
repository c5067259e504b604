"""The beginnings that many scenarios share."""

from typing import Any

from tests.support.market import Market


async def placed(market: Market, amount: int = 100_00, currency: str = "MYR", **listing: object) -> Any:
    """An order of one piece, unpaid, at T0."""
    listing_id = await market.seller.lists(amount, currency, **listing)
    checkout = await market.buyer.orders(listing_id)
    return checkout["orders"][0]


async def paid(market: Market, amount: int = 100_00, currency: str = "MYR", **listing: object) -> Any:
    """An order that was paid at T0."""
    order = await placed(market, amount, currency, **listing)
    await market.buyer.pays(order["payment_number"])
    return await market.buyer.sees(order["number"])


async def delivered(market: Market, at: str = "10:00:00", **listing: Any) -> Any:
    """An order that was paid at T0 and delivered at this time."""
    order = await paid(market, **listing)
    await market.at(at)
    (await market.seller.delivers(order["number"])).ok()
    return await market.buyer.sees(order["number"])

"""The beginnings that many scenarios share, and what they check at the end."""

import json
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


async def refused(market: Market) -> Any:
    """An order whose buyer asked at 20:00:00 and whose seller refused at 43:59:59."""
    order = await delivered(market)
    await market.at("20:00:00")
    (await market.buyer.requests_refund(order["number"])).ok()
    await market.at("43:59:59")
    return (await market.seller.refuses(order["number"])).ok()


async def disputed(market: Market) -> Any:
    """An order in dispute since 44:00:00."""
    order = await refused(market)
    await market.at("44:00:00")
    return (await market.buyer.performs(order["number"], "dispute")).ok()


def fees(ledger: Any) -> tuple[int, int]:
    """Fee and tax as the ledger's postings have them."""
    found = {"fee_revenue": 0, "service_tax_payable": 0}
    for entry in ledger["entries"]:
        for posting in entry["postings"]:
            if posting["account"] in found:
                found[posting["account"]] += abs(posting["amount"])
    return found["fee_revenue"], found["service_tax_payable"]


async def expiry(market: Market, number: str, kind: str, due: str) -> None:
    """The scheduler's expiry notification once more, as a duplicate or an early one."""
    body = {
        "owner": "orders",
        "key": number,
        "subject": number,
        "kind": kind,
        "generation": 999,
        "due_at": market.written(due),
    }
    query = """insert into outbox (message_id, event, routing_key, subject, sequence, body, correlation_id, happened_at)
               values (gen_random_uuid(), 'deadline.expired', 'deadline.expired.orders', $1, 999, $2::json, 'test',
                       clock_timestamp())"""
    await market.sql("scheduler", query, number, json.dumps(body))


async def clocks(market: Market, number: str) -> list[str]:
    """The order's deadlines that can still expire, as the scheduler has them."""
    query = "select kind from timers where owner = 'orders' and subject = $1 and state = 'pending'"
    return [row["kind"] for row in await market.sql("scheduler", query, number)]

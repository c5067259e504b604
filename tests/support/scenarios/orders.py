"""Scenarios of one order, from its checkout to its end.

Together with `conduct` they make every service consume and publish every event, and perform every action;
`tests/faults` checks it.
"""

import asyncio

from tests.scenarios.steps import delivered, paid, placed
from tests.support.market import Market
from tests.support.messages.poison import nonsense
from tests.support.scenarios.ending import (
    BACK,
    DELIVERED,
    DONE,
    FUNDED,
    PAID,
    PART,
    PLACED,
    REFUNDED,
    RELEASED,
    Ending,
    Scenario,
    ending,
)


async def sale(market: Market) -> Ending:
    """Price and stock change, the store closes and opens; the order is paid, delivered and confirmed."""
    listing_id = await market.seller.lists(120_00)
    await market.seller.lists(100_00, listing_id=listing_id)
    (await market.seller.puts(f"/listings/{listing_id}/stock", {"stock": 5})).ok()
    assert (await market.seller.posts(f"/listings/{listing_id}/stock", {"change": 2})).ok()["stock"] == 7
    for is_open in (False, True):
        (await market.seller.puts("/store", {"open": is_open})).ok()
    order = (await market.buyer.orders(listing_id))["orders"][0]
    await market.buyer.pays(order["payment_number"])
    (await market.seller.delivers(order["number"])).ok()
    (await market.buyer.confirms(order["number"])).ok()
    published = await market.published(listing_id)
    changed = ["listing.published", *3 * ["listing.changed"]]
    assert published == [*changed, "listing.withdrawn", "listing.published"]
    return ending(order, "completed", (PLACED, PAID, DELIVERED, DONE), (FUNDED, RELEASED), 2, {}, {"available": 94_60})


async def handed_over(market: Market) -> Ending:
    """An account is delivered sealed, its buyer reveals it and confirms."""
    order = await paid(market, category="account")
    login = {"log-in": "dawn_1", "password": "correct horse"}
    (await market.seller.delivers(order["number"], login)).ok()
    assert (await market.buyer.reveals(order["number"])).ok()["hand_over"] == login
    assert (await market.seller.sees(order["number"]))["hand_over"]["revealed_at"] == market.written("00:00:00")
    (await market.buyer.confirms(order["number"])).ok()
    return ending(order, "completed", (PLACED, PAID, DELIVERED, DONE), (FUNDED, RELEASED), 2, {}, {"available": 89_20})


async def given_back(market: Market) -> Ending:
    """A first attempt fails; the seller gives the money back, which pays for the next order."""
    first = await placed(market)
    failing = (await market.buyer.attempts(first["payment_number"])).ok()
    result = {
        "action": "fail",
        "event_id": f"e-{failing['attempt_id']}",
        "transaction_id": f"t-{failing['attempt_id']}",
    }
    (await market.nobody.posts(f"/sandbox/payments/{failing['attempt_id']}", result)).ok()
    await market.buyer.pays(first["payment_number"])
    (await market.seller.gives_back(first["number"])).ok()
    second = await placed(market)
    (await market.buyer.pays_from_balance(second["payment_number"])).ok()
    await market.settles()
    (await market.seller.gives_back(second["number"])).ok()
    assert await market.published(first["payment_number"], "payments") == ["payment.failed", FUNDED]
    return ending(second, "refunded", (PLACED, PAID, REFUNDED), (FUNDED, BACK), 2, {"balance": 100_00})


async def expired(market: Market) -> Ending:
    """Nobody pays within the hour; the money that comes afterwards is the buyer's."""
    order = await placed(market)
    attempt = (await market.buyer.attempts(order["payment_number"])).ok()
    await market.at("01:00:00")
    await market.buyer.captures(attempt["attempt_id"])
    return ending(order, "expired", (PLACED, "order.expired"), ("payment.credited",), 0, {"balance": 100_00})


async def refused(market: Market) -> Ending:
    """The money comes at the very hour, before the deadline is applied."""
    order = await placed(market)
    attempt = (await market.buyer.attempts(order["payment_number"])).ok()
    await market.at("01:00:00", fire=False)
    await market.buyer.captures(attempt["attempt_id"])
    published = (PLACED, "order.expired", "order.payment_refused")
    return ending(order, "expired", published, (FUNDED, "payment.credited"), 1, {"balance": 100_00})


async def deleted(market: Market) -> Ending:
    """The buyer removes the order."""
    order = await placed(market)
    (await market.buyer.deletes(order["number"])).ok()
    return ending(order, "deleted", (PLACED, "order.deleted"), (), 0)


async def unmatched(market: Market) -> Ending:
    """Too little money comes; support finds out whose it is."""
    order = await placed(market)
    attempt = (await market.buyer.attempts(order["payment_number"])).ok()
    await market.buyer.captures(attempt["attempt_id"], amount={"amount": 60_00, "currency": "MYR"})
    query = "select id::text from unmatched_items where payment_number = $1"
    (item,) = await market.sql("payments", query, order["payment_number"])
    decision = {"action": "credit", "reason": "The buyer asked for it"}
    (await market.support.posts(f"/unmatched/{item['id']}/resolve", decision)).ok()
    (await market.buyer.deletes(order["number"])).ok()
    published = ("payment.unmatched", "payment.credited")
    return ending(order, "deleted", (PLACED, "order.deleted"), published, 0, {"balance": 60_00})


async def not_delivered(market: Market) -> Ending:
    """The seller is silent for 72 hours."""
    order = await paid(market)
    await market.at("72:00:00")
    return ending(order, "refunded", (PLACED, PAID, REFUNDED), (FUNDED, BACK), 2, {"balance": 100_00})


async def not_confirmed(market: Market) -> Ending:
    """The buyer is silent for 72 hours."""
    order = await delivered(market, at="01:00:00")
    await market.at("73:00:00")
    published = (PLACED, PAID, DELIVERED, DONE)
    return ending(order, "completed", published, (FUNDED, RELEASED), 2, {}, {"available": 94_60})


async def clock_runs(market: Market) -> Ending:
    """The hour to pay ends while the clock runs, so that the scheduler fires by itself."""
    order = await placed(market)
    await market.at("01:00:00", fire=False)
    await market.advances({"run": True})
    async with asyncio.timeout(120):
        while (await market.published(order["number"]))[-1] != "order.expired":
            await asyncio.sleep(0.02)
    return ending(order, "expired", (PLACED, "order.expired"), (), 0)


async def part_before_delivery(market: Market) -> Ending:
    """The buyer asks for a part, the seller agrees and delivers the rest."""
    order = await paid(market)
    await market.at("02:00:00")
    (await market.buyer.requests_refund(order["number"], 30_00)).ok()
    (await market.seller.agrees(order["number"])).ok()
    (await market.seller.delivers(order["number"])).ok()
    (await market.buyer.confirms(order["number"])).ok()
    published = (PLACED, PAID, "refund.requested", PART, DELIVERED, DONE)
    money = {"balance": 30_00}, {"available": 66_22}
    return ending(order, "completed", published, (FUNDED, BACK, RELEASED), 3, *money)


async def taken_back(market: Market) -> Ending:
    """The buyer takes the request back; support ends the order."""
    order = await paid(market)
    await market.at("02:00:00")
    (await market.buyer.requests_refund(order["number"])).ok()
    (await market.buyer.takes_request_back(order["number"])).ok()
    (await market.support.decides(order["number"], "refund")).ok()
    published = (PLACED, PAID, "refund.requested", "refund.cancelled", REFUNDED)
    return ending(order, "refunded", published, (FUNDED, BACK), 2, {"balance": 100_00})


async def not_answered(market: Market) -> Ending:
    """The seller neither delivers nor answers for six hours."""
    order = await paid(market)
    await market.at("02:00:00")
    (await market.buyer.requests_refund(order["number"], 30_00)).ok()
    await market.at("08:00:00")
    published = (PLACED, PAID, "refund.requested", REFUNDED)
    return ending(order, "refunded", published, (FUNDED, BACK), 2, {"balance": 100_00})


async def not_answered_after_delivery(market: Market) -> Ending:
    """The seller delivered and does not answer the request for a part for 24 hours."""
    order = await delivered(market, at="01:00:00")
    (await market.buyer.requests_refund(order["number"], 30_00)).ok()
    await market.at("25:00:00")
    published = (PLACED, PAID, DELIVERED, "refund.requested", PART)
    money = {"balance": 30_00}, {"available": 66_22}
    return ending(order, "completed", published, (FUNDED, RELEASED, BACK), 2, *money)


async def waived(market: Market) -> Ending:
    """The seller refuses, and the buyer does not escalate for 72 hours."""
    order = await delivered(market, at="01:00:00")
    (await market.buyer.requests_refund(order["number"])).ok()
    (await market.seller.refuses(order["number"])).ok()
    await market.at("73:00:00")
    published = (PLACED, PAID, DELIVERED, "refund.requested", "refund.refused", DONE)
    return ending(order, "completed", published, (FUNDED, RELEASED), 2, {}, {"available": 94_60})


def operated(service: str) -> Scenario:
    """A message of this service is nonsense; an operator tries it again and then gives it up."""

    async def scenario(market: Market) -> Ending:
        order = await placed(market)
        url = f"/ops/{service}/parked/{await nonsense(market, service)}"
        operator = market.someone("operator", "operator")
        (await operator.posts(f"{url}/replay", {"reason": "Once more"})).ok()
        await market.settles()
        (await operator.posts(f"{url}/skip", {"reason": "It is nonsense"})).ok()
        (await market.buyer.deletes(order["number"])).ok()
        return ending(order, "deleted", (PLACED, "order.deleted"), (), 0)

    return scenario

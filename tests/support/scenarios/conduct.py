"""Scenarios in which support has to decide: disputes, charge-backs, conduct, and reviews that somebody reports."""

from typing import Any

from deploy.client.person import a_listing
from tests.scenarios.steps import delivered, disputed, paid
from tests.support.market import Actor, Market
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
    ending,
)

DISPUTED = (PLACED, PAID, DELIVERED, "refund.requested", "refund.refused", "dispute.requested")
REASON = {"reason": "Looked at it twice"}


async def ruled(market: Market) -> Ending:
    """A refusal is escalated; a party comments and adds evidence, somebody of support takes the case and splits the
    money. The case has the whole log.
    """
    order, support = await disputed(market), market.support
    log = f"/orders/{order['number']}/log"
    await market.settles()
    (await market.seller.posts(log, {"text": "The buyer was in the town"})).ok()
    case = f"/disputes/{order['dispute_id']}"
    (await market.seller.posts(f"{case}/evidence", {"text": "Here is the trade log"})).ok()
    (await support.posts(f"{case}/assign")).ok()
    (await support.posts(f"{case}/decision", ruling("split", 40_00))).ok()
    await market.settles()
    lines = [line["id"] for line in (await support.gets(log)).ok()["items"] if line["row"] != "T26"]
    excerpt = (await support.gets(case)).ok()["excerpt"]
    assert excerpt["complete"]
    assert sorted(each["id"] for each in excerpt["items"]) == sorted(lines)
    result = ("dispute.opened", "dispute.evidence_added", "dispute.decided", "dispute.closed")
    money = {"balance": 40_00}, {"available": 56_76}
    return ending(order, "completed", (*DISPUTED, PART), (FUNDED, RELEASED, BACK), 2, *money, result)


async def reminded(market: Market) -> Ending:
    """Nobody looks at the case for a day; then the buyer confirms after all."""
    order = await disputed(market)
    await market.at("69:00:00")
    (await market.buyer.confirms(order["number"])).ok()
    result = ("dispute.opened", "dispute.closed")
    return ending(order, "completed", (*DISPUTED, DONE), (FUNDED, RELEASED), 2, {}, {"available": 94_60}, result)


async def is_idle(market: Market) -> Ending:
    """Nobody looks at the case for two weeks; then the seller wins."""
    order = await disputed(market)
    await market.at("381:00:00")
    (await market.support.posts(f"/disputes/{order['dispute_id']}/decision", ruling("seller_wins"))).ok()
    await market.settles()
    result = ("dispute.opened", "dispute.decided", "dispute.closed")
    return ending(order, "completed", (*DISPUTED, DONE), (FUNDED, RELEASED), 2, {}, {"available": 94_60}, result)


async def agreed_after_all(market: Market) -> Ending:
    """The seller agrees while support has the case."""
    order = await disputed(market)
    (await market.seller.agrees(order["number"])).ok()
    result = ("dispute.opened", "dispute.closed")
    return ending(order, "refunded", (*DISPUTED, REFUNDED), (FUNDED, BACK), 2, {"balance": 100_00}, {}, result)


async def charged_back(market: Market) -> Ending:
    """The buyer's bank takes the money back, and support gives it to the bank."""
    order = await paid(market)
    query = "select id::text from attempts where payment_number = $1"
    (attempt,) = await market.sql("payments", query, order["payment_number"])
    ids = {"event_id": f"b-{attempt['id']}", "transaction_id": f"b-{attempt['id']}"}
    (await market.nobody.posts(f"/sandbox/payments/{attempt['id']}", {"action": "charge_back", **ids})).ok()
    await market.settles()
    case = (await market.buyer.sees(order["number"]))["dispute_id"]
    (await market.support.posts(f"/disputes/{case}/decision", ruling("buyer_wins"))).ok()
    await market.settles()
    published = (PLACED, PAID, "dispute.requested", REFUNDED)
    result = ("dispute.opened", "dispute.decided", "dispute.closed")
    return ending(order, "refunded", published, (FUNDED, "payment.charged_back", BACK), 2, {}, {}, result)


async def reviewed(market: Market) -> Ending:
    """A review is answered and reported; support hides it."""
    return await _reviewed(market, "uphold")


async def reviewed_in_good_faith(market: Market) -> Ending:
    """A review is answered and reported; support finds nothing wrong with it."""
    return await _reviewed(market, "reject")


async def offended(market: Market) -> Ending:
    """A seller who has earned something is warned, suspended and reinstated, twice over; all records are settled."""
    order = await delivered(market)
    (await market.buyer.confirms(order["number"])).ok()
    seller, support = market.seller, market.support
    for name in ("first", "second"):
        body = a_listing(description="Write to dawn.trader@example.com")
        assert (await seller.puts(f"/listings/{name}-{seller.name}", body)).code == "contact_information"
        await market.settles()
    await _support(market, support, f"/conduct/{seller.name}/reinstate", REASON)
    (last, _) = (await support.gets(f"/conduct/{seller.name}")).ok()["offences"]
    await _support(market, support, f"/conduct/{seller.name}/offences/{last['id']}/annul", REASON)
    await _support(market, support, f"/conduct/{seller.name}/suspend", {"freeze": True, "permanent": False, **REASON})
    await _support(market, support, f"/conduct/{seller.name}/reinstate", REASON)
    report = {"kind": "conduct_report", "text": "Rude in the trade"}
    flag = (await market.buyer.posts(f"/conduct/{seller.name}/flags", report)).ok()
    await _support(market, support, f"/flags/{flag['id']}/resolve", {"resolution": "Talked to both"})
    assert await market.published(seller.name) == ["contact.violation_detected"] * 2
    assert await market.published(seller.name, "payments") == ["balance.frozen", "balance.released"] * 2
    published = (PLACED, PAID, DELIVERED, DONE)
    return ending(order, "completed", published, (FUNDED, RELEASED), 2, {}, {"available": 94_60})


def ruling(outcome: str, amount: int | None = None) -> dict[str, Any]:
    """What support decides."""
    money = {"buyer_amount": {"amount": amount, "currency": "MYR"}} if amount is not None else {}
    return {"outcome": outcome, "reason": "Proof is complete", **money}


async def _reviewed(market: Market, verdict: str) -> Ending:
    order = await delivered(market)
    (await market.buyer.confirms(order["number"])).ok()
    url = f"/orders/{order['number']}/review"
    (await market.buyer.posts(url, {"rating": 2, "text": "Slow trade"})).ok()
    (await market.seller.posts(f"{url}/reply", {"rating": 5, "text": "Sorry"})).ok()
    (await market.seller.posts(f"{url}/report", {"text": "Insulting"})).ok()
    (await market.support.posts(f"{url}/report/{verdict}")).ok()
    await market.settles()
    published = (PLACED, PAID, DELIVERED, DONE, "review.posted", "review.replied", "review.reported")
    return ending(order, "completed", published, (FUNDED, RELEASED), 2, {}, {"available": 94_60})


async def _support(market: Market, support: Actor, path: str, body: dict[str, Any]) -> None:
    (await support.posts(path, body)).ok()
    await market.settles()

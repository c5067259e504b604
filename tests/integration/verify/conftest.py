"""A market in which a bit of everything has happened, and a fresh copy of its books for each test."""

import asyncio

import pytest

from deploy.stack import Stack
from tests.integration.verify import books
from tests.integration.verify.books import Books
from tests.support.market import Market
from tests.support.plain import plain_client
from tests.support.uploads import uploaded


@pytest.fixture(scope="session")
async def played(stack: Stack) -> dict[str, str]:
    """Orders in every status that can be reached so far, late and unmatched money; the books are copied then."""
    async with plain_client() as client:
        names = await _scenarios(Market(stack, client))
    books.take(stack)
    return names


@pytest.fixture
async def copied(stack: Stack, played: dict[str, str]) -> Books:
    """The copy of this test."""
    await books.fresh(stack)
    return Books(stack, played)


async def _scenarios(market: Market) -> dict[str, str]:
    await market.starts()
    buyer, seller = market.buyer, market.seller
    listing = await seller.lists(stock=100)
    names = {"buyer": buyer.name, "seller": seller.name}

    late = await buyer.orders(listing)
    attempt = (await buyer.attempts(late["payment_number"])).ok()["attempt_id"]
    await market.at("01:00:00")
    await buyer.captures(attempt)
    names["expired"] = late["orders"][0]["number"]

    for name in ("completed", "refunded", "waiting", "delivered", "partly", "refunding"):
        checkout = await buyer.orders(listing)
        await buyer.pays(checkout["payment_number"])
        names[name], names[f"{name}payment"] = checkout["orders"][0]["number"], checkout["payment_number"]
    (await seller.gives_back(names["refunded"])).ok()
    for name in ("completed", "delivered", "partly", "refunding"):
        (await seller.delivers(names[name])).ok()
    (await buyer.confirms(names["completed"])).ok()
    why = {"reason": "not_as_described", "description": "Blunt", "amount": {"amount": 30_00, "currency": "MYR"}}
    for name in ("partly", "refunding"):
        (await buyer.performs(names[name], "refund-request", why)).ok()
    (await seller.performs(names["partly"], "refund-request/agree")).ok()

    checkout = await buyer.orders(await seller.lists(category="account"))
    names["account"] = checkout["orders"][0]["number"]
    await buyer.pays(checkout["payment_number"])
    (await seller.delivers(names["account"], {"password": "correct horse"})).ok()
    (await buyer.reveals(names["account"])).ok()

    for name in ("deleted", "unpaid", "underpaid"):
        names[name] = (checkout := await buyer.orders(listing))["orders"][0]["number"]
    (await buyer.deletes(names["deleted"])).ok()
    declined = (await buyer.attempts(checkout["payment_number"])).ok()["attempt_id"]
    (await market.nobody.posts(f"/sandbox/payments/{declined}", {"action": "fail"})).ok()
    await buyer.pays(checkout["payment_number"], amount={"amount": 90_00, "currency": "MYR"})
    await _decided(market, listing)
    await _topped_up(market)
    names |= await _talked(market, names["completed"])
    return {**names, **await _taken_back(market, listing), **await _frozen(market, listing)}


async def _decided(market: Market, listing: str) -> None:
    """Money in another currency that support sent back, a transfer that it claimed, and adjustments."""
    payment = (await market.buyer.orders(listing))["payment_number"]
    await market.buyer.pays(payment, amount={"amount": 100_00, "currency": "EUR"})
    items = (await market.support.gets("/unmatched?limit=100")).ok()["items"]
    item = next(each["id"] for each in items if each["payment_number"] == payment)
    why = {"action": "return", "reason": "In another currency"}
    (await market.support.posts(f"/unmatched/{item}/resolve", why)).ok()
    money = {"amount": 7_00, "currency": "MYR"}
    transfer = {"bank_reference": f"TRX {payment}", "amount": money, "value_date": "2026-03-02"}
    (await market.support.posts("/claims", {**transfer, "payment_number": payment})).ok()
    for kind, amount in (("goodwill", 200_00), ("forfeit", 1_00)):
        of = {"user": market.buyer.name, "amount": {"amount": amount, "currency": "MYR"}, "reason": "We were slow"}
        made = (await market.support.posts("/adjustments", {"kind": kind, **of})).ok()
        if made["state"] == "pending":
            (await market.support.posts(f"/adjustments/{made['id']}/approve")).ok()


async def _topped_up(market: Market) -> None:
    """Two gift cards, of which one was used."""
    for used in (True, False):
        body = {"amount": {"amount": 9_00, "currency": "MYR"}}
        pin = (await market.nobody.posts("/sandbox/gift-cards", body)).ok()["pin"]
        if used:
            (await market.buyer.posts("/top-ups", {"pin": pin})).ok()


async def _talked(market: Market, number: str) -> dict[str, str]:
    """A conversation whose last message nobody reads, and a comment in an order's log."""
    opening = {"with": market.seller.name, "as": "buyer", "order_number": number}
    conversation: str = (await market.buyer.posts("/conversations", opening)).ok()["id"]
    shown = await uploaded(market.buyer, conversation_id=conversation)
    for client_id, pictures in (("m-1", [shown]), ("m-2", [])):
        message = {"client_id": client_id, "text": "Thank you", "attachments": pictures}
        (await market.buyer.posts(f"/conversations/{conversation}/messages", message)).ok()
    proof = await uploaded(market.seller, order_number=number)
    (
        await market.seller.posts(f"/orders/{number}/log", {"text": "Handed over in the town", "attachments": [proof]})
    ).ok()
    await market.advances({"by": "PT2M"})
    query = "select 1 from outbox where event = 'chat.message_sent' and subject = $1"
    async with asyncio.timeout(30):
        while not await market.sql("chat", query, conversation):
            await asyncio.sleep(0.1)
    return {"conversation": conversation}


async def _taken_back(market: Market, listing: str) -> dict[str, str]:
    """Two orders whose money a bank took back: of one it is still held, of the other the seller has it."""
    names = {}
    for name in ("held", "lost"):
        checkout = await market.buyer.orders(listing)
        attempt = await market.buyer.pays(checkout["payment_number"])
        names[name], names[f"{name}payment"] = checkout["orders"][0]["number"], checkout["payment_number"]
        if name == "lost":
            (await market.seller.delivers(names[name])).ok()
            (await market.buyer.confirms(names[name])).ok()
        taken = {"amount": {"amount": 60_00, "currency": "MYR"}} if name == "held" else {}
        for _ in range(2):  # the second time it is more than was captured, and put aside
            (await market.nobody.posts(f"/sandbox/payments/{attempt}", {"action": "charge_back", **taken})).ok()
    await market.settles()
    (await market.seller.posts(f"/orders/{names['held']}/log", {"text": "The bank is wrong"})).ok()
    case = (await market.seller.sees(names["held"]))["dispute_id"]
    evidence = {"text": "See", "attachments": [await uploaded(market.seller, dispute_id=case)]}
    (await market.seller.posts(f"/disputes/{case}/evidence", evidence)).ok()
    await market.settles()
    return names


async def _frozen(market: Market, listing: str) -> dict[str, str]:
    """Somebody whose money was frozen."""
    rich = market.someone("rich")
    checkout = await rich.orders(listing)
    await rich.pays(checkout["payment_number"])
    (await market.seller.gives_back(checkout["orders"][0]["number"])).ok()
    (await market.support.posts(f"/conduct/{rich.name}/suspend", {"freeze": True, "reason": "scam"})).ok()
    await market.settles()
    return {"rich": rich.name}

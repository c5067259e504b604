"""Lives in which the parties talk: a conversation about an order, its log, and contact information that is withheld."""

from tests.scenarios.steps import delivered
from tests.support.market import Market
from tests.support.scenarios.ending import DELIVERED, DONE, FUNDED, PAID, PLACED, RELEASED, Ending, ending
from tests.support.uploads import uploaded

CONTACT = "Write to dawn.trader@example.com"


async def talked(market: Market) -> Ending:
    """Buyer and seller talk about an order, one of them too openly; nobody reads the last message for 90 seconds."""
    order = await delivered(market)
    buyer, seller, number = market.buyer, market.seller, order["number"]
    replies = {"replies": ["On my way"]}
    (await seller.puts("/me/auto-reply", {"text": "Back soon"})).ok()
    (await seller.puts("/me/quick-replies", replies)).ok()
    opening = {"with": seller.name, "as": "buyer", "order_number": number}
    chat = f"/conversations/{(await buyer.posts('/conversations', opening)).ok()['id']}"
    assert (await buyer.posts(f"{chat}/read", {"seq": 1})).ok()["head"] == 1
    assert (await buyer.posts(f"{chat}/messages", {"client_id": "m-1", "text": "Is it there?"})).ok()["seq"] == 2
    withheld = await seller.posts(f"{chat}/messages", {"client_id": "m-1", "text": CONTACT})
    assert withheld.code == "contact_information"
    assert (await seller.posts(f"{chat}/messages", {"client_id": "m-2", "text": "It is"})).ok()["seq"] == 3
    proof = await uploaded(seller, order_number=number)
    (await seller.posts(f"/orders/{number}/log", {"text": "Handed over in the town", "attachments": [proof]})).ok()
    (await buyer.posts("/chat/tickets", {})).ok()
    (await buyer.sends("DELETE", "/chat/tickets")).ok()
    await market.at("10:02:00")
    (await buyer.confirms(number)).ok()
    await market.settles()
    assert await market.published(market.seller.name, "chat") == ["contact.violation_detected"]
    published = (PLACED, PAID, DELIVERED, DONE)
    return ending(order, "completed", published, (FUNDED, RELEASED), 2, {}, {"available": 94_60})


async def supported(market: Market) -> Ending:
    """While an order is delivered and confirmed its buyer asks support, is answered, asks again and waits for a day."""
    order = await delivered(market)
    buyer, support = market.buyer, market.support
    question = (await buyer.posts("/support/messages", {"text": "Where is my money?"})).ok()["id"]
    waiting = (await support.gets("/support/queue?limit=100")).ok()["items"]
    item = f"/support/queue/{next(each['id'] for each in waiting if each['user'] == buyer.name)}"
    (await support.posts(f"{item}/assign")).ok()
    (await support.posts(f"{item}/notes", {"text": "Called the bank"})).ok()
    (await support.posts(f"/support/messages/{question}/answer", {"text": "On its way"})).ok()
    (await buyer.posts("/support/conversations")).ok()
    (await buyer.posts("/support/messages", {"text": "It is not here"})).ok()
    (await buyer.confirms(order["number"])).ok()
    await market.at("36:00:00")
    published = ["received", "answered", "received", "overdue"]
    assert await market.published(item.rpartition("/")[2], "chat") == [f"support_message.{each}" for each in published]
    return ending(order, "completed", (PLACED, PAID, DELIVERED, DONE), (FUNDED, RELEASED), 2, {}, {"available": 94_60})

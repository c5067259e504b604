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

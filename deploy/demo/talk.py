"""The demo's chapter about talking: a conversation over a real socket, proof in the log, and what nobody sees."""

from io import BytesIO

from PIL import Image

from deploy.client.live import talking
from deploy.demo.stage import Stage

CONTACT = "Cheaper without fees: write to dawn.trader@example.com"


async def talk(stage: Stage, number: str) -> None:
    """Buyer and seller of an order talk, the seller proves the delivery and then writes an address too many."""
    screen = stage.screen
    screen.chapter("7  They talk: live, with proof, and here only")
    opening = {"with": stage.seller.name, "as": "buyer", "order_number": number}
    chat = (await stage.buyer.posts("/conversations", opening)).ok()["id"]
    screen.does("Both open a socket; the buyer asks, the seller answers")
    async with talking(stage.buyer, stage.url) as buyer, talking(stage.seller, stage.url) as seller:
        await buyer.sends("message", conversation_id=chat, client_id="demo-1", text="Which town was it?")
        arrived = await seller.gets("message")
        screen.expect("The seller reads", arrived["text"], "Which town was it?")
        await seller.sends("message", conversation_id=chat, client_id="demo-1", text="The harbour")
        await buyer.gets("message")
        answer = await buyer.gets("message")
        screen.expect(f"The buyer reads message {answer['seq']}", answer["text"], "The harbour")

        screen.does("The seller writes a mail address: it is withheld, and it is an offence")
        await seller.sends("message", conversation_id=chat, client_id="demo-2", text=CONTACT)
        refused = await seller.gets("error")
        screen.expect("The seller is told", refused["code"], "contact_information")
    seen = (await stage.buyer.gets(f"/conversations/{chat}")).ok()
    screen.expect("Messages that the buyer can see", seen["head"], 2)
    await stage.shows()
    conduct = (await stage.seller.gets(f"/conduct/{stage.seller.name}")).ok()
    screen.expect("The seller's account", conduct["standing"], "warned")
    await _proof(stage, number)


async def _proof(stage: Stage, number: str) -> None:
    screen = stage.screen
    screen.does("The seller puts a picture into the order's log, where nothing is ever changed")
    picture = (await stage.seller.uploads(_picture(), order_number=number)).ok()
    comment = {"text": "Handed over at the harbour", "attachments": [picture["id"]]}
    line = (await stage.seller.posts(f"/orders/{number}/log", comment)).ok()
    lines = (await stage.buyer.gets(f"/orders/{number}/log")).ok()["items"]
    screen.expect("The buyer's log ends with", lines[-1]["text"], "Handed over at the harbour")
    screen.expect("Its line has the hash of the line before it", lines[-1]["previous_hash"], lines[-2]["hash"])
    screen.expect("The picture is in it", len(line["attachments"]), 1)
    await stage.shows()


def _picture() -> bytes:
    written = BytesIO()
    Image.new("RGB", (64, 48), "seagreen").save(written, "PNG")
    return written.getvalue()

"""The demo's chapter about the provider's pages: a code to scan, a bank that says no, and money that comes too late."""

from typing import Any

from deploy.client.pay_page import PayPage
from deploy.demo.stage import Stage
from shared.money import Money

PAYER = {"name": "Ana Souza", "email": "ana@example.com", "tax_number": "529.982.247-25"}


async def pages(stage: Stage) -> None:
    """The buyer pays with PayNow, is declined once, and pays a Boleto after its order has expired."""
    screen = stage.screen
    screen.chapter("8  On the provider's page: a code, a no, and a Boleto that is paid too late")
    order = await _ordered(stage, "lantern", 20_00, "SGD")
    screen.does("The buyer opens PayNow's page in a browser")
    page = await _opened(stage, order, "paynow")
    screen.expect("The code to scan is for PayNow", "SG.PAYNOW" in page.code(), True)
    screen.does("The bank declines; the buyer opens the page again and scans")
    await page.chooses("decline", reason="insufficient_funds")
    screen.expect("The page says", page.state, "Failed: Insufficient funds")
    page = await _opened(stage, order, "paynow")
    await page.chooses("approve")
    screen.expect("The page says", page.state, "Paid")
    await stage.shows()
    screen.expect("The order is", (await stage.order(order["number"]))["status"], "waiting_delivery")

    order = await _ordered(stage, "compass", 50_00, "BRL")
    screen.does("The buyer prints a Boleto and pays it at the counter after the order has expired")
    page = await _opened(stage, order, "boleto", **PAYER)
    screen.expect("Digits to type in", len("".join(filter(str.isdigit, page.code()))), 47)
    await page.chooses("late")
    await stage.moves(by="PT1H1M")
    await stage.shows()
    screen.expect("The order is", (await stage.order(order["number"]))["status"], "expired")
    balance = (await stage.buyer.wallet("BRL"))["balance"]
    screen.expect("The buyer's balance has", str(Money(balance, "BRL")), "BRL 50.00")


async def _ordered(stage: Stage, name: str, price: int, currency: str) -> Any:
    listing_id = f"demo-{stage.run}-{name}"
    await stage.abroad(currency).lists(price, currency, listing_id=listing_id, title=name.capitalize())
    await stage.moves(by="PT0S")
    checkout = await stage.buyer.orders(listing_id)
    order = checkout["orders"][0]
    stage.subjects += [listing_id, checkout["payment_number"], order["number"]]
    return order


async def _opened(stage: Stage, order: Any, method: str, **details: str) -> PayPage:
    body = {"method": method, "details": details}
    attempt = (await stage.buyer.posts(f"/payments/{order['payment_number']}/attempts", body)).ok()
    page = PayPage(stage.client, attempt["next"]["redirect_url"])
    await page.opens()
    return page

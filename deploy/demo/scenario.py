"""The demo's scenario, chapter by chapter. Every sentence that names a status or an amount is checked."""

from deploy.demo.pages import pages
from deploy.demo.stage import CURRENCY, Stage
from deploy.demo.talk import talk
from shared.money import Money

SWORD, SHIELD = 100_00, 40_00


async def play(stage: Stage) -> None:
    """All chapters: what is sold in the first is delivered, forgotten or ordered again in the others."""
    sword, first, second = await _one_payment(stage)
    await _delivered(stage, first)
    await _late_money(stage, sword)
    await _no_delivery(stage, second)
    await _silent_buyer(stage, sword)
    await _from_the_balance(stage, sword)
    await talk(stage, first)
    await pages(stage)


async def _one_payment(stage: Stage) -> tuple[str, str, str]:
    screen = stage.screen
    screen.chapter("1  Two orders, one payment: the money waits in escrow")
    screen.does("The seller lists a sword for MYR 100.00 and a shield for MYR 40.00")
    sword = await stage.sells("sword", "Sword of Dawn", SWORD)
    shield = await stage.sells("shield", "Shield of Dusk", SHIELD)
    await stage.shows()

    screen.does("The buyer orders both in one checkout")
    checkout = await stage.checks_out(sword, shield)
    first, second = (order["number"] for order in checkout["orders"])
    await stage.shows()
    screen.expect("To pay", _money(checkout["amount"]["amount"]), _money(SWORD + SHIELD))

    screen.does("The buyer pays by card; the provider reports by signed webhook that the money was captured")
    await stage.bank_pays(await stage.begins_to_pay(checkout["payment_number"]))
    await stage.shows()
    await _is(stage, first, "waiting_delivery")
    await _is(stage, second, "waiting_delivery")
    screen.expect("In escrow for the first order", *await _escrow(stage, first, SWORD))
    screen.expect("In escrow for the second order", *await _escrow(stage, second, SHIELD))

    return sword, first, second


async def _delivered(stage: Stage, first: str) -> None:
    screen = stage.screen
    screen.chapter("2  Delivered and confirmed: the seller is paid")
    screen.does("The seller hands the sword over and marks the order as delivered")
    (await stage.seller.delivers(first)).ok()
    await stage.shows()
    screen.does("The buyer confirms receipt")
    (await stage.buyer.confirms(first)).ok()
    await stage.shows()
    await _is(stage, first, "completed")
    await _income(stage, 94_60)
    proof = await stage.proof(first)
    screen.expect("Fee of 5 %", _money(proof["fee"]["amount"]), _money(5_00))
    screen.expect("Tax of 8 % on the fee", _money(proof["tax"]["amount"]), _money(40))
    screen.expect("In escrow for the first order", *await _escrow(stage, first, 0))


async def _late_money(stage: Stage, sword: str) -> None:
    screen = stage.screen
    screen.chapter("3  Nobody pays within the hour; late money goes to the balance")
    screen.does("The buyer orders another sword, goes to the bank's page, and does not pay for one hour")
    checkout = await stage.checks_out(sword)
    number = checkout["orders"][0]["number"]
    attempt = await stage.begins_to_pay(checkout["payment_number"])
    expired = await stage.moves(to=checkout["due_at"])
    await stage.shows()
    screen.expect("Deadlines that expired", expired, f"D1 of {number}")
    await _is(stage, number, "expired")

    screen.does("Half an hour later the bank pays after all")
    await stage.moves(by="PT30M")
    await stage.bank_pays(attempt)
    await stage.shows()
    await _is(stage, number, "expired")
    await _balance(stage, SWORD)


async def _no_delivery(stage: Stage, number: str) -> None:
    screen = stage.screen
    screen.chapter("4  The shield is never delivered: after 72 hours the buyer is refunded")
    due_at = (await stage.order(number))["deadline"]["due_at"]
    screen.does(f"Nobody does anything until {due_at[:19].replace('T', ' ')}")
    expired = await stage.moves(to=due_at)
    await stage.shows()
    screen.expect("Deadlines that expired", expired, f"D3 of {number}")
    await _is(stage, number, "refunded")
    screen.expect("Refunded at", (await stage.order(number))["closed_at"], due_at)
    await _balance(stage, SWORD + SHIELD)


async def _silent_buyer(stage: Stage, sword: str) -> None:
    screen = stage.screen
    screen.chapter("5  The buyer does nothing: after 72 hours the order is completed")
    screen.does("The buyer orders a sword and pays by card, the seller delivers")
    checkout = await stage.checks_out(sword)
    number = checkout["orders"][0]["number"]
    await stage.bank_pays(await stage.begins_to_pay(checkout["payment_number"]))
    await stage.moves(by="PT0S")
    delivered = (await stage.seller.delivers(number)).ok()
    await stage.shows()
    screen.does("Nobody does anything for 72 hours")
    expired = await stage.moves(to=delivered["deadline"]["due_at"])
    await stage.shows()
    screen.expect("Deadlines that expired", expired, f"D5 of {number}")
    await _is(stage, number, "completed")
    await _income(stage, 2 * 94_60)


async def _from_the_balance(stage: Stage, sword: str) -> None:
    screen = stage.screen
    screen.chapter("6  The refunded money buys another sword")
    screen.does("The buyer pays from the balance, after a new proof of identity")
    checkout = await stage.checks_out(sword)
    number = checkout["orders"][0]["number"]
    (await stage.buyer.pays_from_balance(checkout["payment_number"])).ok()
    await stage.shows()
    await _is(stage, number, "waiting_delivery")
    await _balance(stage, SHIELD)

    screen.does("The seller delivers, the buyer confirms")
    (await stage.seller.delivers(number)).ok()
    (await stage.buyer.confirms(number)).ok()
    await stage.shows()
    await _is(stage, number, "completed")
    await _income(stage, 3 * 94_60)


async def _is(stage: Stage, number: str, status: str) -> None:
    stage.screen.expect(f"Order {number}", (await stage.order(number))["status"], status)


async def _balance(stage: Stage, amount: int) -> None:
    seen = (await stage.buyer.wallet(CURRENCY))["balance"]
    stage.screen.expect("The buyer can spend", _money(seen), _money(amount))


async def _income(stage: Stage, amount: int) -> None:
    seen = (await stage.seller.wallet(CURRENCY))["available"]
    stage.screen.expect("The seller has", _money(seen), _money(amount))


async def _escrow(stage: Stage, number: str, amount: int) -> tuple[str, str]:
    proof = await stage.proof(number)
    return _money(proof["in_escrow"]["amount"]), _money(amount)


def _money(amount: int) -> str:
    return str(Money(amount, CURRENCY))

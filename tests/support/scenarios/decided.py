"""Scenarios in which support, and not a provider, says whose money it is."""

from tests.scenarios.steps import placed
from tests.support.market import Market
from tests.support.scenarios.ending import BACK, FUNDED, PAID, PLACED, REFUNDED, Ending, ending


async def claimed(market: Market) -> Ending:
    """Support claims the buyer's transfer, which the provider reports afterwards; the seller gives the money back."""
    order = await placed(market)
    payment = order["payment_number"]
    attempt = (await market.buyer.attempts(payment)).ok()["attempt_id"]
    money = {"amount": 100_00, "currency": "MYR"}
    claim = {"bank_reference": f"trx {attempt}", "amount": money, "value_date": "2026-03-02", "payment_number": payment}
    (await market.support.posts("/claims", claim)).ok()
    await market.settles()
    await market.buyer.captures(attempt, event_id=f"e-{attempt}", transaction_id=f"trx{attempt}")
    (await market.seller.gives_back(order["number"])).ok()
    return ending(order, "refunded", (PLACED, PAID, REFUNDED), (FUNDED, BACK), 2, {"balance": 100_00})


async def adjusted(market: Market) -> Ending:
    """Goodwill, a part of it forfeited; of two large adjustments one is approved and one rejected."""
    order = await placed(market)
    made = {}
    for kind, amount in (("goodwill", 50_00), ("forfeit", 20_00), ("goodwill", 200_00), ("goodwill", 300_00)):
        money = {"amount": amount, "currency": "MYR"}
        body = {"kind": kind, "user": market.buyer.name, "amount": money, "reason": "We were slow"}
        made[amount] = (await market.support.posts("/adjustments", body)).ok()["id"]
    for amount, action in ((200_00, "approve"), (300_00, "reject")):
        (await market.support.posts(f"/adjustments/{made[amount]}/{action}")).ok()
    (await market.buyer.deletes(order["number"])).ok()
    return ending(order, "deleted", (PLACED, "order.deleted"), (), 0, {"balance": 230_00})


async def topped_up(market: Market) -> Ending:
    """Two gift cards pay the order, a wrong PIN between them; the seller gives the money back."""
    order = await placed(market)
    bodies = [{"amount": {"amount": 50_00, "currency": "MYR"}} for _ in range(2)]
    first, second = [(await market.nobody.posts("/sandbox/gift-cards", body)).ok()["pin"] for body in bodies]
    for pin, code in ((first, None), ("0000-0000", "gift_card_refused"), (first, "gift_card_refused"), (second, None)):
        assert (await market.buyer.posts("/top-ups", {"pin": pin})).code == code
    (await market.buyer.pays_from_balance(order["payment_number"])).ok()
    await market.settles()
    (await market.seller.gives_back(order["number"])).ok()
    return ending(order, "refunded", (PLACED, PAID, REFUNDED), (FUNDED, BACK), 2, {"balance": 100_00})

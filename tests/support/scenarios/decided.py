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

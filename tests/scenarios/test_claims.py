"""I paid by bank transfer: support has seen the money and claims it for me."""

from typing import Any

from deploy.client.http import Answer
from tests.scenarios.steps import placed
from tests.support.market import Market


async def claims(market: Market, reference: str, amount: int = 100_00, **of: Any) -> Answer:
    """Somebody of support claims a transfer."""
    money = {"amount": amount, "currency": "MYR"}
    body = {"bank_reference": reference, "amount": money, "value_date": "2026-03-02", **of}
    return await market.support.posts("/claims", body)


class TestIPaidByBankTransfer:
    async def test_scenario_16_in_time_my_order_is_paid_and_nobody_else_claims_it(self, market: Market) -> None:
        order = await placed(market)
        payment = order["payment_number"]
        await market.at("00:45:00")
        claim = (await claims(market, f"trx {payment}", payment_number=payment)).ok()
        assert (claim["disposition"], claim["reason"]) == ("offered", "exact")
        assert claim["bank_reference"] == f"TRX{payment}"
        await market.settles()
        assert await market.buyer.status(order["number"]) == "waiting_delivery"
        assert (await market.support.ledger(order["number"]))["escrow"]["amount"] == 100_00
        (attempt,) = (await market.buyer.gets(f"/payments/{payment}")).ok()["attempts"]
        assert (attempt["method"], attempt["status"]) == ("bank_transfer", "captured")
        again = await claims(market, f"TRX{payment}", user=market.someone("other").name)
        assert (again.status, again.code) == (409, "reference_claimed")

    async def test_scenario_17_too_late_the_money_is_in_my_balance(self, market: Market) -> None:
        order = await placed(market)
        await market.at("05:00:00")
        claim = (await claims(market, order["payment_number"], payment_number=order["payment_number"])).ok()
        assert (claim["disposition"], claim["reason"]) == ("credited", "late")
        assert await market.buyer.status(order["number"]) == "expired"
        assert (await market.buyer.wallet())["balance"] == 100_00

    async def test_too_little_waits_for_support(self, market: Market) -> None:
        order = await placed(market)
        payment = order["payment_number"]
        claim = (await claims(market, payment, 90_00, payment_number=payment)).ok()
        assert (claim["disposition"], claim["reason"]) == ("unmatched", "underpaid")
        assert await market.buyer.status(order["number"]) == "waiting_payment"
        items = (await market.support.gets("/unmatched?limit=100")).ok()["items"]
        (item,) = [each for each in items if each["payment_number"] == payment]
        decision = {"action": "credit", "reason": "The rest will not come"}
        (await market.support.posts(f"/unmatched/{item['id']}/resolve", decision)).ok()
        assert (await market.buyer.wallet())["balance"] == 90_00

    async def test_without_an_order_it_is_in_my_balance_and_support_reads_who_and_why(self, market: Market) -> None:
        reference = market.buyer.name.upper()
        (await claims(market, reference, 50_00, user=market.buyer.name)).ok()
        assert (await market.buyer.wallet())["balance"] == 50_00
        (mine,) = (await market.buyer.gets("/balance/entries")).ok()["items"]
        assert (mine["story"], mine["by"], mine["why"]) == ("capture", None, None)
        (shown,) = (await market.support.gets(f"/balance/entries?user={market.buyer.name}")).ok()["items"]
        assert shown["by"].startswith("support-")
        assert shown["why"] == f"bank transfer {reference} of 2026-03-02"


class TestSomebodyElseClaimsMyTransfer:
    async def test_the_second_is_refused_and_told_of_the_first(self, market: Market) -> None:
        order = await placed(market)
        payment = order["payment_number"]
        first = (await claims(market, f"TRX-{payment}", payment_number=payment)).ok()
        other = market.someone("other").name
        refused = await claims(market, f" trx - {payment}", user=other)
        assert (refused.status, refused.code) == (409, "reference_claimed")
        earlier = refused.body["current"]["earlier"]
        assert (earlier["kind"], earlier["id"], earlier["payment_number"]) == ("claim", first["id"], payment)

    async def test_a_transfer_that_the_provider_has_reported_is_not_claimed(self, market: Market) -> None:
        order = await placed(market)
        attempt = (await market.buyer.attempts(order["payment_number"])).ok()["attempt_id"]
        await market.buyer.captures(attempt, transaction_id=f"txn-{attempt}")
        refused = await claims(market, f"TXN-{attempt}".upper(), payment_number=order["payment_number"])
        assert refused.code == "reference_claimed"
        earlier = refused.body["current"]["earlier"]
        assert (earlier["kind"], earlier["transaction_id"]) == ("transaction", f"txn-{attempt}")
        assert (await market.buyer.wallet())["balance"] == 0

    async def test_what_was_claimed_is_not_captured_again(self, market: Market) -> None:
        order = await placed(market)
        payment = order["payment_number"]
        attempt = (await market.buyer.attempts(payment)).ok()["attempt_id"]
        (await claims(market, f"TXN-{attempt}", payment_number=payment)).ok()
        await market.buyer.captures(attempt, transaction_id=f"txn-{attempt}")
        await market.settles()
        assert await market.buyer.status(order["number"]) == "waiting_delivery"
        assert (await market.buyer.wallet())["balance"] == 0
        await market.buyer.captures(attempt, transaction_id=f"txn-2-{attempt}")
        assert (await market.buyer.wallet())["balance"] == 100_00, "another transaction is other money"

    async def test_a_payment_that_is_not_there_is_named(self, market: Market) -> None:
        assert (await claims(market, market.buyer.name, payment_number="P123")).code == "not_found"

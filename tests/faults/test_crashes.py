"""A process dies on the way from "Confirmed received" to the seller's money; nothing is lost, nothing is doubled."""

import httpx2
import pytest

from tests.scenarios.steps import delivered
from tests.support.faults import dying
from tests.support.market import Market

CONFIRM = "confirm"
POINTS = (
    ("orders", "command_before_commit", CONFIRM),
    ("orders", "command_before_answer", CONFIRM),
    ("orders", "after_publish", "order.completed"),
    ("payments", "before_commit", "order.completed"),
    ("payments", "after_commit", "order.completed"),
    ("payments", "after_publish", "escrow.released"),
    ("payments", "before_ack", "order.completed"),
    ("orders", "before_commit", "escrow.released"),
    ("orders", "before_ack", "escrow.released"),
)


class TestAServiceDiesWhileTheSellerIsBeingPaid:
    @pytest.mark.parametrize(("service", "point", "subject"), POINTS, ids=["-".join(each) for each in POINTS])
    async def test_the_seller_is_paid_exactly_once(
        self, market: Market, service: str, point: str, subject: str
    ) -> None:
        order = await delivered(market, at="01:00:00")
        path = f"/orders/{order['number']}/confirm"
        async with dying(market.stack, service, point, subject):
            try:
                await market.buyer.posts(path, key="my-confirmation")
            except httpx2.HTTPError:
                assert service == "orders"
        again = await market.buyer.posts(path, key="my-confirmation")
        assert again.ok()["status"] == "completed"
        await market.settles()
        assert (await market.seller.wallet())["available"] == 94_60
        ledger = await market.seller.ledger(order["number"])
        assert ledger["escrow"]["amount"] == 0
        assert len(ledger["entries"]) == 2
        assert (await market.said(order["number"])).count("order.completed") == 1
        assert (await market.said(order["number"], "payments")).count("escrow.released") == 1

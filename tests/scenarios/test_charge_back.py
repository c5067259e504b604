"""The buyer's bank takes the money back: what is held waits for support, what was passed on is the platform's loss."""

from typing import Any

import pytest

from tests.scenarios.steps import delivered, paid, placed
from tests.support.market import Market
from tests.support.proof import what_does_not_hold


class TestWhileTheMoneyIsHeld:
    @pytest.mark.parametrize("at", ["waiting_delivery", "waiting_confirmation", "refunding", "refund_refused"])
    async def test_t29_every_deadline_is_withdrawn_and_support_decides(self, market: Market, at: str) -> None:
        order = await reaches(market, at)
        await charged_back(market, order, reason="the holder says the card was stolen")
        seen = await market.buyer.sees(order["number"])
        assert (seen["status"], seen["deadline"], seen["held"]["amount"]) == ("disputed", None, 100_00)
        case = await the_case(market, order)
        assert (case["cause"], case["held"]["amount"]) == ("charged_back", 100_00)
        for answer in (await market.buyer.confirms(order["number"]), await market.seller.agrees(order["number"])):
            assert answer.code == "wrong_status"
        assert await what_does_not_hold(market) == {}

    async def test_reported_again_it_changes_nothing(self, market: Market) -> None:
        order = await paid(market)
        ids = {"event_id": f"evt-{order['number']}", "transaction_id": f"cb-{order['number']}"}
        for _ in range(2):
            await charged_back(market, order, **ids)
        await charged_back(market, order)
        shown = [name for name in await market.published(order["payment_number"], "payments") if "charged" in name]
        assert shown == ["payment.charged_back"]
        assert (await market.published(order["number"])).count("dispute.requested") == 1

    async def test_of_a_payment_for_two_orders_each_open_one_is_disputed(self, market: Market) -> None:
        first, second = await market.seller.lists(100_00), await market.seller.lists(40_00)
        checkout = await market.buyer.orders(first, second)
        await market.buyer.pays(checkout["payment_number"])
        done, open_ = (order["number"] for order in checkout["orders"])
        (await market.seller.delivers(done)).ok()
        (await market.buyer.confirms(done)).ok()
        await charged_back(market, {"payment_number": checkout["payment_number"]})
        assert [await market.buyer.status(number) for number in (done, open_)] == ["completed", "disputed"]
        loss = {each["number"]: each["amount"]["amount"] for each in checkout["orders"]}[done]
        assert await in_the_queue(market, checkout["payment_number"]) == [("charged_back", loss)]
        assert await what_does_not_hold(market) == {}

    async def test_during_a_dispute_the_case_goes_on_as_a_charge_back(self, market: Market) -> None:
        order = await reaches(market, "refund_refused")
        (await market.buyer.performs(order["number"], "dispute")).ok()
        await charged_back(market, order)
        case = await the_case(market, order)
        assert (case["state"], case["cause"]) == ("open", "charged_back")
        assert (await market.buyer.confirms(order["number"])).code == "wrong_status"


class TestAPart:
    async def test_t29_each_order_is_disputed_about_its_share(self, market: Market) -> None:
        first, second = await market.seller.lists(100_00), await market.seller.lists(40_00)
        checkout = await market.buyer.orders(first, second)
        await market.buyer.pays(checkout["payment_number"])
        await charged_back(market, checkout, amount={"amount": 70_00, "currency": "MYR"})
        by_amount = {each["amount"]["amount"]: each for each in checkout["orders"]}
        seen = [await market.buyer.sees(by_amount[amount]["number"]) for amount in (100_00, 40_00)]
        assert [each["status"] for each in seen] == ["disputed", "disputed"]
        for each, taken in zip(seen, ("MYR 50.00", "MYR 20.00"), strict=True):
            history = (await market.buyer.gets(f"/orders/{each['number']}/history")).ok()["items"]
            assert history[-1]["why"] == f"The bank took {taken} back."
        await rules(market, by_amount[100_00], "buyer_wins")
        assert (await market.buyer.wallet())["balance"] == 50_00
        await rules(market, by_amount[40_00], "seller_wins")
        assert (await market.buyer.wallet())["balance"] == 30_00
        assert await in_the_queue(market, checkout["payment_number"]) == []
        assert await what_does_not_hold(market) == {}

    async def test_what_can_not_have_been_captured_is_put_aside(self, market: Market) -> None:
        order = await paid(market)
        for amount, currency in ((200_00, "MYR"), (100_00, "EUR")):
            await charged_back(market, order, amount={"amount": amount, "currency": currency})
        assert await market.buyer.status(order["number"]) == "waiting_delivery"
        aside = [("charge_back_aside", 200_00), ("charge_back_aside", 100_00)]
        assert await in_the_queue(market, order["payment_number"]) == aside
        item = (await queue_items(market, order["payment_number"]))[0]["id"]
        answer = await market.support.posts(f"/unmatched/{item}/resolve", {"action": "write_off", "reason": "asked"})
        assert answer.status == 200
        assert await what_does_not_hold(market) == {}


class TestSupportDecides:
    @pytest.mark.parametrize(
        ("outcome", "amount", "status", "available"),
        [
            ("buyer_wins", None, "refunded", 0),
            ("split", 40_00, "completed", 56_76),
            ("seller_wins", None, "completed", 94_60),
        ],
    )
    async def test_t26_the_buyers_part_goes_to_the_bank(
        self, market: Market, outcome: str, amount: int | None, status: str, available: int
    ) -> None:
        order = await delivered(market)
        await charged_back(market, order)
        await rules(market, order, outcome, amount)
        seen = await market.buyer.sees(order["number"])
        assert (seen["status"], (await market.seller.wallet())["available"]) == (status, available)
        assert (await market.buyer.wallet())["balance"] == 0
        to_buyer = seen["refunded_amount"]["amount"]
        loss = 100_00 - to_buyer
        assert await in_the_queue(market, order["payment_number"]) == ([("charged_back", loss)] if loss else [])
        shown = await market.buyer.ledger(order["number"])
        assert shown["proof"]["holds"] is True
        assert shown["proof"]["refunded"]["amount"] == to_buyer
        assert (await the_case(market, order))["state"] == "closed"
        assert await what_does_not_hold(market) == {}


class TestAfterTheMoneyWasPassedOn:
    async def test_the_seller_keeps_it_and_support_looks_at_the_buyer(self, market: Market) -> None:
        order = await delivered(market)
        (await market.buyer.confirms(order["number"])).ok()
        await charged_back(market, order, reason="fraud")
        assert await market.buyer.status(order["number"]) == "completed"
        assert (await market.seller.wallet())["available"] == 94_60
        (item,) = await queue_items(market, order["payment_number"])
        assert (item["reason"], item["amount"]["amount"], item["buyer"]) == ("charged_back", 100_00, market.buyer.name)
        await self.is_written_off(market, item["id"])
        assert await what_does_not_hold(market) == {}

    async def is_written_off(self, market: Market, item: str) -> None:
        path, reason = f"/unmatched/{item}/resolve", {"reason": "the account was looked at"}
        assert (await market.support.posts(path, {"action": "write_off"})).code == "reason_required"
        assert (await market.support.posts(path, {"action": "credit", **reason})).code == "invalid_details"
        (await market.support.posts(path, {"action": "write_off", **reason})).ok()
        assert (await market.support.posts(path, {"action": "write_off", **reason})).code == "wrong_status"

    async def test_what_was_refunded_and_is_still_there_goes_back(self, market: Market) -> None:
        order = await paid(market)
        (await market.seller.gives_back(order["number"])).ok()
        await charged_back(market, order)
        assert (await market.buyer.wallet())["balance"] == 0
        assert await in_the_queue(market, order["payment_number"]) == []
        assert await what_does_not_hold(market) == {}

    async def test_late_money_too_even_when_it_was_spent(self, market: Market) -> None:
        order = await placed(market)
        attempt = (await market.buyer.attempts(order["payment_number"])).ok()
        await market.at("01:00:00")
        await market.buyer.captures(attempt["attempt_id"])
        again = await placed(market)
        (await market.buyer.pays_from_balance(again["payment_number"])).ok()
        await market.settles()
        await charged_back(market, order)
        assert (await market.buyer.wallet())["balance"] == 0
        assert await market.buyer.status(again["number"]) == "waiting_delivery"
        assert await in_the_queue(market, order["payment_number"]) == [("charged_back", 100_00)]
        assert await what_does_not_hold(market) == {}


class TestInAnyOrder:
    async def test_reported_at_once_with_the_capture_the_order_still_ends_in_dispute(self, market: Market) -> None:
        order = await placed(market)
        attempt = (await market.buyer.attempts(order["payment_number"])).ok()["attempt_id"]
        for action in ("capture", "charge_back"):
            (await market.nobody.posts(f"/sandbox/payments/{attempt}", {"action": action})).ok()
        await market.settles()
        assert await market.buyer.status(order["number"]) == "disputed"
        assert await what_does_not_hold(market) == {}

    async def test_reported_before_the_capture_it_waits_for_it(self, market: Market) -> None:
        order = await placed(market)
        attempt = (await market.buyer.attempts(order["payment_number"])).ok()["attempt_id"]
        await charged_back(market, order)
        assert await market.buyer.status(order["number"]) == "waiting_payment"
        await market.buyer.captures(attempt)
        assert await market.buyer.status(order["number"]) == "disputed"
        await rules(market, order, "buyer_wins")
        assert (await market.buyer.wallet())["balance"] == 0
        assert await what_does_not_hold(market) == {}

    @pytest.mark.parametrize("fire", [True, False], ids=["fired before", "still due"])
    async def test_a_deadline_that_was_due_gives_the_same_books_early_or_late(self, market: Market, fire: bool) -> None:
        order = await paid(market)
        await market.at("72:00:00", fire=fire)
        await charged_back(market, order)
        assert await market.buyer.status(order["number"]) == "refunded"
        assert (await market.buyer.wallet())["balance"] == 0
        assert await in_the_queue(market, order["payment_number"]) == []
        assert await what_does_not_hold(market) == {}


async def charged_back(market: Market, order: Any, **event: object) -> None:
    """The provider reports by webhook that the bank took back what the payment's first attempt captured."""
    seen = (await market.support.gets(f"/payments/{order['payment_number']}")).ok()
    attempt = seen["attempts"][0]["attempt_id"]
    (await market.nobody.posts(f"/sandbox/payments/{attempt}", {"action": "charge_back", **event})).ok()
    await market.settles()


async def reaches(market: Market, status: str) -> Any:
    """A paid order of 100.00 that stands there."""
    if status == "waiting_delivery":
        return await paid(market)
    order = await delivered(market)
    if status != "waiting_confirmation":
        (await market.buyer.requests_refund(order["number"])).ok()
    if status == "refund_refused":
        (await market.seller.refuses(order["number"])).ok()
    return order


async def the_case(market: Market, order: Any) -> Any:
    """The case of an order."""
    case = (await market.buyer.sees(order["number"]))["dispute_id"]
    return (await market.support.gets(f"/disputes/{case}")).ok()


async def rules(market: Market, order: Any, outcome: str, amount: int | None = None) -> None:
    """Support rules, and orders applies it."""
    case = await the_case(market, order)
    body: dict[str, Any] = {"outcome": outcome, "reason": "the evidence says so"}
    if amount is not None:
        body["buyer_amount"] = {"amount": amount, "currency": "MYR"}
    (await market.support.posts(f"/disputes/{case['id']}/decision", body)).ok()
    await market.settles()


async def queue_items(market: Market, payment_number: str) -> list[Any]:
    """The items of the review queue about a payment."""
    query = "select id::text from unmatched_items where payment_number = $1 and resolved_at is null"
    ids = {row["id"] for row in await market.sql("payments", query, payment_number)}
    items: list[Any] = []
    path = "/unmatched?limit=100"
    while True:
        page = (await market.support.gets(path)).ok()
        items += page["items"]
        if page["next_cursor"] is None:
            found = [each for each in items if each["payment_number"] == payment_number]
            assert {each["id"] for each in found} == ids
            return found
        path = f"/unmatched?limit=100&cursor={page['next_cursor']}"


async def in_the_queue(market: Market, payment_number: str) -> list[tuple[str, int]]:
    return [(each["reason"], each["amount"]["amount"]) for each in await queue_items(market, payment_number)]

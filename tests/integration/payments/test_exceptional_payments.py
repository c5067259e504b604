"""Payments that do not go as planned, through the gateway and with the real orders service."""

from typing import Any, get_args
from uuid import uuid4

from services.payments.domain.methods import MethodName
from shared.ids import Numbers
from tests.scenarios.steps import placed
from tests.support.market import Actor, Market
from tests.support.proof import what_does_not_hold


async def next_number(market: Market) -> str:
    """The number that the next checkout's payment will have."""
    (row,) = await market.sql("orders", "select last_value + is_called::int as value from payment_numbers")
    return Numbers(bytes.fromhex(market.stack.service_env("orders")["MARKET_NUMBER_KEY"])).payment(row["value"])


async def suspends(market: Market, action: str) -> None:
    """Support suspends the seller without a freeze, or reinstates."""
    (await market.support.posts(f"/conduct/{market.seller.name}/{action}", {"reason": "Looked into it"})).ok()
    await market.settles()


def money(amount: int, currency: str = "MYR") -> dict[str, Any]:
    return {"amount": amount, "currency": currency}


async def statement(actor: Actor) -> list[tuple[str, int]]:
    items = (await actor.gets("/balance/entries")).ok()["items"]
    return [(item["story"], item["amount"]["amount"]) for item in items]


async def plays(market: Market, attempt_id: str, action: str, **event: object) -> Any:
    result = (await market.nobody.posts(f"/sandbox/payments/{attempt_id}", {"action": action, **event})).ok()
    await market.settles()
    return result


class TestIPaidTwiceOrTheWrongAmount:
    async def test_scenario_8_an_abandoned_attempt_that_is_captured_too_is_credited(self, market: Market) -> None:
        order = await placed(market, currency="EUR")
        card = (await market.buyer.attempts(order["payment_number"])).ok()
        await market.buyer.pays(order["payment_number"], "ideal")
        await market.buyer.captures(card["attempt_id"], transaction_id="other-1" + order["number"])
        assert await market.buyer.status(order["number"]) == "waiting_delivery"
        wallet = await market.buyer.wallet("EUR")
        assert (wallet["balance"], wallet["in_escrow"]) == (100_00, 100_00)
        credited = await market.events(order["payment_number"], "payments")
        assert [each["body"]["reason"] for each in credited if each["event"] == "payment.credited"] == ["duplicate"]

    async def test_scenario_10_too_little_waits_for_support(self, market: Market) -> None:
        order = await placed(market)
        attempt = (await market.buyer.attempts(order["payment_number"])).ok()
        await market.buyer.captures(attempt["attempt_id"], amount=money(90_00))
        assert await market.buyer.status(order["number"]) == "waiting_payment"
        await market.at("01:00:00")
        assert await market.buyer.status(order["number"]) == "expired"
        assert (await market.buyer.wallet())["balance"] == 0
        (unmatched,) = [
            each for each in await market.events(order["payment_number"], "payments") if "unmatched" in each["event"]
        ]
        assert (unmatched["body"]["reason"], unmatched["body"]["amount"]) == ("underpaid", 90_00)
        await self.support_credits(market, order["payment_number"])
        assert (await market.buyer.wallet())["balance"] == 90_00

    async def support_credits(self, market: Market, payment_number: str) -> None:
        support = market.support
        assert (await market.buyer.gets("/unmatched")).code == "forbidden"
        items = (await support.gets("/unmatched?limit=100")).ok()["items"]
        (item,) = [each for each in items if each["payment_number"] == payment_number]
        assert (item["reason"], item["amount"]) == ("underpaid", money(90_00))
        path = f"/unmatched/{item['id']}/resolve"
        body = {"action": "credit", "reason": "the receipt shows 90.00"}
        assert (await market.buyer.posts(path, body)).code == "forbidden"
        assert (await support.posts(path, {"action": "credit"})).code == "reason_required"
        (await support.posts(path, body)).ok()
        assert (await support.posts(path, body)).code == "wrong_status"
        left = (await support.gets("/unmatched?limit=100")).ok()["items"]
        assert item["id"] not in [each["id"] for each in left]

    async def test_scenario_11_too_much_pays_and_the_rest_is_credited(self, market: Market) -> None:
        order = await placed(market)
        attempt = (await market.buyer.attempts(order["payment_number"])).ok()
        await market.buyer.captures(attempt["attempt_id"], amount=money(105_00))
        assert await market.buyer.status(order["number"]) == "waiting_delivery"
        assert (await market.buyer.wallet())["balance"] == 5_00
        assert (await market.buyer.ledger(order["number"]))["proof"]["holds"] is True

    async def test_scenario_20_a_failed_attempt_leaves_the_order_unpaid(self, market: Market) -> None:
        order = await placed(market)
        attempt = (await market.buyer.attempts(order["payment_number"])).ok()
        await plays(market, attempt["attempt_id"], "fail", reason="mobile_unverified")
        assert await market.buyer.status(order["number"]) == "waiting_payment"
        seen = (await market.buyer.gets(f"/payments/{order['payment_number']}")).ok()
        assert [(each["status"], each["reason"]) for each in seen["attempts"]] == [("failed", "mobile_unverified")]
        assert seen["status"] == "waiting_payment"
        deadline = (await market.buyer.sees(order["number"]))["deadline"]
        assert (deadline["kind"], deadline["due_at"]) == ("D1", market.written("01:00:00"))
        assert (await market.seller.gets("/orders?as=seller")).ok()["items"] == []
        assert (await market.seller.gets(f"/ledger/{order['number']}")).code == "order_not_found"

    async def test_one_of_two_orders_was_deleted_meanwhile(self, market: Market) -> None:
        first, second = await market.seller.lists(100_00), await market.seller.lists(40_00)
        checkout = await market.buyer.orders(first, second)
        attempt = (await market.buyer.attempts(checkout["payment_number"])).ok()
        assert attempt["amount"]["amount"] == 140_00
        small = next(each for each in checkout["orders"] if each["amount"]["amount"] == 40_00)
        (await market.buyer.deletes(small["number"])).ok()
        await market.buyer.captures(attempt["attempt_id"])
        wallet = await market.buyer.wallet()
        assert (wallet["balance"], wallet["in_escrow"]) == (40_00, 100_00)


class TestWhatISee:
    async def test_a_payment_shows_what_is_due_and_how_it_was_tried(self, market: Market) -> None:
        order = await placed(market)
        path = f"/payments/{order['payment_number']}"
        seen = (await market.buyer.gets(path)).ok()
        assert (seen["status"], seen["due"]["amount"]) == ("waiting_payment", 100_00)
        fees = {each["method"]: each["fee"]["amount"] for each in seen["methods"]}
        others = {"razer_gold": 6_00, "crypto": 1_00, "bank_transfer": 0}
        assert fees == {"balance": 0, "card": 0, "visa_mastercard_my": 1_10, **others}
        await market.buyer.pays(order["payment_number"])
        seen = (await market.buyer.gets(path)).ok()
        assert (seen["status"], seen["due"]["amount"], seen["methods"]) == ("captured", 0, [])
        assert [each["status"] for each in seen["orders"]] == ["paid"]
        for stranger in (market.seller, market.someone("stranger")):
            assert (await stranger.gets(path)).code == "not_found"
            assert (await stranger.attempts(order["payment_number"])).code == "not_found"
        assert (await market.support.gets(path)).status == 200
        assert (await market.support.attempts(order["payment_number"])).code == "not_a_party"

    async def test_a_payment_on_its_way_is_waited_for(self, market: Market) -> None:
        listing_id = await market.seller.lists()
        line = {"lines": [{"listing_id": listing_id, "quantity": 1}]}
        checkout = (await market.buyer.posts("/checkouts", line)).ok()
        assert (await market.buyer.attempts(checkout["payment_number"])).status == 201
        await market.settles()

    async def test_a_payment_that_is_not_known_yet_is_503_and_the_same_key_pays_it_once_it_is(
        self, market: Market
    ) -> None:
        listing_id = await market.seller.lists()
        number, key = await next_number(market), str(uuid4())
        path, body = f"/payments/{number}/attempts", {"method": "card"}
        for answer in (await market.buyer.posts(path, body, key), await market.buyer.gets(f"/payments/{number}")):
            assert (answer.status, answer.code, answer.headers["retry-after"]) == (503, "not_yet_known", "1")
        wrong = f"/payments/{number[:-1]}{(int(number[-1]) + 1) % 10}"
        for answer in (await market.buyer.posts(f"{wrong}/attempts", body), await market.buyer.gets(wrong)):
            assert (answer.status, answer.code) == (404, "not_found")
        assert (await market.buyer.orders(listing_id))["payment_number"] == number
        made = await market.buyer.posts(path, body, key)
        assert made.status == 201, made.body
        again = await market.buyer.posts(path, body, key)
        assert (again.body, again.headers["idempotency-replayed"]) == (made.body, "true")

    async def test_an_order_that_refused_its_money_for_a_suspension_is_paid_after_the_reinstatement(
        self, market: Market
    ) -> None:
        order = await placed(market)
        await suspends(market, "suspend")
        await market.buyer.pays(order["payment_number"])
        assert (await market.buyer.wallet())["balance"] == 100_00
        await suspends(market, "reinstate")
        pay = (await market.buyer.sees(order["number"]))["actions"][0]
        assert (pay["name"], pay["allowed"]) == ("pay", True)
        seen = (await market.buyer.gets(f"/payments/{order['payment_number']}")).ok()
        assert (seen["status"], seen["due"]["amount"]) == ("waiting_payment", 100_00)
        (await market.buyer.pays_from_balance(order["payment_number"])).ok()
        await market.settles()
        assert await market.buyer.status(order["number"]) == "waiting_delivery"
        assert await market.buyer.wallet() == {**(await market.someone("new").wallet()), "in_escrow": 100_00}
        assert (await market.buyer.attempts(order["payment_number"])).code == "wrong_status"
        assert await what_does_not_hold(market) == {}

    async def test_a_statement_shows_every_movement(self, market: Market) -> None:
        order = await placed(market)
        attempt = (await market.buyer.attempts(order["payment_number"])).ok()
        await market.buyer.captures(attempt["attempt_id"], amount=money(105_00))
        (await market.seller.gives_back(order["number"])).ok()
        assert await statement(market.buyer) == [("settlement", 100_00), ("capture", 5_00)]
        page = (await market.buyer.gets("/balance/entries?limit=1")).ok()
        second = (await market.buyer.gets(f"/balance/entries?limit=1&cursor={page['next_cursor']}")).ok()
        assert [page["items"][0]["order_number"], second["items"][0]["payment_number"]] == [
            order["number"],
            order["payment_number"],
        ]
        assert second["next_cursor"] is None
        nothing = (await market.buyer.gets("/balance/entries?currency=EUR")).ok()
        assert nothing["items"] == []
        for wrong in ("from=yesterday", "to=9999-12-31T23:59:59-23:59", "currency=xx", "cursor=x", "limit=0"):
            assert (await market.buyer.gets(f"/balance/entries?{wrong}")).status == 422

    async def test_a_statement_comes_as_csv_for_those_who_ask(self, market: Market) -> None:
        order = await placed(market)
        await market.buyer.pays(order["payment_number"])
        (await market.seller.gives_back(order["number"])).ok()
        headers = {**market.buyer.headers, "Accept": "text/csv"}
        got = await market.client.get(f"{market.stack.url}/v1/balance/entries", headers=headers)
        head, line = got.text.strip().splitlines()
        assert head == "at,reference,story,account,amount,currency,payment_number,order_number"
        assert line.split(",")[1:6] == [f"{order['number']}:v3", "settlement", "buyer_balance", "10000", "MYR"]

    async def test_payment_methods_are_shown_to_anyone(self, market: Market) -> None:
        anywhere = ["balance", "card"]
        for query, names in (
            ("?currency=EUR&country=NL&amount=100", [*anywhere, "ideal", "neosurf", "crypto"]),
            ("?currency=KRW&amount=47", [*anywhere, "samsung_pay", "crypto"]),
            ("?currency=KRW&amount=48", [*anywhere, "kakaopay", "samsung_pay", "crypto"]),
            ("?currency=BRL&amount=24999655&country=BR", [*anywhere, "boleto", "banco_do_brasil", "itau", "crypto"]),
            ("?currency=BRL&amount=24999656&country=BR", [*anywhere, "banco_do_brasil", "itau", "crypto"]),
            ("?currency=BRL&amount=100&country=MY", [*anywhere, "crypto"]),
        ):
            items = (await market.nobody.gets(f"/payment-methods{query}")).ok()["items"]
            assert [each["method"] for each in items] == names, query
        assert len((await market.nobody.gets("/payment-methods")).ok()["items"]) == len(get_args(MethodName))
        wrong_ones = ("amount=0", "amount=1_0", "amount=-1", "currency=XXXX", "amount=1e3", "country=mys", "country=")
        for wrong in wrong_ones:
            assert (await market.nobody.gets(f"/payment-methods?{wrong}")).status == 422

    async def test_the_quote_of_a_method_is_what_its_attempt_is_charged(self, market: Market) -> None:
        order = await placed(market, 33_33)
        path = f"/payments/{order['payment_number']}"
        shown = (await market.buyer.gets(f"{path}?country=MY")).ok()["methods"]
        quoted = (await market.nobody.gets("/payment-methods?currency=MYR&country=MY&amount=3333")).ok()["items"]
        assert {each["method"]: each["fee"] for each in shown} == {each["method"]: each["fee"] for each in quoted}
        local = next(each for each in shown if each["method"] == "visa_mastercard_my")
        body = {"method": "visa_mastercard_my", "country": "SG"}
        assert (await market.buyer.posts(f"{path}/attempts", body)).code == "payment_method_unavailable"
        made = (await market.buyer.posts(f"{path}/attempts", {**body, "country": "MY"})).ok()
        assert (local["fee"]["amount"], made["amount"]) == (37, local["total"])
        assert made["valid_until"] == (await market.buyer.gets(path)).ok()["due_at"]
        await market.buyer.captures(made["attempt_id"])
        assert await market.buyer.status(order["number"]) == "waiting_delivery"
        assert await what_does_not_hold(market) == {}

    async def test_the_sandbox_knows_only_its_own_attempts(self, market: Market) -> None:
        unknown = "/sandbox/payments/01960000-0000-7000-8000-000000000001"
        assert (await market.nobody.posts(unknown, {"action": "capture"})).status == 404
        order = await placed(market)
        attempt = (await market.buyer.attempts(order["payment_number"])).ok()
        wrong: list[dict[str, Any]] = [{"action": "capture", "amount": money(0)}, {"action": "steal"}, {}]
        wrong += [{"action": "charge_back", "amount": money(0)}, {"action": "fail", "reason": "it was not me"}]
        for body in wrong:
            answer = await market.nobody.posts(f"/sandbox/payments/{attempt['attempt_id']}", body)
            assert (answer.status, answer.code) == (422, "validation_failed")

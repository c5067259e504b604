"""What a seller may offer, and what a buyer can't order."""

import asyncio

from deploy.client.person import a_listing
from tests.scenarios.steps import paid
from tests.support.market import Market


class TestMyListings:
    async def test_a_draft_is_seen_only_by_its_seller(self, market: Market) -> None:
        listing_id = await market.seller.lists(state="draft")
        assert (await market.nobody.gets(f"/listings/{listing_id}")).code == "listing_not_found"
        assert (await market.seller.gets(f"/listings/{listing_id}")).ok()["state"] == "draft"
        line = {"lines": [{"listing_id": listing_id, "quantity": 1}]}
        assert (await market.buyer.posts("/checkouts", line)).code == "listing_not_found"

    async def test_an_id_belongs_to_whoever_took_it_first(self, market: Market) -> None:
        listing_id = await market.seller.lists()
        answer = await market.buyer.puts(f"/listings/{listing_id}", a_listing())
        assert (answer.status, answer.code) == (409, "listing_id_taken")

    async def test_a_sellers_listings_have_one_currency(self, market: Market) -> None:
        await market.seller.lists(100, "MYR")
        answer = await market.seller.puts("/listings/other-currency", a_listing(100, "EUR"))
        assert (answer.status, answer.code) == (422, "currency_mismatch")

    async def test_an_account_needs_a_declaration(self, market: Market) -> None:
        body = a_listing(category="account", account_declaration=False)
        assert (await market.seller.puts("/listings/acc", body)).code == "validation_failed"


class TestWhatCannotBeOrdered:
    async def test_from_a_closed_store(self, market: Market) -> None:
        listing_id = await market.seller.lists()
        (await market.seller.puts("/store", {"open": False})).ok()
        line = {"lines": [{"listing_id": listing_id, "quantity": 1}]}
        assert (await market.buyer.posts("/checkouts", line)).code == "store_closed"
        found = (await market.nobody.gets(f"/listings?seller={market.seller.name}")).ok()
        assert found["items"] == []
        (await market.seller.puts("/store", {"open": True})).ok()
        assert (await market.buyer.posts("/checkouts", line)).status == 201

    async def test_from_oneself_or_more_than_there_is(self, market: Market) -> None:
        listing_id = await market.seller.lists(stock=2)
        one, three = ({"lines": [{"listing_id": listing_id, "quantity": count}]} for count in (1, 3))
        assert (await market.seller.posts("/checkouts", one)).code == "self_purchase"
        assert (await market.buyer.posts("/checkouts", three)).code == "stock_exhausted"
        assert (await market.nobody.gets(f"/listings/{listing_id}")).ok()["stock"] == 2

    async def test_all_lines_or_none(self, market: Market) -> None:
        plenty, none = await market.seller.lists(stock=5), await market.seller.lists(stock=0)
        lines = [{"listing_id": each, "quantity": 1} for each in (plenty, none)]
        assert (await market.buyer.posts("/checkouts", {"lines": lines})).code == "stock_exhausted"
        assert (await market.nobody.gets(f"/listings/{plenty}")).ok()["stock"] == 5
        assert (await market.buyer.gets("/orders")).ok()["items"] == []

    async def test_two_currencies_in_one_checkout(self, market: Market) -> None:
        other = market.someone("seller")
        lines = [
            {"listing_id": await each.lists(100, money), "quantity": 1}
            for each, money in ((market.seller, "MYR"), (other, "EUR"))
        ]
        answer = await market.buyer.posts("/checkouts", {"lines": lines})
        assert (answer.status, answer.code) == (422, "currency_mismatch")

    async def test_the_last_piece_twice_at_once(self, market: Market) -> None:
        listing_id = await market.seller.lists(stock=1)
        line = {"lines": [{"listing_id": listing_id, "quantity": 1}]}
        buyers = [market.someone("buyer") for _ in range(8)]
        answers = await asyncio.gather(*(buyer.posts("/checkouts", line) for buyer in buyers))
        assert sorted(answer.status for answer in answers) == [201, *[409] * 7]

    async def test_overdue_unpaid_orders_free_their_stock_first(self, market: Market) -> None:
        listing_id = await market.seller.lists(stock=1)
        first = (await market.buyer.orders(listing_id))["orders"][0]
        await market.at("01:00:00", fire=False)
        line = {"lines": [{"listing_id": listing_id, "quantity": 1}]}
        assert (await market.someone("buyer").posts("/checkouts", line)).status == 201
        assert await market.buyer.status(first["number"]) == "expired"


class TestOneCheckoutOfSeveralLines:
    async def test_one_payment_pays_them_all_and_each_goes_its_own_way(self, market: Market) -> None:
        listings = [await market.seller.lists(100_00), await market.seller.lists(40_00)]
        checkout = await market.buyer.orders(*listings)
        assert checkout["amount"] == {"amount": 140_00, "currency": "MYR"}
        await market.buyer.pays(checkout["payment_number"])
        first, second = (order["number"] for order in checkout["orders"])
        (await market.seller.delivers(first)).ok()
        (await market.buyer.confirms(first)).ok()
        await market.at("72:00:00")
        assert [await market.buyer.status(each) for each in (first, second)] == ["completed", "refunded"]
        assert (await market.seller.wallet())["available"] == 94_60
        assert (await market.buyer.wallet())["balance"] == 40_00

    async def test_other_details_are_another_order_and_the_same_ones_are_not(self, market: Market) -> None:
        listing_id = await market.seller.lists(10_00, stock=6)
        ids: tuple[dict[str, str], ...] = ({"id": "a", "server": "1"}, {"id": "b"}, {"server": "1", "id": "a"}, {})
        lines = [{"listing_id": listing_id, "quantity": 1, "details": each} for each in ids[:3]]
        lines.append({"listing_id": listing_id, "quantity": 2})
        checkout = (await market.buyer.posts("/checkouts", {"lines": lines})).ok()
        placed = [(order["details"], order["quantity"]) for order in checkout["orders"]]
        assert placed == [(ids[0], 2), (ids[1], 1), ({}, 2)]
        assert (await market.nobody.gets(f"/listings/{listing_id}")).ok()["stock"] == 1
        await market.settles()
        await market.buyer.pays(checkout["payment_number"])
        sold = (await market.seller.gets("/orders?as=seller&status=waiting_delivery")).ok()["items"]
        assert sorted(each["details"].get("id", "") for each in sold) == ["", "a", "b"]
        short = await market.buyer.posts("/checkouts", {"lines": lines[:2]})
        assert (short.code, short.body["current"]["stock"]) == ("stock_exhausted", 1)

    async def test_a_deleted_lines_share_comes_back(self, market: Market) -> None:
        checkout = await market.buyer.orders(await market.seller.lists(100_00), await market.seller.lists(40_00))
        attempt = (await market.buyer.attempts(checkout["payment_number"])).ok()
        first, second = (order["number"] for order in checkout["orders"])
        (await market.buyer.deletes(second)).ok()
        await market.buyer.captures(attempt["attempt_id"], amount={"amount": 140_00, "currency": "MYR"})
        assert [await market.buyer.status(each) for each in (first, second)] == ["waiting_delivery", "deleted"]
        assert (await market.buyer.wallet())["balance"] == 40_00


class TestMyLists:
    async def test_i_see_my_orders_page_by_page_newest_first(self, market: Market) -> None:
        listing_id = await market.seller.lists()
        placed = [(await market.buyer.orders(listing_id))["orders"][0]["number"] for _ in range(3)]
        seen: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            page = (await market.buyer.gets(f"/orders?limit=2{cursor}")).ok()
            seen += [order["number"] for order in page["items"]]
            cursor = f"&cursor={page['next_cursor']}" if page["next_cursor"] else None
        assert sorted(seen) == sorted(placed)

    async def test_the_seller_sees_an_order_only_from_paid_on(self, market: Market) -> None:
        order = (await market.buyer.orders(await market.seller.lists()))["orders"][0]
        assert (await market.seller.gets("/orders?as=seller")).ok()["items"] == []
        path = f"/orders/{order['number']}"
        assert (await market.seller.gets(path)).code == "order_not_found"
        for act in ("deliver", "deliver?preview=true", "confirm", "review/reply", "confirm?preview=true"):
            body = {"rating": 5, "text": "Fine"} if act == "review/reply" else None
            assert (await market.seller.posts(f"{path}/{act}", body)).code == "order_not_found"
        for place in (f"{path}/history", f"/ledger/{order['number']}"):
            assert (await market.seller.gets(place)).code == "order_not_found"
        decision = {"outcome": "refund", "reason": "Both agreed"}
        assert (await market.seller.posts(f"{path}/decision?preview=true", decision)).code == "order_not_found"
        assert (await market.seller.posts(f"{path}/decision", decision)).code == "forbidden"
        assert (await market.support.posts(f"{path}/deliver")).code == "not_a_party"
        await market.buyer.pays(order["payment_number"])
        sold = (await market.seller.gets("/orders?as=seller&status=waiting_delivery")).ok()["items"]
        assert [each["number"] for each in sold] == [order["number"]]

    async def test_support_sees_anybodys_orders(self, market: Market) -> None:
        order = await paid(market)
        found = (await market.support.gets(f"/orders?seller={market.seller.name}")).ok()["items"]
        assert [each["number"] for each in found] == [order["number"]]
        assert (await market.buyer.gets(f"/orders?seller={market.seller.name}")).code == "forbidden"


class TestOneTraceFromClickToMoney:
    async def test_what_follows_from_a_command_carries_its_trace(self, market: Market) -> None:
        order = await paid(market)
        (await market.seller.delivers(order["number"])).ok()
        trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        headers = {
            **market.buyer.headers,
            "Idempotency-Key": "traced",
            "traceparent": f"00-{trace}-00f067aa0ba902b7-01",
        }
        url = f"{market.stack.url}/v1/orders/{order['number']}/confirm"
        assert (await market.client.post(url, headers=headers)).status_code == 200
        await market.settles()
        query = (
            "select message_id, causation_id, correlation_id, traceparent from outbox where subject = $1 and event = $2"
        )
        (cause,) = await market.sql("orders", query, order["number"], "order.completed")
        (effect,) = await market.sql("payments", query, order["number"], "escrow.released")
        assert [row["traceparent"].split("-")[1] for row in (cause, effect)] == [trace, trace]
        assert (effect["causation_id"], effect["correlation_id"]) == (str(cause["message_id"]), cause["correlation_id"])

"""Whatever is sent, the answer is the right 4xx with its code, and nothing has changed."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any
from uuid import uuid4

import pytest

from deploy.client.person import a_listing
from tests.scenarios.steps import delivered, paid, placed
from tests.support.market import Actor, Market

HUGE = 10**30
WRONG = [
    b"",
    b"null",
    b"[]",
    b'"text"',
    b"{",
    b'{"lines":[]}',
    b'{"lines":{}}',
    b'{"lines":[{}]}',
    b'{"lines":[{"listing_id":"x","quantity":NaN}]}',
    b'{"lines":[{"listing_id":"x","quantity":Infinity}]}',
    b'{"lines":[{"listing_id":"x","quantity":1e999}]}',
    b'{"lines":[{"listing_id":"x","quantity":-1}]}',
    b'{"lines":[{"listing_id":"x","quantity":0}]}',
    b'{"lines":[{"listing_id":"x","quantity":true}]}',
    b'{"lines":[{"listing_id":"x","quantity":"1"}]}',
    b'{"lines":[{"listing_id":"x","quantity":1.0}]}',
    f'{{"lines":[{{"listing_id":"x","quantity":{HUGE}}}]}}'.encode(),
    b'{"lines":[{"listing_id":"\\u0000","quantity":1}]}',
    b'{"lines":[{"listing_id":"\\ud800","quantity":1}]}',
    b'{"lines":[{"listing_id":"x","quantity":1}],"status":"completed"}',
    b'{"lines":[{"listing_id":"x","quantity":1}],"lines":[]}',
    b'{"lines":[{"listing_id":"x","quantity":1,"details":{"a":"\\u0000"}}]}',
    json.dumps({"lines": [{"listing_id": "x", "quantity": 1}]}).encode("utf-16"),
    b"\xef\xbb\xbf" + b'{"lines":[{"listing_id":"x","quantity":1}]}',
    b"\xff\xfe\xfd",
    b"[" * 50_000,
    b'{"lines":' + b"[" * 40 + b"]" * 40 + b"}",
]


class TestABodyThatCannotBeRight:
    @pytest.mark.parametrize("body", WRONG, ids=range(len(WRONG)))
    async def test_a_checkout_is_refused_and_nothing_is_placed(self, market: Market, body: bytes) -> None:
        for path in ("/checkouts", "/payments/P0000000000/attempts"):
            answer = await raw(market.buyer, "POST", path, body)
            assert answer.status_code in (400, 422), answer.text
            assert answer.json()["code"] in ("malformed_json", "validation_failed")
            assert answer.headers["content-type"] == "application/problem+json"
        assert (await market.buyer.gets("/orders")).ok()["items"] == []

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("unit_price", {"amount": -1, "currency": "MYR"}),
            ("unit_price", {"amount": 0, "currency": "MYR"}),
            ("unit_price", {"amount": 10**12 + 1, "currency": "MYR"}),
            ("unit_price", {"amount": 1.5, "currency": "MYR"}),
            ("unit_price", {"amount": "100", "currency": "MYR"}),
            ("unit_price", {"amount": 100, "currency": "XYZ"}),
            ("unit_price", {"amount": 100, "currency": "myr"}),
            ("stock", -1),
            ("stock", 2**63),
            ("delivery_hours", 0),
            ("delivery_hours", 73),
            ("title", ""),
            ("title", "   "),
            ("title", "a\u202eb"),
            ("title", "a\u0007b"),
            ("title", 5),
            ("category", "weapon"),
            ("state", "sold"),
            ("seller", "somebody else"),
        ],
    )
    async def test_a_listing_is_refused_and_not_made(self, market: Market, field: str, value: Any) -> None:
        listing_id = f"bad-{uuid4().hex[:8]}"
        answer = await market.seller.puts(f"/listings/{listing_id}", {**a_listing(), field: value})
        assert (answer.status, answer.code) == (422, "validation_failed")
        assert (await market.seller.gets(f"/listings/{listing_id}")).code == "listing_not_found"

    async def test_a_body_over_the_limit_is_413(self, market: Market) -> None:
        answer = await raw(market.buyer, "POST", "/checkouts", b'{"lines":"' + b"x" * 100_000 + b'"}')
        assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")

    @pytest.mark.parametrize("query", ["", "?preview=true"])
    async def test_an_action_that_takes_nothing_does_nothing_with_a_body(self, market: Market, query: str) -> None:
        order = await paid(market)
        for body, code in ((b'{"hand_over":5,"surprise":1}', "validation_failed"), (b"[1]", "validation_failed")):
            answer = await raw(market.seller, "POST", f"/orders/{order['number']}/deliver{query}", body)
            assert (answer.status_code, answer.json()["code"]) == (422, code)
        answer = await raw(market.seller, "POST", f"/orders/{order['number']}/deliver{query}", b"{")
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json")
        assert await market.seller.status(order["number"]) == "waiting_delivery"

    async def test_a_refusal_never_echoes_what_was_sent(self, market: Market) -> None:
        answer = await raw(market.buyer, "POST", "/checkouts", b'{"lines":"<script>alert(1)</script>"}')
        assert "script" not in answer.text

    @pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "cursor=abc", "status=gone", "as=god"])
    async def test_a_query_that_cannot_be_right(self, market: Market, query: str) -> None:
        answer = await market.buyer.gets(f"/orders?{query}")
        assert (answer.status, answer.code) == (422, "validation_failed")


class TestWhoAsks:
    @pytest.mark.parametrize("token", ["", "Bearer", "Bearer x", "Bearer a.b.c", "Basic eDp5", "Bearer " + "a" * 5000])
    async def test_without_a_valid_token_everything_is_401(self, market: Market, token: str) -> None:
        headers = {"Authorization": token} if token else {}
        for method, path in (("GET", "/orders"), ("POST", "/checkouts"), ("GET", "/balance"), ("GET", "/deadlines")):
            url = f"{market.stack.url}/v1{path}"
            answer = await market.client.request(method, url, headers=headers, content=b"{")
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")

    async def test_an_expired_or_foreign_token_is_401(self, market: Market) -> None:
        for claims in ({"exp": int(time.time()) - 3600}, {"aud": "elsewhere"}, {"iss": "elsewhere"}):
            assert (await market.someone("eve", **claims).gets("/orders")).code == "unauthenticated"

    async def test_other_peoples_orders_do_not_exist(self, market: Market) -> None:
        order = await paid(market)
        eve, number = market.someone("eve"), order["number"]
        reads = [f"/orders/{number}", f"/orders/{number}/history", f"/ledger/{number}"]
        for path in reads:
            answer = await eve.gets(path)
            assert (answer.status, answer.code) == (404, "order_not_found")
        assert (await eve.gets(f"/payments/{order['payment_number']}")).status == 404
        for act in ("deliver", "confirm"):
            assert (await eve.posts(f"/orders/{number}/{act}")).code == "order_not_found"
        assert (await eve.gives_back(number)).code == "order_not_found"
        assert (await eve.deletes(number)).code == "order_not_found"
        assert await market.buyer.status(number) == "waiting_delivery"

    async def test_the_wrong_side_of_an_order_is_403(self, market: Market) -> None:
        order = await delivered(market, at="01:00:00")
        assert (await market.buyer.delivers(order["number"])).code == "not_a_party"
        assert (await market.seller.confirms(order["number"])).code == "not_a_party"
        assert (await market.seller.deletes(order["number"])).code == "not_a_party"

    async def test_operators_routes_are_for_operators(self, market: Market) -> None:
        for path in ("/deadlines", "/ops/orders/parked", "/ops/payments/parked", "/ops/scheduler/parked"):
            assert (await market.buyer.gets(path)).code == "forbidden"

    @pytest.mark.parametrize("number", ["K1", "K0000000001", "P9715396380", "k5657777893", "%00", "..%2f..", "K" * 60])
    async def test_a_number_that_is_none_of_ours_is_404(self, market: Market, number: str) -> None:
        assert (await market.buyer.gets(f"/orders/{number}")).status in (400, 404)


class TestKeys:
    async def test_without_a_key_a_command_is_400(self, market: Market) -> None:
        for key in ({}, {"Idempotency-Key": ""}, {"Idempotency-Key": "x" * 201}):
            answer = await raw(market.buyer, "POST", "/orders/K0000000000/confirm", b"", key)
            assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")

    async def test_the_same_key_gets_the_same_bytes_and_another_body_is_422(self, market: Market) -> None:
        listing_id = await market.seller.lists()
        one = json.dumps({"lines": [{"listing_id": listing_id, "quantity": 1}]}).encode()
        two = json.dumps({"lines": [{"listing_id": listing_id, "quantity": 2}]}).encode()
        first = await raw(market.buyer, "POST", "/checkouts", one, {"Idempotency-Key": "once"})
        again = await raw(market.buyer, "POST", "/checkouts", one, {"Idempotency-Key": '"once"'})
        other = await raw(market.buyer, "POST", "/checkouts", two, {"Idempotency-Key": "once"})
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.content == again.content
        assert again.headers["Idempotency-Replayed"] == "true"
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_conflict")
        assert (await market.nobody.gets(f"/listings/{listing_id}")).ok()["stock"] == 9

    async def test_a_key_is_its_user_s_own(self, market: Market) -> None:
        key, other = {"Idempotency-Key": str(uuid4())}, market.someone("other-buyer")
        listing = await market.seller.lists()
        body = json.dumps({"lines": [{"listing_id": listing, "quantity": 1}]}).encode()
        answers = [await raw(who, "POST", "/checkouts", body, key) for who in (market.buyer, other)]
        assert [answer.status_code for answer in answers] == [201, 201]
        assert not any("Idempotency-Replayed" in answer.headers for answer in answers)
        numbers = [answer.json()["orders"][0]["number"] for answer in answers]
        assert len(set(numbers)) == 2
        for who, number in zip((market.buyer, other), numbers, strict=True):
            assert [item["number"] for item in (await who.gets("/orders")).ok()["items"]] == [number]

    async def test_a_refusal_is_kept_under_its_key_too(self, market: Market) -> None:
        order = await placed(market)
        path = f"/orders/{order['number']}/confirm"
        assert (await market.buyer.posts(path, key="k")).code == "wrong_status"
        await market.buyer.pays(order["payment_number"])
        (await market.seller.delivers(order["number"])).ok()
        assert (await market.buyer.posts(path, key="k")).code == "wrong_status"
        assert (await market.buyer.posts(path, key="k2")).ok()["status"] == "completed"


class TestForgedMoney:
    async def test_a_webhook_without_the_right_signature_moves_nothing(self, market: Market) -> None:
        order = await placed(market)
        attempt = (await market.buyer.attempts(order["payment_number"])).ok()
        body = json.dumps({"type": "payment.captured", "attempt_id": attempt["attempt_id"]}).encode()
        now = str(int(time.time()))
        for headers in (
            {},
            signed(body, now, b"guessed" * 5),
            {**signed(body, now, b"x" * 32), "webhook-signature": "v1,"},
        ):
            answer = await raw(market.nobody, "POST", "/webhooks/sandbox", body, headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "signature_invalid")
        await market.settles()
        assert await market.buyer.status(order["number"]) == "waiting_payment"

    async def test_a_stale_webhook_moves_nothing(self, market: Market) -> None:
        order = await placed(market)
        attempt = (await market.buyer.attempts(order["payment_number"])).ok()
        body = json.dumps({"type": "payment.captured", "attempt_id": attempt["attempt_id"]}).encode()
        secret = market.stack.service_env("payments")["MARKET_SANDBOX_WEBHOOK_SECRET"].removeprefix("whsec_")
        for age in (-600, 600):
            headers = signed(body, str(int(time.time()) + age), base64.b64decode(secret))
            answer = await raw(market.nobody, "POST", "/webhooks/sandbox", body, headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "signature_stale")
        assert await market.buyer.status(order["number"]) == "waiting_payment"

    async def test_paying_from_the_balance_needs_proof_and_money(self, market: Market) -> None:
        order = await placed(market)
        unproved = await market.buyer.attempts(order["payment_number"], "balance")
        assert (unproved.status, unproved.code) == (403, "reauthentication_required")
        assert (await market.buyer.pays_from_balance(order["payment_number"])).code == "balance_insufficient"
        assert (await market.seller.attempts(order["payment_number"])).status == 404

    async def test_a_method_that_cannot_pay_this_currency(self, market: Market) -> None:
        order = await placed(market)
        for method in ("ideal", "boleto", "gold", ""):
            answer = await market.buyer.attempts(order["payment_number"], method)
            assert answer.code in ("payment_method_unavailable", "validation_failed")


def signed(body: bytes, timestamp: str, secret: bytes) -> dict[str, str]:
    """Standard Webhooks headers, made with this secret."""
    event_id = f"evt_{uuid4().hex}"
    digest = hmac.new(secret, f"{event_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(digest).decode()}"
    return {"webhook-id": event_id, "webhook-timestamp": timestamp, "webhook-signature": signature}


async def raw(actor: Actor, method: str, path: str, body: bytes, headers: dict[str, str] | None = None) -> Any:
    """One request with exactly these bytes."""
    given = {"Idempotency-Key": str(uuid4())} if headers is None else headers
    all_headers = {"Content-Type": "application/json", **actor.headers, **given}
    url = f"{actor.market.stack.url}/v1{path}"
    return await actor.market.client.request(method, url, content=body, headers=all_headers)

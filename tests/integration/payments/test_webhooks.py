"""Providers' webhooks through the gateway: forged, stale, replayed, contradicted, malformed."""

import hmac
import json
from base64 import b64decode, b64encode
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from standardwebhooks import Webhook

from deploy.client.http import HTTP_SECONDS
from shared.clock import real_now
from tests.scenarios.steps import placed
from tests.support.market import Market


def captured(attempt_id: str, amount: object = 100_00, **changes: Any) -> bytes:
    data = {
        "reference": attempt_id,
        "transaction_id": f"txn_{uuid4().hex}",
        "amount": amount,
        "currency": "MYR",
        **changes,
    }
    return json.dumps({"type": "payment.captured", "data": data}).encode()


def signed(market: Market, body: bytes, event_id: str | None = None, at: datetime | None = None) -> dict[str, str]:
    moment, name = at or real_now(), event_id or f"evt_{uuid4().hex}"
    stamp = str(int(moment.timestamp()))
    key = b64decode(market.stack.service_env("payments")["MARKET_SANDBOX_WEBHOOK_SECRET"].removeprefix("whsec_"))
    signature = "v1," + b64encode(hmac.digest(key, f"{name}.{stamp}.".encode() + body, "sha256")).decode()
    return {"webhook-id": name, "webhook-timestamp": stamp, "webhook-signature": signature}


async def sends(market: Market, body: bytes, headers: dict[str, str], provider: str = "sandbox") -> httpx2.Response:
    url = f"{market.stack.url}/v1/webhooks/{provider}"
    return await market.client.post(url, content=body, headers=headers, timeout=HTTP_SECONDS)


async def attempted(market: Market) -> tuple[Any, str]:
    order = await placed(market)
    attempt = (await market.buyer.attempts(order["payment_number"])).ok()
    return order, str(attempt["attempt_id"])


async def outcomes(market: Market, event_id: str) -> list[str]:
    rows = await market.sql("payments", "select outcome from webhooks where event_id = $1 order by id", event_id)
    return [row["outcome"] for row in rows]


async def in_the_queue(market: Market, transaction: str) -> Any:
    cursor = ""
    while True:
        page = (await market.support.gets(f"/unmatched?limit=100{cursor}")).ok()
        if found := [each for each in page["items"] if each["transaction_id"] == transaction]:
            return found[0]
        assert page["next_cursor"], "it is not in the review queue"
        cursor = f"&cursor={page['next_cursor']}"


class TestIsItReallyTheProvider:
    async def test_a_right_signature_pays_the_order(self, market: Market) -> None:
        order, attempt_id = await attempted(market)
        body = captured(attempt_id)
        assert (await sends(market, body, signed(market, body))).status_code == 200
        await market.settles()
        assert await market.buyer.status(order["number"]) == "waiting_delivery"

    @pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
    async def test_a_missing_header_is_401(self, market: Market, missing: str) -> None:
        _, attempt_id = await attempted(market)
        body = captured(attempt_id)
        headers = signed(market, body)
        del headers[missing]
        await self.is_refused(market, body, headers, "signature_invalid")

    async def test_a_changed_body_is_401(self, market: Market) -> None:
        _, attempt_id = await attempted(market)
        headers = signed(market, captured(attempt_id))
        await self.is_refused(market, captured(attempt_id, 1), headers, "signature_invalid")

    async def test_another_secret_is_401(self, market: Market) -> None:
        _, attempt_id = await attempted(market)
        body = captured(attempt_id)
        forged = Webhook("whsec_" + "A" * 44).sign("evt_1", real_now(), body.decode())
        await self.is_refused(market, body, {**signed(market, body), "webhook-signature": forged}, "signature_invalid")

    @pytest.mark.parametrize("minutes", [-10, 10])
    async def test_a_right_signature_of_another_time_is_stale(self, market: Market, minutes: int) -> None:
        _, attempt_id = await attempted(market)
        body = captured(attempt_id)
        headers = signed(market, body, at=real_now() + timedelta(minutes=minutes))
        await self.is_refused(market, body, headers, "signature_stale")

    async def test_an_unknown_provider_is_404(self, market: Market) -> None:
        assert (await sends(market, b"{}", signed(market, b"{}"), "stripes")).status_code == 404

    async def is_refused(self, market: Market, body: bytes, headers: dict[str, str], code: str) -> None:
        answer = await sends(market, body, headers)
        assert (answer.status_code, answer.json()["code"]) == (401, code)
        assert await outcomes(market, headers.get("webhook-id", "")) == []


class TestTheProviderRepeatsItself:
    async def test_scenario_7_the_same_event_again_changes_nothing(self, market: Market) -> None:
        order, attempt_id = await attempted(market)
        body, event_id = captured(attempt_id), f"evt_{uuid4().hex}"
        for _ in range(3):
            assert (await sends(market, body, signed(market, body, event_id))).status_code == 200
        await market.at("71:59:00")
        assert (await sends(market, body, signed(market, body, event_id))).status_code == 200
        await market.settles()
        assert (await market.buyer.ledger(order["number"]))["escrow"]["amount"] == 100_00
        assert await outcomes(market, event_id) == ["applied"]
        assert (await market.published(order["payment_number"], "payments")).count("payment.confirmed") == 1

    async def test_scenario_7_five_days_later_it_is_still_the_same_event(self, market: Market) -> None:
        order, attempt_id = await attempted(market)
        body, event_id = captured(attempt_id), f"evt_{uuid4().hex}"
        await sends(market, body, signed(market, body, event_id))
        await market.settles()
        await market.at("120:00:05")
        assert (await sends(market, body, signed(market, body, event_id))).status_code == 200
        await market.settles()
        assert await market.buyer.status(order["number"]) == "refunded"
        assert (await market.buyer.wallet())["balance"] == 100_00
        assert (await market.published(order["number"])).count("order.paid") == 1

    async def test_another_body_under_the_same_event_is_kept_aside(self, market: Market) -> None:
        order, attempt_id = await attempted(market)
        event_id = f"evt_{uuid4().hex}"
        for body in (captured(attempt_id), captured(attempt_id, 1_00), captured(attempt_id, 1_00)):
            assert (await sends(market, body, signed(market, body, event_id))).status_code == 200
        await market.settles()
        assert (await outcomes(market, event_id))[0] == "applied"
        assert set((await outcomes(market, event_id))[1:]) == {"aside"}
        assert (await market.buyer.wallet())["balance"] == 0
        assert await market.buyer.status(order["number"]) == "waiting_delivery"

    async def test_the_same_transaction_under_another_event_changes_nothing(self, market: Market) -> None:
        _, attempt_id = await attempted(market)
        body, second = captured(attempt_id), f"evt_{uuid4().hex}"
        await sends(market, body, signed(market, body))
        assert (await sends(market, body, signed(market, body, second))).status_code == 200
        assert await outcomes(market, second) == ["repeat"]
        await market.settles()
        assert (await market.buyer.wallet())["balance"] == 0


class TestWhatCannotBeRead:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b'{"type":"payment.captured","type":"payment.failed","data":{}}',
            b"\xff\xfe{\x00}\x00",
            b"[" * 5000,
            captured(str(uuid4()), 0),
            captured(str(uuid4()), 10**30),
        ],
        ids=range(7),
    )
    async def test_signed_money_that_can_not_be_read_waits_for_support_with_its_bytes(
        self, market: Market, body: bytes
    ) -> None:
        headers = signed(market, body)
        for _ in range(2):
            assert (await sends(market, body, headers)).status_code == 200
        assert await outcomes(market, headers["webhook-id"]) == ["unreadable"]
        item = await in_the_queue(market, headers["webhook-id"])
        assert (item["reason"], item["amount"], item["holds_money"]) == ("unreadable", None, False)
        assert b64decode(item["message"]) == body
        unsigned = await sends(market, body, {**headers, "webhook-signature": "v1,AAAA"})
        assert (unsigned.status_code, unsigned.json()["code"]) == (401, "signature_invalid")

    @pytest.mark.parametrize(
        ("amount", "currency", "reason"),
        [(10**12 + 1, "MYR", "too_large"), (2**53 - 1, "MYR", "too_large"), (100_00, "XTS", "wrong_currency")],
    )
    async def test_money_that_nobody_can_owe_is_booked_and_waits_for_support(
        self, market: Market, amount: int, currency: str, reason: str
    ) -> None:
        order, attempt_id = await attempted(market)
        transaction = f"txn_{uuid4().hex}"
        body = captured(attempt_id, amount, currency=currency, transaction_id=transaction, surprise={"a": [None]})
        assert (await sends(market, body, signed(market, body))).status_code == 200
        await market.settles()
        item = await in_the_queue(market, transaction)
        assert (item["reason"], item["amount"]) == (reason, {"amount": amount, "currency": currency})
        assert await market.buyer.status(order["number"]) == "waiting_payment"
        credit = {"action": "credit", "reason": "Only a test"}
        (await market.support.posts(f"/unmatched/{item['id']}/resolve", credit)).ok()
        assert (await market.buyer.wallet(currency))["balance"] == amount

    async def test_a_kind_that_means_nothing_is_stored_and_ignored(self, market: Market) -> None:
        body = b'{"type":"payout.paid","data":{}}'
        headers = signed(market, body)
        assert (await sends(market, body, headers)).status_code == 200
        assert await outcomes(market, headers["webhook-id"]) == ["ignored"]

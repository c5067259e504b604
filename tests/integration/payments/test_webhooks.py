"""Providers' webhooks through the gateway: forged, stale, replayed, contradicted, malformed."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from standardwebhooks import Webhook

from shared.clock import real_now
from tests.scenarios.steps import placed
from tests.support.market import HTTP_SECONDS, Market


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
    signature = Webhook(market.stack.plan.passwords.webhook_secret).sign(name, moment, body.decode("latin-1"))
    stamp = str(int(moment.timestamp()))
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
        assert (await market.said(order["payment_number"], "payments")).count("payment.confirmed") == 1

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
        assert (await market.said(order["number"])).count("order.paid") == 1

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
            b"\x00",
            b"{",
            b'{"type":NaN}',
            b'{"type":"payment.captured","type":"payment.failed","data":{}}',
            b"\xff\xfe{\x00}\x00",
            b'\xef\xbb\xbf{"type":"x","data":{}}',
            b"[" * 5000,
        ],
    )
    async def test_signed_nonsense_is_a_4xx_and_changes_nothing(self, market: Market, body: bytes) -> None:
        headers = signed(market, body)
        answer = await sends(market, body, headers)
        assert answer.status_code in (400, 401, 422)
        assert await outcomes(market, headers["webhook-id"]) == []

    @pytest.mark.parametrize("amount", [0, -1, 1.5, "100", True, 10**13, 1e30])
    async def test_an_impossible_amount_is_422(self, market: Market, amount: object) -> None:
        body = captured(str(uuid4()), amount)
        answer = await sends(market, body, signed(market, body))
        assert answer.status_code == 422
        assert str(amount) not in answer.text or amount in (0, True)

    async def test_a_kind_that_means_nothing_is_stored_and_ignored(self, market: Market) -> None:
        body = b'{"type":"payout.paid","data":{}}'
        headers = signed(market, body)
        assert (await sends(market, body, headers)).status_code == 200
        assert await outcomes(market, headers["webhook-id"]) == ["ignored"]

"""A webhook is believed when its signature is right and fresh, and read when it can be."""

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from uuid import uuid4

import pytest
from pydantic import ValidationError
from standardwebhooks import Webhook

from services.payments.domain.attempt import AttemptAction
from services.payments.domain.methods import FROM_BALANCE, MethodName
from services.payments.domain.provider_event import ProviderEvent, Unreadable
from services.payments.providers import TOLERANCE, Signatures
from services.payments.refusals import PaymentsRefusal
from services.payments.sandbox.provider import EVENT_TYPES, SandboxMessages, SandboxProvider
from services.payments.settings import PaymentsSettings
from shared.clock import real_now
from shared.http.problems import RefusedError
from shared.money import AMOUNT_MAX
from shared.refusals import RefusalCode
from shared.service.settings import read

SECRET = "whsec_" + base64.b64encode(b"1" * 32).decode()
OTHER = "whsec_" + base64.b64encode(b"2" * 32).decode()
BODY = b'{"type":"payment.captured"}'
KINDS = {kind: action for action, kind in EVENT_TYPES.items()}


def signed(at: datetime, body: bytes = BODY, secret: str = SECRET, event_id: str = "evt_1") -> dict[str, str]:
    signature = Webhook(secret).sign(event_id, at, body.decode())
    stamp = str(int(at.timestamp()))
    return {"webhook-id": event_id, "webhook-timestamp": stamp, "webhook-signature": signature}


def refusal(signatures: Signatures, headers: dict[str, str], body: bytes = BODY) -> RefusalCode:
    with pytest.raises(RefusedError) as caught:
        signatures.check(headers, body)
    return caught.value.refused.code


class TestSignatures:
    signatures = Signatures((SECRET,))

    def test_what_we_sign_the_reference_library_verifies(self) -> None:
        headers = SandboxMessages((SECRET,)).signed("evt_1", BODY)
        Webhook(SECRET).verify(BODY, headers)
        assert self.signatures.check(headers, BODY) == "evt_1"

    def test_one_of_several_signatures_and_one_of_two_secrets_is_enough(self) -> None:
        now = real_now()
        headers = signed(now)
        headers["webhook-signature"] = f"v1a,xyz {signed(now, secret=OTHER)['webhook-signature']}"
        assert Signatures((SECRET, OTHER)).check(headers, BODY) == "evt_1"
        assert refusal(self.signatures, headers) is PaymentsRefusal.SIGNATURE_INVALID

    @pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
    @pytest.mark.parametrize("value", [None, "", "x", "v1,", "\udcff", "-1", "1e9", "9" * 12, "v2,AAAA"])
    def test_a_missing_or_odd_header_is_invalid(self, name: str, value: str | None) -> None:
        headers = signed(real_now())
        if value is None:
            del headers[name]
        else:
            headers[name] = value
        assert refusal(self.signatures, headers) is PaymentsRefusal.SIGNATURE_INVALID

    @pytest.mark.parametrize("body", [BODY + b" ", b"", b"\xff\xfe", BODY.replace(b"{", b"{ ")])
    def test_another_body_is_invalid(self, body: bytes) -> None:
        assert refusal(self.signatures, signed(real_now()), body) is PaymentsRefusal.SIGNATURE_INVALID

    @pytest.mark.parametrize("body", [b"\xff\xfe", b"\x00", b"", b"{"])
    def test_any_bytes_can_be_signed(self, body: bytes) -> None:
        headers = signed(real_now(), body.decode("ascii", "ignore").encode())
        stamp, key = headers["webhook-timestamp"], base64.b64decode(SECRET[6:])
        digest = hmac.new(key, b"evt_1." + stamp.encode() + b"." + body, "sha256").digest()
        headers["webhook-signature"] = "v1," + base64.b64encode(digest).decode()
        assert self.signatures.check(headers, body) == "evt_1"

    def test_an_id_moved_into_the_time_is_invalid(self) -> None:
        headers = signed(real_now(), event_id="evt.1")
        headers["webhook-id"] = "evt"
        assert refusal(self.signatures, headers) is PaymentsRefusal.SIGNATURE_INVALID

    @pytest.mark.parametrize("sign", [-1, 1])
    def test_five_minutes_are_fresh_and_more_is_stale(self, sign: int) -> None:
        near = signed(real_now() + sign * (TOLERANCE - timedelta(seconds=5)))
        assert self.signatures.check(near, BODY) == "evt_1"
        far = signed(real_now() + sign * (TOLERANCE + timedelta(seconds=5)))
        assert refusal(self.signatures, far) is PaymentsRefusal.SIGNATURE_STALE

    def test_a_forger_does_not_learn_that_a_time_is_stale(self) -> None:
        forged = signed(datetime(2020, 1, 1, tzinfo=UTC), secret=OTHER)
        assert refusal(self.signatures, forged) is PaymentsRefusal.SIGNATURE_INVALID


class TestMessages:
    sandbox = SandboxMessages((SECRET,))

    def message(self, kind: str = "payment.captured", **changes: Any) -> bytes:
        data = {"reference": str(uuid4()), "transaction_id": "t", "amount": 1, "currency": "MYR", **changes}
        return json.dumps({"type": kind, "data": data}).encode()

    @pytest.mark.parametrize(("action", "kind"), EVENT_TYPES.items())
    def test_each_kind_is_one_action(self, action: str, kind: str) -> None:
        event = self.sandbox.read("e", self.message(kind))
        assert isinstance(event, ProviderEvent)
        assert event.action is AttemptAction(action)

    def test_an_unknown_kind_means_nothing(self) -> None:
        assert self.sandbox.read("e", b'{"type":"payout.paid","data":{}}') is None

    @pytest.mark.parametrize("amount", [1, AMOUNT_MAX + 1, 2**53 - 1])
    @pytest.mark.parametrize("currency", ["MYR", "XTS", "DEM"])
    def test_money_is_read_whatever_its_amount_and_currency(self, amount: int, currency: str) -> None:
        event = self.sandbox.read("e", self.message(amount=amount, currency=currency, surprise=[1]))
        assert isinstance(event, ProviderEvent)
        assert (event.amount, event.currency) == (amount, currency)

    @pytest.mark.parametrize("kind", ["payment.captured", "payment.charged_back"])
    @pytest.mark.parametrize(
        "changes",
        [{"amount": each} for each in (0, -1, 1.5, "1", True, None, 2**53, 2**63, 10**30)]
        + [{"currency": each} for each in ("myr", "XXXX", "", None, 1)]
        + [{"transaction_id": each} for each in ("", None, "x" * 201)],
    )
    def test_money_that_can_not_be_read_is_put_before_support_with_its_bytes(
        self, kind: str, changes: dict[str, Any]
    ) -> None:
        body = self.message(kind, **changes)
        assert self.sandbox.read("e", body) == Unreadable("sandbox", "e", body)

    @pytest.mark.parametrize("kind", ["payment.failed", "payment.voided", "payment.authorised"])
    def test_what_moves_no_money_needs_only_its_reference(self, kind: str) -> None:
        event = self.sandbox.read("e", self.message(kind, amount=-1, currency=None, reason="the moon"))
        assert isinstance(event, ProviderEvent)
        assert (event.action, event.reason) == (KINDS[kind], None)
        assert event.attempt_id is not None

    @pytest.mark.parametrize("reference", [1, None, "", "order 7"])
    def test_a_reference_that_can_not_be_ours_is_nobodys(self, reference: object) -> None:
        event = self.sandbox.read("e", self.message(reference=reference))
        assert isinstance(event, ProviderEvent)
        assert event.attempt_id is None

    def test_a_bank_takes_money_back_with_a_reason_in_words_or_with_none(self) -> None:
        for given, reason in (("card stolen", "card stolen"), (None, None), ("", None), (" ", None), (1, None)):
            event = self.sandbox.read("e", self.message("payment.charged_back", reason=given))
            assert isinstance(event, ProviderEvent)
            assert (event.action, event.reason) == (AttemptAction.CHARGE_BACK, reason)

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"[]",
            b'{"type":1}',
            b'"x"',
            b"null",
            b"{}",
            b'{"type":"payment.captured"}',
            b"{",
            b'{"a":NaN}',
            b'{"a":1,"a":2}',
            b"\xff\xfe{\x00}",
            b'{"a":"\\ud800"}',
            b"[" * 5000,
            b"\x00",
        ],
    )
    def test_what_is_no_message_is_put_before_support_with_its_bytes(self, body: bytes) -> None:
        assert self.sandbox.read("e", body) == Unreadable("sandbox", "e", body)


def test_the_sandbox_offers_methods_that_a_body_can_name() -> None:
    assert {method.name for method in (FROM_BALANCE, *SandboxProvider.methods)} == set(get_args(MethodName))


def settings(**given: str) -> PaymentsSettings:
    base = {"database_url": "x", "broker_url": "x", "token_keys": "/x", "port": 1, "instance": "x", "services": "x"}
    return PaymentsSettings(**base, **{"gift_card_keys": "11" * 16, **given})  # type: ignore[arg-type]


class TestSettings:
    def test_production_refuses_play_money(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("MARKET_SANDBOX_WEBHOOK_SECRET", raising=False)
        with pytest.raises(ValidationError, match="production refuses"):
            settings(profile="production", sandbox_webhook_secret=SECRET)
        assert settings(profile="production").sandbox_secrets == ()

    def test_the_sandbox_needs_its_secret(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("MARKET_SANDBOX_WEBHOOK_SECRET", raising=False)
        with pytest.raises(ValidationError, match="SANDBOX_WEBHOOK_SECRET"):
            settings(profile="sandbox")
        two = settings(profile="sandbox", sandbox_webhook_secret=f"{SECRET}, {OTHER}")
        assert two.sandbox_secrets == (SECRET, OTHER)

    @pytest.mark.parametrize("secret", ["x", "whsec_", "whsec_AAAA", "whsec_?" + "A" * 43, f"{SECRET},short"])
    def test_a_secret_that_signs_nothing_is_refused(self, secret: str) -> None:
        with pytest.raises(ValidationError, match="whsec_ and 24 to 64 bytes"):
            settings(profile="sandbox", sandbox_webhook_secret=secret)

    @pytest.mark.parametrize("keys", ["", "11", "11" * 16 + ","])
    def test_a_key_that_hashes_no_pin_is_refused(self, keys: str) -> None:
        with pytest.raises(ValidationError, match="gift_card_keys"):
            settings(profile="sandbox", sandbox_webhook_secret=SECRET, gift_card_keys=keys)

    def test_the_start_names_what_is_wrong(self, monkeypatch: pytest.MonkeyPatch) -> None:
        given = {"profile": "production", "database_url": "x", "broker_url": "x", "token_keys": "/x", "port": "1"}
        given["gift_card_keys"] = "11" * 16
        for name, value in {**given, "instance": "x", "services": "x", "sandbox_webhook_secret": SECRET}.items():
            monkeypatch.setenv(f"MARKET_{name.upper()}", value)
        with pytest.raises(SystemExit, match="production refuses the built-in provider") as caught:
            read(PaymentsSettings)
        assert SECRET not in str(caught.value)

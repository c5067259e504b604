"""Payment providers behind one small protocol: which methods they bring, and what their webhooks say (rules 6.2).

Another provider is another class here and a line in `ProviderRegistry.of`; no rule of the domain changes.
"""

import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Protocol, get_args
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from standardwebhooks import Webhook

from services.payments.domain.attempt import Attempt, AttemptAction, Failure
from services.payments.domain.ledger import POSTING_MAX
from services.payments.domain.methods import FROM_BALANCE, Method
from services.payments.domain.provider_event import ProviderEvent, Unreadable
from services.payments.settings import PaymentsSettings
from shared.clock import real_now
from shared.http import strict
from shared.http.problems import RefusedError
from shared.refusals import Refusal

TOLERANCE = timedelta(seconds=300)
"""How far a signature's time may be from now (Standard Webhooks)."""

_ID = re.compile(r"[\x21-\x7e]{1,200}")
_STAMP = re.compile(r"[0-9]{1,12}")
EVENT_TYPES = {
    "authorise": "payment.authorised",
    "capture": "payment.captured",
    "fail": "payment.failed",
    "void": "payment.voided",
    "charge_back": "payment.charged_back",
}
"""What the provider calls each action in its messages."""

_ACTIONS = {name: AttemptAction(action) for action, name in EVENT_TYPES.items()}


class Provider(Protocol):
    """One way to the world of money outside."""

    name: str
    methods: tuple[Method, ...]

    def next_step(self, attempt: Attempt) -> dict[str, str]:
        """Where the buyer goes on: a redirect_url, a qr, a voucher or bank_details."""

    def check(self, headers: Mapping[str, str], body: bytes) -> str:
        """The event id of a webhook whose signature is right and fresh; anything else is refused (401)."""

    def read(self, event_id: str, body: bytes) -> ProviderEvent | Unreadable | None:
        """What a checked webhook says; None for a kind that means nothing to us. Nothing signed is ever refused."""


class Signer:
    """Standard Webhooks: HMAC-SHA256 over id, time and the raw bytes; several secrets while one replaces another."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self._secrets = [Webhook(secret) for secret in secrets]
        self._keys = [b64decode(secret.removeprefix("whsec_")) for secret in secrets]

    def check(self, headers: Mapping[str, str], body: bytes) -> str:
        """The message's id; the signature first, then its time, so that a stale answer tells nothing to a forger."""
        event_id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if not _ID.fullmatch(event_id) or not _STAMP.fullmatch(stamp):
            raise RefusedError(Refusal.SIGNATURE_INVALID)
        try:
            at = datetime.fromtimestamp(int(stamp), UTC)
            expected = [_signature(key, event_id, stamp, body) for key in self._keys]
        except (ValueError, OverflowError, OSError):
            raise RefusedError(Refusal.SIGNATURE_INVALID) from None
        given = headers.get("webhook-signature", "").encode("utf-8", "replace").split()
        if not any(hmac.compare_digest(one.encode(), each) for one in expected for each in given):
            raise RefusedError(Refusal.SIGNATURE_INVALID)
        if abs(real_now() - at) > TOLERANCE:
            raise RefusedError(Refusal.SIGNATURE_STALE)
        return event_id

    def headers(self, event_id: str, body: bytes) -> dict[str, str]:
        """The headers that the sandbox's provider sends with a message."""
        now = real_now()
        signature = self._secrets[0].sign(event_id, now, body.decode())
        return {
            "webhook-id": event_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signature,
            "content-type": "application/json",
        }


def _signature(key: bytes, event_id: str, stamp: str, body: bytes) -> str:
    """Over the raw bytes; the library signs only text, and a message in another encoding may be signed as well."""
    digest = hmac.new(key, b".".join((event_id.encode(), stamp.encode(), body)), sha256).digest()
    return f"v1,{b64encode(digest).decode()}"


class _Event(BaseModel):
    """What every message has; of the kinds that move no money nothing else is needed."""

    model_config = ConfigDict(strict=True, extra="ignore")

    type: str
    data: Any = None


class _About(BaseModel):
    """Which attempt it is about, and why; what is not understood there is nobody's, or no reason."""

    model_config = ConfigDict(strict=True, extra="ignore")

    reference: Any = None
    reason: Any = None


class _Money(_About):
    """How much, in any currency that has the form of a code: whether it fits is judged, not refused."""

    transaction_id: str = Field(min_length=1, max_length=200)
    amount: int = Field(gt=0, le=POSTING_MAX)
    currency: str = Field(pattern="^[A-Z]{3}$")


_MONEY = frozenset({AttemptAction.CAPTURE, AttemptAction.CHARGE_BACK})
REASON_LENGTH_MAX = 200


class Sandbox:
    """The built-in provider of play money: whoever runs the sandbox says what the buyer's bank does."""

    name: str = "sandbox"
    methods: tuple[Method, ...] = (
        Method("card", "card", "sandbox", refund_to_origin="card"),
        Method("ideal", "online_banking", "sandbox", frozenset({"EUR"}), ("bank",), refund_to_origin="bank"),
    )

    def __init__(self, secrets: tuple[str, ...], public_url: str) -> None:
        self._public_url = public_url
        self.signer = Signer(secrets)

    def next_step(self, attempt: Attempt) -> dict[str, str]:
        """The page where a real provider would ask for the card; here it takes the POST of the sandbox route."""
        return {"redirect_url": f"{self._public_url}/v1/sandbox/payments/{attempt.id}"}

    def check(self, headers: Mapping[str, str], body: bytes) -> str:
        """The event id of a webhook that this provider signed."""
        return self.signer.check(headers, body)

    def read(self, event_id: str, body: bytes) -> ProviderEvent | Unreadable | None:
        """What the message says about one attempt; money whose message can't be read is put before support."""
        try:
            message = _Event.model_validate(strict.parse(body))
            action = _ACTIONS.get(message.type)
            if action is None:
                return None
            if action in _MONEY:
                money = _Money.model_validate(message.data)
                shape = (money.transaction_id, money.amount, money.currency, _reason(action, money.reason))
                return ProviderEvent(self.name, event_id, action, _uuid(money.reference), *shape)
            about = _About.model_validate(message.data)
        except (ValidationError, RefusedError):
            return Unreadable(self.name, event_id, body)
        return ProviderEvent(
            self.name, event_id, action, _uuid(about.reference), "", 0, "", _reason(action, about.reason)
        )


@dataclass(frozen=True, slots=True)
class ProviderRegistry:
    """The providers of this installation and what they bring."""

    providers: Mapping[str, Provider]
    sandbox: Sandbox | None

    @classmethod
    def of(cls, settings: PaymentsSettings) -> "ProviderRegistry":
        """What the settings open; production has no built-in provider."""
        if not settings.sandbox:
            return cls({}, None)
        sandbox = Sandbox(settings.sandbox_secrets, settings.public_url)
        return cls({sandbox.name: sandbox}, sandbox)

    @property
    def methods(self) -> tuple[Method, ...]:
        """Every method that can be used here; the balance always can."""
        return (FROM_BALANCE, *(method for provider in self.providers.values() for method in provider.methods))

    def method(self, name: str) -> Method | None:
        """One method by name, None when it is not offered here."""
        return next((method for method in self.methods if method.name == name), None)

    def next_step(self, attempt: Attempt) -> dict[str, str] | None:
        """Where the buyer goes on; nowhere when the money is there already."""
        provider = self.providers.get(attempt.provider)
        return provider.next_step(attempt) if provider else None


def _reason(action: AttemptAction, given: Any) -> str | None:
    """Why it failed or was taken back, as far as the rules know such a reason."""
    if action is AttemptAction.CHARGE_BACK:
        return given if isinstance(given, str) and given.strip() and len(given) <= REASON_LENGTH_MAX else None
    return given if given in get_args(Failure) else None


def _uuid(text: Any) -> UUID | None:
    try:
        return UUID(text) if isinstance(text, str) else None
    except ValueError:
        return None

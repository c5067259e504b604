"""Payment providers behind one small port: their methods, what they are told, how their webhooks are read (rules 6.2).

Another provider is another class of this port and a line in app.py; no rule of the domain changes.
"""

import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Protocol

from services.payments.domain.attempt import Attempt, Failure
from services.payments.domain.methods import FROM_BALANCE, Method
from services.payments.domain.provider_event import ProviderEvent, Unreadable
from services.payments.refusals import PaymentsRefusal
from shared.clock import real_now
from shared.http.problems import RefusedError
from shared.money import currencies

TOLERANCE = timedelta(seconds=300)
"""How far a signature's time may be from now (Standard Webhooks)."""

_ID = re.compile(r"[\x21-\x7e]{1,200}")
_STAMP = re.compile(r"[0-9]{1,12}")


class Silent(Exception):
    """The provider did not answer in time, or with a fault of its own: whether it did anything is unknown."""


@dataclass(frozen=True, slots=True)
class Begun:
    """What a provider answered to a new attempt: where the buyer goes on, or why it takes none."""

    next_step: Mapping[str, str] | None
    """A redirect_url, and if the method has one a qr, voucher or bank_details."""
    declined: Failure | None = None
    """A definite no; the next attempt is another one for the provider too."""


Message = tuple[str, bytes]
"""A provider's message: its event id and its bytes, as a webhook brings them."""


class PayIn(Protocol):
    """One payment provider: its methods, what it is told, and how its webhooks are checked and read.

    It knows an attempt by the attempt's id, and told the same thing again does it once. Each call raises Silent.
    """

    name: str
    methods: tuple[Method, ...]
    minor_units: Mapping[str, int]
    """The decimals that this provider counts each of its currencies in; some differ from ISO 4217."""

    async def create(self, attempt: Attempt, details: Mapping[str, str]) -> Begun:
        """Begin an attempt; `details` are the method's fields and are stored nowhere here."""

    async def void(self, attempt: Attempt) -> bool:
        """Give a hold back; False if there is none any more, because it was captured: `fetch` tells."""

    async def fetch(self, attempt: Attempt) -> Sequence[Message] | None:
        """Every message about an attempt, also one that got lost, oldest first; None if it does not know it."""

    def check(self, headers: Mapping[str, str], body: bytes) -> str:
        """The event id of a webhook; raises RefusedError (401) unless its signature is right and fresh."""

    def read(self, event_id: str, body: bytes) -> ProviderEvent | Unreadable | None:
        """What a checked webhook reports; None for a type of event that changes nothing here. Never refuses."""


class Signatures:
    """Standard Webhooks: HMAC-SHA256 over id, time and the raw bytes; several secrets while one replaces another."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self._keys = [b64decode(secret.removeprefix("whsec_")) for secret in secrets]

    def check(self, headers: Mapping[str, str], body: bytes) -> str:
        """The message's id; raises RefusedError `signature_invalid`, or `signature_stale` for a valid old signature.

        The signature is checked before its time, so that a forger learns nothing from the refusal.
        """
        event_id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if not _ID.fullmatch(event_id) or not _STAMP.fullmatch(stamp):
            raise RefusedError(PaymentsRefusal.SIGNATURE_INVALID)
        try:
            at = datetime.fromtimestamp(int(stamp), UTC)
            expected = [_signature(key, event_id, stamp, body) for key in self._keys]
        except (ValueError, OverflowError, OSError):
            raise RefusedError(PaymentsRefusal.SIGNATURE_INVALID) from None
        given = headers.get("webhook-signature", "").encode("utf-8", "replace").split()
        if not any(hmac.compare_digest(one.encode(), each) for one in expected for each in given):
            raise RefusedError(PaymentsRefusal.SIGNATURE_INVALID)
        if abs(real_now() - at) > TOLERANCE:
            raise RefusedError(PaymentsRefusal.SIGNATURE_STALE)
        return event_id


def _signature(key: bytes, event_id: str, stamp: str, body: bytes) -> str:
    """Over the raw bytes: the library signs only text, but providers may sign other encodings."""
    digest = hmac.new(key, b".".join((event_id.encode(), stamp.encode(), body)), sha256).digest()
    return f"v1,{b64encode(digest).decode()}"


@dataclass(frozen=True, slots=True)
class ProviderRegistry:
    """The providers of this installation by name; production has no built-in one."""

    providers: Mapping[str, PayIn]

    def __post_init__(self) -> None:
        """Raises ValueError for a currency of a provider's method that the provider has no minor unit for."""
        for provider in self.providers.values():
            named = (tariff.currency for method in provider.methods for tariff in method.tariffs)
            wanted = {each for currency in named for each in ([currency] if currency else currencies())}
            if missing := sorted(wanted - provider.minor_units.keys()):
                raise ValueError(f"provider {provider.name} has no minor unit for {', '.join(missing)}")

    @property
    def methods(self) -> tuple[Method, ...]:
        """Every method that can be used here; the balance always can."""
        return (FROM_BALANCE, *(method for provider in self.providers.values() for method in provider.methods))

    def method(self, name: str) -> Method | None:
        """One method by name, None when it is not offered here."""
        return next((method for method in self.methods if method.name == name), None)

    def of(self, method: Method | None) -> PayIn | None:
        """Whom an attempt with this method is begun with; nobody for the balance, and for a method of nobody here."""
        return self.providers.get(method.provider) if method is not None else None

"""Payment providers behind one small protocol: which methods they bring, and how their webhooks are read (rules 6.2).

Another provider is another class of this protocol and a line in app.py; no rule of the domain changes.
"""

import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Protocol

from services.payments.domain.attempt import Attempt
from services.payments.domain.methods import FROM_BALANCE, Method
from services.payments.domain.provider_event import ProviderEvent, Unreadable
from services.payments.refusals import PaymentsRefusal
from shared.clock import real_now
from shared.http.problems import RefusedError

TOLERANCE = timedelta(seconds=300)
"""How far a signature's time may be from now (Standard Webhooks)."""

_ID = re.compile(r"[\x21-\x7e]{1,200}")
_STAMP = re.compile(r"[0-9]{1,12}")


class Provider(Protocol):
    """One payment provider: its methods, and how its webhooks are checked and read."""

    name: str
    methods: tuple[Method, ...]

    def next_step(self, attempt: Attempt) -> dict[str, str]:
        """Where the buyer goes on: a redirect_url, a qr, a voucher or bank_details."""

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

    providers: Mapping[str, Provider]

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

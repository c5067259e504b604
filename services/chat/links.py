"""Links to pictures: who may fetch which one, and until when, under the service's signature. Nothing is stored."""

import base64
import binascii
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import cast
from uuid import UUID

import orjson

from shared.actor import Actor, ActorRole

LIFETIME = timedelta(seconds=60)
"""How long a link works, in real time."""
SIGNATURE_BYTES = 32


@dataclass(frozen=True, slots=True)
class Link:
    """What a link says."""

    attachment_id: UUID
    reader: Actor
    """Whose right to read the picture is checked again when it is fetched."""
    expires_at: datetime


class Links:
    """Makes and reads links with one key, which all instances share."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def make(self, attachment_id: UUID, reader: Actor, now: datetime) -> tuple[str, datetime]:
        """The signed segment of a path, and when it expires (whole seconds)."""
        expires_at = now.replace(microsecond=0) + LIFETIME
        claims = [attachment_id.hex, reader.user, reader.role, reader.acting_for, int(expires_at.timestamp())]
        content = orjson.dumps(claims)
        signed = base64.urlsafe_b64encode(self._signature(content) + content)
        return signed.decode().rstrip("="), expires_at

    def read(self, signed: str, now: datetime) -> Link | None:
        """What a segment says; None if it is not ours or its time is over."""
        try:
            found = base64.urlsafe_b64decode(signed + "=" * (-len(signed) % 4))
        except (ValueError, binascii.Error):
            return None
        signature, content = found[:SIGNATURE_BYTES], found[SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._signature(content)):
            return None
        name, user, role, acting_for, seconds = orjson.loads(content)
        expires_at = datetime.fromtimestamp(seconds, UTC)
        if expires_at <= now:
            return None
        return Link(UUID(hex=name), Actor(user, cast("ActorRole", role), acting_for), expires_at)

    def _signature(self, content: bytes) -> bytes:
        return hmac.new(self._key, b"attachment\n" + content, sha256).digest()

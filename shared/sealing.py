"""Seals small secrets for storage: authenticated encryption (AES-256-GCM), bound to what they belong to.

Keys have ids and can be replaced: the newest seals, every key that is still there opens.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from pydantic import SecretStr

KEY_BYTES = 32
KEYS_MAX = 8
_NONCE_BYTES = 12
_BLOCK = 256
"""The plain text is filled up with spaces to a multiple of this, so that its length tells nearly nothing."""

Secrets = Mapping[str, SecretStr]
"""Secret texts by name; printed or logged by mistake they are stars."""


class Unreadable(Exception):
    """No key opens this: its key is not among them, or it was changed, or it was sealed for something else."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """Secrets as they are stored: the id of the key that opens them, and nonce, ciphertext and tag in one."""

    key_id: str
    text: bytes


class Sealer:
    """Seals and opens secrets of one kind with the keys of the installation, newest first."""

    def __init__(self, keys: Mapping[str, bytes], kind: str) -> None:
        self._kind = kind
        self._ciphers = {key_id: AESGCM(_derived(key, f"seal {kind}")) for key_id, key in keys.items()}
        self.newest = next(iter(keys))
        """The id of the key that seals."""
        self.digest_keys = tuple(_derived(key, f"digest {kind}") for key in keys.values())
        """A key per key for digests of what holds such secrets: a plain hash could be tried against guesses."""

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The ids of all keys, newest first."""
        return tuple(self._ciphers)

    def seal(self, subject: str, secrets: Secrets) -> Sealed:
        """Seal the secrets for this subject with the newest key."""
        plain = orjson.dumps({name: secret.get_secret_value() for name, secret in secrets.items()})
        return self._seal(subject, plain.ljust(-(-len(plain) // _BLOCK) * _BLOCK))

    def open(self, subject: str, sealed: Sealed) -> dict[str, SecretStr]:
        """The secrets that were sealed for this subject. Raises Unreadable."""
        found: dict[str, str] = orjson.loads(self._open(subject, sealed))
        return {name: SecretStr(secret) for name, secret in found.items()}

    def sealed_again(self, subject: str, sealed: Sealed) -> Sealed:
        """The same secrets under the newest key, when a key is replaced. Raises Unreadable."""
        return self._seal(subject, self._open(subject, sealed))

    def _seal(self, subject: str, plain: bytes) -> Sealed:
        nonce = os.urandom(_NONCE_BYTES)
        bound = self._bound(subject, self.newest)
        return Sealed(self.newest, nonce + self._ciphers[self.newest].encrypt(nonce, plain, bound))

    def _open(self, subject: str, sealed: Sealed) -> bytes:
        cipher = self._ciphers.get(sealed.key_id)
        if cipher is None:
            raise Unreadable(f"there is no key {sealed.key_id}")
        nonce, text = sealed.text[:_NONCE_BYTES], sealed.text[_NONCE_BYTES:]
        try:
            return cipher.decrypt(nonce, text, self._bound(subject, sealed.key_id))
        except (InvalidTag, ValueError):
            raise Unreadable("it was changed, or sealed for something else") from None

    def _bound(self, subject: str, key_id: str) -> bytes:
        """What is authenticated with the text: it opens only for the same kind, key and subject."""
        return f"{self._kind}\n{key_id}\n{subject}".encode()


def read_keys(text: str) -> dict[str, bytes]:
    """The keys of a setting, `id:key` separated by commas, newest first; a key is 64 hex digits.

    Raises ValueError, which repeats nothing of the setting.
    """
    pairs = [each.strip().partition(":") for each in text.split(",")]
    if not all(_is_id(key_id) for key_id, _, _ in pairs):
        raise ValueError("must be id:key, separated by commas; an id is 1 to 32 of a-z, 0-9, - and _")
    if len({key_id for key_id, _, _ in pairs}) < len(pairs):
        raise ValueError("must give each key an id of its own")
    if len(pairs) > KEYS_MAX:
        raise ValueError(f"must hold at most {KEYS_MAX} keys")
    return {key_id: _key(digits) for key_id, _, digits in pairs}


def _key(digits: str) -> bytes:
    try:
        key = bytes.fromhex(digits)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError(f"must have keys of {2 * KEY_BYTES} hex digits")
    return key


def _is_id(text: str) -> bool:
    return 0 < len(text) <= 32 and set(text) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_")


def _derived(key: bytes, purpose: str) -> bytes:
    """A key for one purpose, so that none is used for two."""
    return HKDFExpand(SHA256(), KEY_BYTES, f"holdfast {purpose}".encode()).derive(key)

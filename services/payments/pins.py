"""PINs of gift cards: made at random, and kept only as a hash that nobody can compute without the key."""

import hmac
import secrets

from services.payments.domain.gift_card import ALPHABET, PIN_LENGTH, canonical

KEY_BYTES_MIN = 16
GROUP = 4


class Pins:
    """Hashes PINs with the first of some keys and recognises those of all of them."""

    def __init__(self, keys: str) -> None:
        """From the setting: hex digits, several keys separated by commas. Raises ValueError for a short or odd key."""
        self._keys = tuple(bytes.fromhex(each.strip()) for each in keys.split(","))
        if any(len(key) < KEY_BYTES_MIN for key in self._keys):
            raise ValueError(f"must be hex digits, at least {2 * KEY_BYTES_MIN} of them")

    @property
    def keys(self) -> tuple[bytes, ...]:
        """The keys, the newest first."""
        return self._keys

    def hashed(self, pin: str) -> bytes:
        """The hash under which a new card is stored."""
        return self.hashes(pin)[0]

    def hashes(self, pin: str) -> tuple[bytes, ...]:
        """The hashes under which a card with this PIN may be stored: one per key."""
        text = canonical(pin).encode("utf-8", "surrogatepass")
        return tuple(hmac.digest(key, text, "sha256") for key in self._keys)


def new_pin() -> str:
    """A new PIN in groups, as it is printed on a card."""
    text = "".join(secrets.choice(ALPHABET) for _ in range(PIN_LENGTH))
    return "-".join(text[start : start + GROUP] for start in range(0, PIN_LENGTH, GROUP))

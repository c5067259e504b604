"""Settings of orders, read from the environment."""

from functools import cached_property

from pydantic import SecretStr, field_validator

from shared.ids import Numbers
from shared.sealing import Sealer, read_keys
from shared.service.settings import Settings

KEY_BYTES_MIN = 16


def sealer_of(keys: str) -> Sealer:
    """Seals and opens hand-overs with the keys of the setting. Raises ValueError."""
    return Sealer(read_keys(keys), "hand-over")


class OrdersSettings(Settings):
    """The common settings, the secret behind order and payment numbers, and the keys of sealed hand-overs."""

    number_key: SecretStr
    """The key behind order and payment numbers: at least 32 hex digits, never changed, or numbers would collide."""

    hand_over_keys: SecretStr
    """The keys that seal hand-overs: `id:key`, a key being 64 hex digits; several separated by commas while one is
    replaced: the first seals, all open."""

    @cached_property
    def hand_over_sealer(self) -> Sealer:
        """Seals and opens hand-overs with these keys."""
        return sealer_of(self.hand_over_keys.get_secret_value())

    @cached_property
    def numbers(self) -> Numbers:
        """Makes order and payment numbers with this key."""
        return Numbers(bytes.fromhex(self.number_key.get_secret_value()))

    @field_validator("number_key")
    @classmethod
    def _is_a_key(cls, key: SecretStr) -> SecretStr:
        try:
            if len(bytes.fromhex(key.get_secret_value())) >= KEY_BYTES_MIN:
                return key
        except ValueError:
            pass
        raise ValueError(f"must be hex digits, at least {2 * KEY_BYTES_MIN} of them")

    @field_validator("hand_over_keys")
    @classmethod
    def _are_keys(cls, keys: SecretStr) -> SecretStr:
        read_keys(keys.get_secret_value())
        return keys

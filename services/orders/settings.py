"""Settings of orders, read from the environment."""

from functools import cached_property

from pydantic import SecretStr, field_validator

from shared.ids import Numbers
from shared.service.settings import Settings

KEY_BYTES_MIN = 16


class OrdersSettings(Settings):
    """The common settings and the secret behind order and payment numbers."""

    number_key: SecretStr
    """The key behind order and payment numbers: at least 32 hex digits, never changed, or numbers would collide."""

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

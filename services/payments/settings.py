"""Settings of payments, read from the environment."""

from base64 import b64decode
from functools import cached_property
from typing import Annotated, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from services.payments.pins import Pins
from shared.service.settings import Settings


class PaymentsSettings(Settings):
    """The common settings and the secret of the built-in provider: a sandbox needs it, production refuses it."""

    sandbox_webhook_secret: SecretStr | None = None
    """whsec_… of the built-in provider; two of them, separated by a comma, while one replaces the other."""
    sandbox_return_origins: str = ""
    """Origins to which the sandbox's pay page may lead back, separated by commas; the gateway's own always may."""

    gift_card_keys: SecretStr
    """The keys that PINs of gift cards are hashed with, at least 32 hex digits each; several separated by commas: the
    first hashes new cards, all find them. A key is needed as long as cards of its time are good: two years."""
    adjustment_alone_max: int = Field(default=10_000, ge=0)
    """The largest goodwill or forfeit that one person of support may decide alone, in minor units of any currency."""
    adjustment_alone_max_by_currency: dict[str, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    """The same for single currencies, as JSON: `{"KRW": 100000, "KWD": 10000}`; the others have the one above."""

    @cached_property
    def pins(self) -> Pins:
        """Hashes PINs with these keys."""
        return Pins(self.gift_card_keys.get_secret_value())

    @field_validator("gift_card_keys")
    @classmethod
    def _are_keys(cls, keys: SecretStr) -> SecretStr:
        Pins(keys.get_secret_value())
        return keys

    def adjustment_alone(self, currency: str) -> int:
        """What one person may decide alone in this currency, in minor units."""
        return self.adjustment_alone_max_by_currency.get(currency, self.adjustment_alone_max)

    @model_validator(mode="after")
    def _play_money_only_in_the_sandbox(self) -> Self:
        if self.sandbox and not self.sandbox_webhook_secret:
            raise ValueError("the sandbox needs MARKET_SANDBOX_WEBHOOK_SECRET")
        if not self.sandbox and self.sandbox_webhook_secret:
            raise ValueError("production refuses the built-in provider: remove MARKET_SANDBOX_WEBHOOK_SECRET")
        for secret in self.sandbox_secrets:
            if not _is_secret(secret):
                raise ValueError("MARKET_SANDBOX_WEBHOOK_SECRET is whsec_ and 24 to 64 bytes in base64")
        return self

    @property
    def sandbox_secrets(self) -> tuple[str, ...]:
        """The built-in provider's signing secrets, the newest first; none in production."""
        secret = self.sandbox_webhook_secret.get_secret_value() if self.sandbox_webhook_secret else ""
        return tuple(part.strip() for part in secret.split(",") if part.strip())

    @property
    def return_origins(self) -> tuple[str, ...]:
        """The origins to which the pay page may lead back."""
        return (self.public_url, *(each.strip() for each in self.sandbox_return_origins.split(",") if each.strip()))


def _is_secret(text: str) -> bool:
    """Whether it has the form of a signing secret of Standard Webhooks."""
    try:
        return text.startswith("whsec_") and 24 <= len(b64decode(text[6:], validate=True)) <= 64
    except ValueError:
        return False

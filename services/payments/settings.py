"""What payments is told by its environment beside what every service is told."""

from typing import Self

from pydantic import SecretStr, model_validator

from shared.settings import Settings


class PaymentsSettings(Settings):
    """The settings of payments; play money and real money never meet in one installation."""

    sandbox_webhook_secret: SecretStr | None = None
    """whsec_… of the built-in provider; two of them, separated by a comma, while one replaces the other."""

    @model_validator(mode="after")
    def _play_money_only_in_the_sandbox(self) -> Self:
        if self.sandbox and not self.sandbox_webhook_secret:
            raise ValueError("the sandbox needs MARKET_SANDBOX_WEBHOOK_SECRET")
        if not self.sandbox and self.sandbox_webhook_secret:
            raise ValueError("production refuses the built-in provider: remove MARKET_SANDBOX_WEBHOOK_SECRET")
        return self

    @property
    def sandbox_secrets(self) -> tuple[str, ...]:
        """The built-in provider's signing secrets, the newest first; none in production."""
        secret = self.sandbox_webhook_secret.get_secret_value() if self.sandbox_webhook_secret else ""
        return tuple(part.strip() for part in secret.split(",") if part.strip())

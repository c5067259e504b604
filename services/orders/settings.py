"""What orders is told by its environment."""

from pydantic import SecretStr

from shared.settings import Settings


class OrdersSettings(Settings):
    """The common settings and the secret behind order and payment numbers."""

    number_key: SecretStr
    """Hex; the same for ever, or numbers would collide (shared/ids.py)."""

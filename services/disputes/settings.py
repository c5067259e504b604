"""What disputes is told by its environment."""

from pydantic import Field

from shared.service.settings import Settings

HOUR = 3600


class DisputesSettings(Settings):
    """The common settings, and for how long a case may lie still before somebody is told; no outcome hangs on it."""

    reminder_seconds: int = Field(default=24 * HOUR, ge=60)
    """Without activity for so long, support is reminded, again and again."""
    escalation_seconds: int = Field(default=14 * 24 * HOUR, ge=60)
    """Open for so long, an operator is told."""

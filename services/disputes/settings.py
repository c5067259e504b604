"""Settings of disputes, read from the environment."""

from pydantic import Field

from services.disputes.domain.case import CaseTimeouts
from shared.service.settings import Settings

HOUR = 3600


class DisputesSettings(Settings):
    """The common settings, and the time-outs of idle cases; no outcome depends on them (rules 5.7)."""

    reminder_seconds: int = Field(default=24 * HOUR, ge=60)
    """After so long without activity, support is reminded; again after each further period."""
    escalation_seconds: int = Field(default=14 * 24 * HOUR, ge=60)
    """An operator is notified of a case that is open for so long."""

    @property
    def timeouts(self) -> CaseTimeouts:
        """Both as the rules take them."""
        return CaseTimeouts(self.reminder_seconds, self.escalation_seconds)

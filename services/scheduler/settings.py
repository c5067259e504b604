"""What the scheduler is told by its environment."""

from pydantic import Field

from shared.service.settings import Settings


class SchedulerSettings(Settings):
    """The common settings and the patience of the sandbox clock."""

    prefetch: int = Field(default=100, ge=1, le=1000)
    """More than other services: messages in flight share transactions."""
    quiet_seconds: float = Field(default=60, gt=0, le=60)
    """How long an advance waits for the system to come to rest before it answers `not_quiet`."""
    advance_seconds: float = Field(default=80, gt=0, le=85)
    """How long one advance may take in all; less than what the gateway waits."""

"""The settings of the scheduler."""

from pydantic import Field

from shared.service.settings import Settings


class SchedulerSettings(Settings):
    """The common settings and the time-outs of the sandbox clock."""

    prefetch: int = Field(default=100, ge=1, le=1000)
    """Messages of one queue handled at the same time; more than elsewhere, because they share transactions."""
    quiet_seconds: float = Field(default=60, gt=0, le=60)
    """How long an advance waits until the system is idle; then it answers `not_quiet`."""
    advance_seconds: float = Field(default=80, gt=0, le=85)
    """How long one advance may take in all; less than the gateway's time-out."""

"""Detects a jump of the database's clock; then nothing fires until an operator has corrected or accepted it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

JUMP = timedelta(minutes=5)


@dataclass(slots=True)
class ClockWatch:
    """Compares business time with the monotonic clock; a step back is harmless, and so is its end."""

    _now: datetime | None = None
    _seconds: float = 0.0

    def jumped(self, now: datetime, seconds: float) -> bool:
        """Whether the clock is more than five minutes ahead; `seconds` are monotonic."""
        if self._now is None:
            self._now, self._seconds = now, seconds
        ahead = now - self._now - timedelta(seconds=seconds - self._seconds)
        if abs(ahead) <= JUMP:
            self._now, self._seconds = now, seconds
        return ahead > JUMP

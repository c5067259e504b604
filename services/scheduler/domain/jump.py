"""Whether the database's clock went ahead by itself; then nothing is rung until an operator has looked."""

from dataclasses import dataclass
from datetime import datetime, timedelta

JUMP = timedelta(minutes=5)


@dataclass(slots=True)
class ClockWatch:
    """Compares the business clock with seconds that only grow; a step back is harmless, and one that is undone too."""

    _now: datetime | None = None
    _seconds: float = 0.0

    def jumped(self, now: datetime, seconds: float) -> bool:
        """Whether the clock is more than five minutes ahead of where it should be by now."""
        if self._now is None:
            self._now, self._seconds = now, seconds
        ahead = now - self._now - timedelta(seconds=seconds - self._seconds)
        if abs(ahead) <= JUMP:
            self._now, self._seconds = now, seconds
        return ahead > JUMP

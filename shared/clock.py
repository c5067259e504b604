"""The two times of the system, and how a time is written (architecture 6).

Business time (placed, paid, due) is the database's `market_now()`: read after the row lock, in whole milliseconds, and
movable in the sandbox. Real time (tokens, signatures, back-off) is read only here.
"""

import time
from datetime import UTC, datetime, timedelta


def real_now() -> datetime:
    """The machine's time in UTC: for tokens, signatures and retention, never for a deadline of the business."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds that only grow: for back-off, liveness and durations."""
    return time.monotonic()


def written(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds: `2026-03-02T00:59:59.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_duration(seconds: int) -> str:
    """A window as an ISO 8601 duration in hours where it is whole hours: 259200 -> `PT72H`."""
    hours, remainder = divmod(seconds, 3600)
    return f"PT{hours}H" if remainder == 0 else f"PT{seconds}S"


def seconds(count: int) -> timedelta:
    """A length of time of so many whole seconds."""
    return timedelta(seconds=count)

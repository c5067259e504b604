"""Where an advance of the sandbox clock goes. The clock's resolution is one millisecond, and it only moves forward."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from services.scheduler.refusals import SchedulerRefusal
from shared.refusals import Refusal, Refused

END = datetime(2200, 1, 1, tzinfo=UTC)
"""The clock does not go further, so that windows can still be added to it."""

_TOO_FAR = Refused(Refusal.VALIDATION_FAILED, {"errors": [{"pointer": "/body", "detail": f"ends at {END:%Y}"}]})
_DURATION = re.compile(
    r"(?P<sign>-?)P(?=[\dT])(?:(?P<weeks>\d{1,6})W)?(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,7})H)?(?:(?P<minutes>\d{1,9})M)?(?:(?P<seconds>\d{1,10}(?:\.\d{1,3})?)S)?)?",
    re.ASCII,
)


class Stop(Enum):
    """A target that depends on the timers."""

    NEXT_DEADLINE = "next_deadline"


Aim = timedelta | datetime | Stop
"""By how much, to which moment, or to the next deadline."""


@dataclass(frozen=True, slots=True)
class Advance:
    """Move the clock; without `fire` no deadline is fired until the next advance that fires."""

    aim: Aim
    fire: bool = True

    def target(self, now: datetime, next_due: datetime | None) -> datetime | Refused:
        """Where the clock will stand, seen from `now`; for an overdue deadline that is now.

        Refused when that is before now or at the end of the clock.
        """
        if isinstance(self.aim, Stop):
            return max(now, not_before(next_due)) if next_due else now
        length = self.aim if isinstance(self.aim, timedelta) else self.aim - now
        if length < timedelta():
            return Refused(SchedulerRefusal.CLOCK_BACKWARDS)
        return now + length if length < END - now else _TOO_FAR


@dataclass(frozen=True, slots=True)
class ClockSeen:
    """The business time, and whether it stands still."""

    now: datetime
    frozen: bool


def whole_milliseconds(moment: datetime) -> datetime:
    """The moment in UTC, finer parts cut off."""
    utc = moment.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


def read_duration(text: str) -> timedelta:
    """An ISO 8601 duration of weeks to milliseconds, e.g. `PT72H`. Raises ValueError.

    Months and years have no fixed length.
    """
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError("not an ISO 8601 duration of weeks, days, hours, minutes and seconds")
    parts = {name: float(value) for name, value in found.groupdict().items() if name != "sign" and value}
    length = timedelta(**parts)
    return -length if found["sign"] else length


def not_before(moment: datetime) -> datetime:
    """The first whole millisecond at or after the moment."""
    cut = whole_milliseconds(moment)
    return cut if cut == moment else cut + timedelta(milliseconds=1)

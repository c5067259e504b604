"""The JSON of the sandbox clock's routes."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from services.scheduler.sandbox.coordinator import Advanced
from services.scheduler.sandbox.domain.advance import Advance, Aim, ClockSeen, Stop, read_duration, whole_milliseconds
from shared.http.fields import Body, Moment, View

_DURATION = r"^-?P(\d{1,6}W)?(\d{1,6}D)?(T(\d{1,7}H)?(\d{1,9}M)?(\d{1,10}(\.\d{1,3})?S)?)?$"
_MOMENT = r"^(next_deadline|\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2}))$"


def _yes(value: bool) -> bool:
    if not value:
        raise ValueError("a clock that runs is stopped by an advance")
    return value


class AdvanceIn(Body):
    """Exactly one of `by`, `to` and `run`."""

    by: Annotated[str, Field(pattern=_DURATION, examples=["PT72H"])] | None = None
    """How far, as an ISO 8601 duration; `PT0S` only waits until all services are idle."""
    to: Annotated[str, Field(pattern=_MOMENT, examples=["2026-03-05T00:00:00.000Z", "next_deadline"])] | None = None
    """Where to, in RFC 3339, inclusive; or `next_deadline`."""
    run: Annotated[bool, AfterValidator(_yes)] | None = None
    """Let the clock run on from where it stands."""
    fire: bool = True
    """False fires no deadline until the next advance that fires."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(each is not None for each in (self.by, self.to, self.run)) != 1:
            raise ValueError("exactly one of by, to and run is needed")
        if self.run is None:
            self.aim()
        return self

    def aim(self) -> Aim:
        """The target. Raises ValueError for a date that does not exist."""
        if self.by is not None:
            return read_duration(self.by)
        assert self.to is not None
        return Stop.NEXT_DEADLINE if self.to == Stop.NEXT_DEADLINE.value else _moment(self.to)

    def advance(self) -> Advance:
        """The body as an advance."""
        return Advance(self.aim(), self.fire)


class ClockView(View):
    """The business time; `frozen` from the first advance until `run`."""

    now: Moment
    frozen: bool


class FiredView(View):
    """A deadline that fired during the advance."""

    kind: str
    subject: str
    due_at: Moment


class AdvancedView(View):
    """Where the clock stands now, the deadlines fired on the way, in order, and how many events were published."""

    now: Moment
    fired: list[FiredView]
    events: int


def clock_view(seen: ClockSeen) -> ClockView:
    """The clock's JSON."""
    return ClockView.of(seen)


def advanced_view(done: Advanced) -> AdvancedView:
    """The JSON of a finished advance."""
    return AdvancedView.of(done, fired=[FiredView.of(timer) for timer in done.fired])


def _moment(text: str) -> datetime:
    """RFC 3339 to whole milliseconds. Raises ValueError."""
    try:
        return whole_milliseconds(datetime.fromisoformat(text.upper()))
    except OverflowError:
        raise ValueError("out of range") from None

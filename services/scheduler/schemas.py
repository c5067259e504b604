"""The JSON of the scheduler's routes."""

from typing import Annotated, Literal

from pydantic import Field

from services.scheduler.domain.timers import TimerSeen
from shared.http.fields import Moment, View

Subject = Annotated[str, Field(min_length=1, max_length=200, pattern="^[!-~]+$")]


class DeadlineView(View):
    """A deadline as the scheduler knows it; with the owner's own labels."""

    owner: str
    """The service that set it."""
    key: str
    """The owner's name for the thing."""
    subject: str
    """What people call it."""
    kind: str | None
    generation: int
    """The highest that arrived."""
    due_at: Moment | None
    state: Literal["pending", "fired", "withdrawn"]
    fired_at: Moment | None


def deadline_view(seen: TimerSeen) -> DeadlineView:
    """A deadline as an answer."""
    return DeadlineView.of(seen)

"""How an owner and the scheduler talk about time: set, withdrawn, expired. The scheduler knows no business.

`deadline.set` and `deadline.withdrawn` may be said by every owner, `deadline.expired.<owner>` only by the scheduler.
"""

from typing import ClassVar

from shared.contracts.base import EVENTS, Event, Moment


class DeadlineEvent(Event):
    """One clock of one thing. A higher generation replaces or withdraws every lower one, whatever arrives first."""

    public: ClassVar[bool] = False
    owner: str
    key: str
    subject: str
    generation: int

    def about(self) -> str:
        """The order number, or whatever else the owner calls it by."""
        return self.subject

    def sequence(self) -> int:
        """The generation: a counter of the owner, raised whenever it says anything about this clock."""
        return self.generation


class DeadlineSet(DeadlineEvent):
    """Ring at `due_at`, in place of whatever was set under this key before."""

    name: ClassVar[str] = "deadline.set"
    publisher: ClassVar[str] = "every owner"
    kind: str
    due_at: Moment


class DeadlineWithdrawn(DeadlineEvent):
    """No clock is left under this key."""

    name: ClassVar[str] = "deadline.withdrawn"
    publisher: ClassVar[str] = "every owner"


class DeadlineExpired(DeadlineEvent):
    """The time is there: a hint, which the owner checks under its own lock (rules 3.3.3)."""

    name: ClassVar[str] = "deadline.expired"
    publisher: ClassVar[str] = "scheduler"
    kind: str
    due_at: Moment

    def routing_key(self) -> str:
        """The one key that is not the event's name: each owner hears only its own."""
        return f"deadline.expired.{self.owner}"


EVENTS.update({kind.name: kind for kind in (DeadlineSet, DeadlineWithdrawn, DeadlineExpired)})

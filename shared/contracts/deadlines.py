"""Deadlines between their owners and the scheduler: set, withdrawn, expired. The scheduler knows no business.

Every owner may publish `deadline.set` and `deadline.withdrawn`, only the scheduler `deadline.expired.<owner>`.
"""

from typing import ClassVar

from shared.contracts.base import EVENTS, Event, Moment


class DeadlineEvent(Event):
    """One deadline of one thing. A higher generation replaces or withdraws every lower one, whatever arrives first."""

    public: ClassVar[bool] = False
    owner: str
    """The service whose deadline it is."""
    key: str
    """What the deadline belongs to, unique within its owner."""
    subject: str
    """What people call it, e.g. the order number."""
    generation: int
    """A counter of the owner; a higher one replaces a lower one."""

    def about(self) -> str:
        """The order number, or whatever else the owner calls it by."""
        return self.subject

    def sequence(self) -> int:
        """The generation: consumers ignore lower ones."""
        return self.generation


class DeadlineSet(DeadlineEvent):
    """The deadline expires at `due_at`; it replaces what was set under this key before."""

    name: ClassVar[str] = "deadline.set"
    publisher: ClassVar[str] = "every owner"
    kind: str
    """What expires, in the owner's words, e.g. `D3`."""
    due_at: Moment
    """When, in business time."""


class DeadlineWithdrawn(DeadlineEvent):
    """There is no deadline under this key any more."""

    name: ClassVar[str] = "deadline.withdrawn"
    publisher: ClassVar[str] = "every owner"


class DeadlineExpired(DeadlineEvent):
    """The expiry notification: the deadline is due. The owner checks it under its own lock (rules 3.3.3)."""

    name: ClassVar[str] = "deadline.expired"
    publisher: ClassVar[str] = "scheduler"
    kind: str
    """As it was set."""
    due_at: Moment
    """As it was set."""

    def routing_key(self) -> str:
        """The one key that is not the event's name: each owner consumes only its own."""
        return f"deadline.expired.{self.owner}"


EVENTS.update({kind.name: kind for kind in (DeadlineSet, DeadlineWithdrawn, DeadlineExpired)})

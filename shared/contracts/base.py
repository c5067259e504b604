"""The form of every event: a frozen fact with a name and one publisher. Additive changes only (architecture 4)."""

from datetime import datetime
from typing import Annotated, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, PlainSerializer


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


Moment = Annotated[datetime, PlainSerializer(_written, when_used="json")]
"""A time in UTC; on the wire RFC 3339 with milliseconds."""


class Fact(BaseModel):
    """A part of an event's body. Unknown fields are ignored, so a newer publisher does not break an older consumer."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


class Event(Fact):
    """Something that happened. The docstring of each says what it means for the business."""

    name: ClassVar[str]
    """The event's name: routing key, ce-type and name of the golden file in one."""
    publisher: ClassVar[str]
    """The only service that may publish it, but for those in `also`."""
    also: ClassVar[tuple[str, ...]] = ()
    """Other services in which the same fact is noticed, and which may publish it too."""
    public: ClassVar[bool]
    """Whether other teams' services may consume it (docs/subscribers.md)."""

    @classmethod
    def may_be_published_by(cls, service: str) -> bool:
        """Whether this service may publish it."""
        return service in (cls.publisher, *cls.also)

    def routing_key(self) -> str:
        """Where it is published on market.events."""
        return self.name

    def about(self) -> str:
        """Its subject (ce-subject), e.g. an order number. Raises LookupError if it has none."""
        raise LookupError(f"{self.name} has no subject")  # pragma: no cover

    def sequence(self) -> int:
        """The subject's version after it, 0 if there is none; consumers ignore older ones."""
        return 0

    def happened_at(self) -> datetime | None:
        """The business time of the fact; None if the body has none."""
        return getattr(self, "at", None)


EVENTS: dict[str, type[Event]] = {}
"""Every event of the system by name."""

Kind = TypeVar("Kind", bound=type[Event])


def event(publisher: str, name: str, *, public: bool, also: tuple[str, ...] = ()) -> "_Registrar":
    """Register a class as the event of this name, published by this service. Raises ValueError for a name in use.

    Other teams' services may consume a public one: its body is a promise to them, and has nothing that only one person
    or support may know.
    """
    return _Registrar(publisher, name, public=public, also=also)


class _Registrar:
    def __init__(self, publisher: str, name: str, *, public: bool, also: tuple[str, ...]) -> None:
        self._publisher, self._name, self._public, self._also = publisher, name, public, also

    def __call__(self, kind: Kind) -> Kind:
        if self._name in EVENTS:
            raise ValueError(f"two events are called {self._name}")
        kind.name, kind.publisher, kind.public, kind.also = self._name, self._publisher, self._public, self._also
        EVENTS[self._name] = kind
        return kind

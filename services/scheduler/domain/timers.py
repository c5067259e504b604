"""A timer as the scheduler knows it: its owner, its key, and when it is due. It does not know the business."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar


class State(StrEnum):
    """The state of a timer. Of several messages about one key the highest generation counts, in whatever order."""

    PENDING = "pending"
    """It will fire at its due time."""
    FIRED = "fired"
    """It has fired; stored, so that an older generation that arrives late is recognised."""
    WITHDRAWN = "withdrawn"
    """A tombstone; stored for the same reason, also when the withdrawal came before what it withdraws."""


@dataclass(frozen=True, slots=True)
class Timer:
    """One deadline of one thing of one owner."""

    owner: str
    """The service that gets the expiry notification."""
    key: str
    """The owner's name for the thing with the deadline."""
    subject: str
    """What it is about, e.g. an order number; only repeated."""
    kind: str
    """Which deadline, in the owner's words, e.g. `D3`; only repeated."""
    generation: int
    """Higher than that of any earlier message about the key."""
    due_at: datetime
    """When it fires, in business time."""

    @property
    def turn(self) -> tuple[datetime, str, str]:
        """The sort key of timers that fire in one batch."""
        return self.due_at, self.owner, self.key


@dataclass(frozen=True, slots=True)
class Tombstone:
    """The key has no deadline from this generation on, whatever arrives later of older ones."""

    owner: str
    key: str
    subject: str
    generation: int


@dataclass(frozen=True, slots=True)
class TimerSeen:
    """What is known of a key, for people; kind and due time are None where only a withdrawal arrived."""

    owner: str
    key: str
    subject: str
    kind: str | None
    generation: int
    due_at: datetime | None
    state: State
    fired_at: datetime | None


Known = TypeVar("Known", Timer, Tombstone)


def newest(known: Iterable[Known]) -> list[Known]:
    """The highest generation of each key, in the order of keys: all lock several rows in the same order."""
    last = {(each.owner, each.key): each for each in sorted(known, key=lambda each: each.generation)}
    return [last[key] for key in sorted(last)]

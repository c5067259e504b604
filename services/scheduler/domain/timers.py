"""A timer as the scheduler knows it: whom to tell, under which name, when. It knows no business."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar


class State(StrEnum):
    """Where a timer stands. Of several messages about one key the highest generation counts, whatever came first."""

    PENDING = "pending"
    """It will ring at its due time."""
    FIRED = "fired"
    """It rang; kept, so that an older generation that comes late is known as old."""
    WITHDRAWN = "withdrawn"
    """A tombstone; kept for the same reason, also when the withdrawal came before what it withdraws."""


@dataclass(frozen=True, slots=True)
class Timer:
    """One clock of one thing of one owner; subject and kind are labels that are only repeated."""

    owner: str
    key: str
    subject: str
    kind: str
    generation: int
    due_at: datetime

    @property
    def turn(self) -> tuple[datetime, str, str]:
        """Its place among the timers that ring together."""
        return self.due_at, self.owner, self.key


@dataclass(frozen=True, slots=True)
class Tombstone:
    """The word that this key has no clock from this generation on, whatever of older ones comes later."""

    owner: str
    key: str
    subject: str
    generation: int


@dataclass(frozen=True, slots=True)
class TimerSeen:
    """What is known of a key, for people: kind and due time are missing where only a withdrawal was ever heard."""

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
    """Of each key only what counts, in the order of keys: who locks several rows locks them in the same order."""
    last = {(each.owner, each.key): each for each in sorted(known, key=lambda each: each.generation)}
    return [last[key] for key in sorted(last)]

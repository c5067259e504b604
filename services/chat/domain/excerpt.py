"""What of a conversation and a log goes to a dispute's case, and in which parts (rules 8.6)."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from services.chat.domain.conversation import Message
from services.chat.domain.log import Line

DISPUTE_ROWS = ("T22", "T29")
"""The rows of the order's table that open a case; the excerpt is taken at the first of them."""
MESSAGES_MAX = 1000
"""The newest messages since the order was placed."""
MESSAGES_BEFORE = 50
"""The newest messages before the order was placed: what was promised to the buyer."""
LINES_MAX = 1000
"""The newest lines of the log."""
PART_BYTES = 200_000
"""The size of an event's body at most."""
Entry = TypeVar("Entry")


def chosen_messages(newest: Sequence[Message], placed_at: datetime) -> list[Message]:
    """What goes to the case of the newest messages until the dispute, oldest first."""
    before = [each for each in newest if each.at < placed_at]
    since = [each for each in newest if each.at >= placed_at]
    return [*before[-MESSAGES_BEFORE:], *since[-MESSAGES_MAX:]]


def chosen_lines(newest: Sequence[Line]) -> list[Line]:
    """What goes to the case of the newest lines, oldest first."""
    return list(newest[-LINES_MAX:])


def in_parts(entries: Sequence[Entry], size: Callable[[Entry], int], most: int) -> list[list[Entry]]:
    """The entries in parts of at most so many bytes, in their order; an entry that is larger is a part of its own."""
    parts: list[list[Entry]] = [[]]
    filled = 0
    for entry in entries:
        filled += size(entry)
        if parts[-1] and filled > most:
            parts.append([])
            filled = size(entry)
        parts[-1].append(entry)
    return parts

"""Declined cards: three within an hour close the methods that take a card for another hour (rules 6.4)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from services.payments.domain.attempt import Attempt, AttemptStatus
from services.payments.domain.methods import CARDS

DECLINES_MAX = 3
DECLINES_READ_MAX = 100
"""How many of a buyer's declines are looked at, from the newest on."""
WINDOW = timedelta(minutes=60)
"""In which the declines count together."""
CLOSED = timedelta(minutes=60)
"""For how long the methods are closed, from the last of these declines on."""
NOT_COUNTED = frozenset({"provider_timeout", "abandoned"})
"""Reasons of failures that no bank has decided."""
TAKEN = frozenset({AttemptStatus.CAPTURED, AttemptStatus.REVERSED})
"""Statuses after the bank's yes: a no that is reported then is out of date. One of an attempt that the buyer has left
for another method is not."""


def is_decline(attempt: Attempt, reason: str | None) -> bool:
    """Whether this failure, of the attempt as it was before, is a bank's no to a card."""
    return attempt.method in CARDS and attempt.status not in TAKEN and reason not in NOT_COUNTED


def closed_until(declines: Iterable[datetime]) -> datetime | None:
    """Until when the last closure of a buyer's card methods lasts; None if they were never closed.

    A decline during a closure, of an attempt that was made before, neither prolongs it nor counts for the next one.
    """
    until, recent = None, list[datetime]()
    for at in sorted(declines):
        if until is not None and at < until:
            continue
        recent = [*(each for each in recent if at - each < WINDOW), at]
        if len(recent) == DECLINES_MAX:
            until, recent = at + CLOSED, []
    return until

"""Readiness of the scheduler: a timer that should have fired is a fault, unless the clock stands still."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from services.scheduler import readiness

NOW = datetime(2026, 3, 2, tzinfo=UTC)


class Timers:
    """A database that holds one timer, due so many seconds ago."""

    def __init__(self, late: float | None, *, frozen: bool) -> None:
        due = None if late is None else NOW - timedelta(seconds=late)
        self._look = SimpleNamespace(next_due=due, now=NOW, frozen=frozen)
        self.timers = self

    async def look(self) -> SimpleNamespace:
        """What the repository would answer."""
        return self._look

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["Timers"]:
        """The timers are all that is asked for."""
        yield self


@pytest.mark.parametrize(
    ("late", "frozen", "checks"),
    [(31, False, {"timers"}), (30, False, set()), (31, True, set()), (-5, False, set()), (None, False, set())],
)
async def test_which_timers_keep_the_scheduler_from_being_ready(
    late: float | None, frozen: bool, checks: set[str]
) -> None:
    database, dispatcher = Timers(late, frozen=frozen), SimpleNamespace(jumped=False)
    assert (await readiness.wrong(cast("Any", database), cast("Any", dispatcher))).keys() == checks


async def test_a_clock_that_went_ahead_by_itself_is_told() -> None:
    wrong = await readiness.wrong(cast("Any", Timers(None, frozen=False)), cast("Any", SimpleNamespace(jumped=True)))
    assert wrong.keys() == {"clock"}

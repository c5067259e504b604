"""Contention is tried again a limited number of times; a loop outlives the faults that pass, and no others."""

import asyncio
from collections.abc import Iterator, Sequence

import pytest

from shared.db.errors import Contention, DatabaseUnavailable
from shared.db.repeating import retry_on_contention, run_periodically


class Act:
    """Work whose calls raise or answer this, one after the other."""

    def __init__(self, results: Sequence[float | type[Exception] | None]) -> None:
        self.calls, self._results = 0, iter(results)

    async def __call__(self) -> float | None:
        self.calls += 1
        result = next(self._results)
        if isinstance(result, type):
            raise result("as planned")
        return result


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The pauses that are slept, in no time."""
    slept: list[float] = []
    sleep = asyncio.sleep

    async def sleeping(seconds: float) -> None:
        slept.append(seconds)
        await sleep(0)

    with monkeypatch.context() as patch:
        patch.setattr(asyncio, "sleep", sleeping)
        yield slept


class TestContention:
    async def test_is_tried_again(self, pauses: list[float]) -> None:
        act = Act([Contention, Contention, 7])
        assert await retry_on_contention(act, 3) == 7
        assert len(pauses) == 2
        assert all(0 < pause < 0.1 for pause in pauses)

    async def test_is_raised_after_the_last_try(self, pauses: list[float]) -> None:
        act = Act([Contention] * 4)
        with pytest.raises(Contention):
            await retry_on_contention(act, 3)
        assert (act.calls, len(pauses)) == (3, 2)

    async def test_other_faults_are_raised_at_once(self, pauses: list[float]) -> None:
        act = Act([DatabaseUnavailable])
        with pytest.raises(DatabaseUnavailable):
            await retry_on_contention(act, 3)
        assert (act.calls, pauses) == (1, [])


class TestALoop:
    async def test_waits_as_long_as_its_work_says_or_its_own_time(self, pauses: list[float]) -> None:
        with pytest.raises(ZeroDivisionError):
            await run_periodically(Act([0, None, 0.5, ZeroDivisionError]), 60, failed="test.failed")
        assert pauses == [0, 0, 60, 0.5]

    async def test_may_wait_first(self, pauses: list[float]) -> None:
        with pytest.raises(ZeroDivisionError):
            await run_periodically(Act([ZeroDivisionError]), 60, failed="test.failed", wait_first=True)
        assert pauses == [60]

    @pytest.mark.parametrize("fault", [DatabaseUnavailable, Contention])
    async def test_outlives_a_database_that_is_away(self, fault: type[Exception], pauses: list[float]) -> None:
        act = Act([0, fault, fault, None, ZeroDivisionError])
        with pytest.raises(ZeroDivisionError):
            await run_periodically(act, 60, failed="test.failed")
        assert (act.calls, pauses) == (5, [0, 0, 60, 60, 60])

    async def test_outlives_only_the_faults_that_it_names(self, pauses: list[float]) -> None:
        with pytest.raises(DatabaseUnavailable):
            await run_periodically(Act([ValueError, DatabaseUnavailable]), 60, failed="x", faults=(ValueError,))
        assert pauses == [0, 60]

"""The guard of a production's clock."""

from datetime import UTC, datetime, timedelta

import pytest

from services.scheduler.domain.jump import ClockWatch

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def after(**parts: float) -> datetime:
    return NOW + timedelta(**parts)


class TestClockWatch:
    def test_time_that_passes_is_no_jump(self) -> None:
        watch = ClockWatch()
        looks = [(after(seconds=n * 600), n * 600.0) for n in range(5)]
        assert [watch.jumped(*look) for look in looks] == [False] * 5

    @pytest.mark.parametrize(("ahead", "jumped"), [(299, False), (300, False), (301, True)])
    def test_five_minutes_are_the_limit(self, ahead: int, jumped: bool) -> None:
        watch = ClockWatch()
        watch.jumped(NOW, 0)
        assert watch.jumped(after(seconds=1 + ahead), 1) is jumped

    def test_it_lasts_until_the_clock_is_mended(self) -> None:
        watch = ClockWatch()
        looks = [(NOW, 0.0), (after(hours=73), 1.0), (after(hours=73, seconds=1), 2.0), (after(seconds=3), 3.0)]
        assert [watch.jumped(*look) for look in looks] == [False, True, True, False]

    def test_a_step_back_and_its_end_are_harmless(self) -> None:
        watch = ClockWatch()
        looks = [(NOW, 0.0), (after(hours=-2), 1.0), (after(seconds=2), 2.0)]
        assert [watch.jumped(*look) for look in looks] == [False, False, False]

    def test_a_slow_drift_is_followed(self) -> None:
        watch = ClockWatch()
        looks = [(after(seconds=n * 101), n * 100.0) for n in range(1000)]
        assert not any(watch.jumped(*look) for look in looks)

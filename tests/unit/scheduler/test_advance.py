"""Where an advance goes, and what a duration or a moment may look like."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scheduler.refusals import SchedulerRefusal
from services.scheduler.sandbox.domain.advance import (
    END,
    Advance,
    Stop,
    not_before,
    read_duration,
    whole_milliseconds,
)
from shared.refusals import Refusal, RefusalCode, Refused

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2150, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - a bound


def code(found: datetime | Refused) -> RefusalCode | None:
    return found.code if isinstance(found, Refused) else None


class TestWhereTo:
    def test_by_a_duration(self) -> None:
        assert Advance(timedelta(hours=72)).target(NOW, None) == NOW + timedelta(hours=72)

    def test_to_a_moment_which_may_be_now(self) -> None:
        assert Advance(NOW).target(NOW, None) == NOW

    @pytest.mark.parametrize("aim", [-MILLISECOND, NOW - MILLISECOND, timedelta.min])
    def test_never_back(self, aim: timedelta | datetime) -> None:
        assert code(Advance(aim).target(NOW, None)) is SchedulerRefusal.CLOCK_BACKWARDS

    @pytest.mark.parametrize("aim", [END - NOW, END, timedelta.max])
    def test_not_beyond_the_end(self, aim: timedelta | datetime) -> None:
        assert code(Advance(aim).target(NOW, None)) is Refusal.VALIDATION_FAILED

    def test_just_before_the_end(self) -> None:
        assert Advance(END - MILLISECOND).target(NOW, None) == END - MILLISECOND

    def test_to_the_next_deadline(self) -> None:
        assert Advance(Stop.NEXT_DEADLINE).target(NOW, NOW + timedelta(hours=1)) == NOW + timedelta(hours=1)

    @pytest.mark.parametrize("due", [None, NOW, NOW - timedelta(days=1)])
    def test_an_overdue_deadline_is_as_near_as_now(self, due: datetime | None) -> None:
        assert Advance(Stop.NEXT_DEADLINE).target(NOW, due) == NOW


class TestMilliseconds:
    @given(MOMENTS)
    def test_a_moment_lies_between_what_is_cut_and_what_is_not_before_it(self, moment: datetime) -> None:
        assert whole_milliseconds(moment) <= moment <= not_before(moment)
        assert not_before(moment) - whole_milliseconds(moment) <= MILLISECOND
        assert not_before(moment).microsecond % 1000 == whole_milliseconds(moment).microsecond % 1000 == 0

    def test_the_answer_is_in_utc(self) -> None:
        local = datetime(2026, 3, 2, 20, 0, 0, 1999, timezone(timedelta(hours=8)))
        assert whole_milliseconds(local).isoformat() == "2026-03-02T12:00:00.001000+00:00"


class TestDurations:
    @pytest.mark.parametrize(
        ("text", "length"),
        [
            ("PT72H", timedelta(hours=72)),
            ("PT0S", timedelta()),
            ("P1W2DT3H4M5.006S", timedelta(weeks=1, days=2, hours=3, minutes=4, seconds=5, milliseconds=6)),
            ("P6D", timedelta(days=6)),
            ("-PT1M", timedelta(minutes=-1)),
        ],
    )
    def test_are_read(self, text: str, length: timedelta) -> None:
        assert read_duration(text) == length

    @pytest.mark.parametrize(
        "text",
        ["", "P", "PT", "P1DT", "PT1", "1H", "P1M", "P1Y", "PT1.5H", "PT1.0001S", "PT-1H", "pt1h", "PT1H "],
    )
    def test_nothing_else_is(self, text: str) -> None:
        with pytest.raises(ValueError, match="not an ISO 8601 duration"):
            read_duration(text)

    @given(st.integers(0, 10**9))
    def test_every_millisecond_counts(self, count: int) -> None:
        seconds, milliseconds = divmod(count, 1000)
        assert read_duration(f"PT{seconds}.{milliseconds:03d}S") == count * MILLISECOND

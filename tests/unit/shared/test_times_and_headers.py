"""How a time, a window and an envelope are written; a reader anywhere reads the same."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.clock import iso_duration, monotonic, real_now, written
from shared.messaging.headers import Envelope, text

MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
ENVELOPE = Envelope(
    message_id=UUID("01960000-0000-7000-8000-000000000001"),
    event="order.paid",
    service="orders",
    subject="K1000001",
    sequence=2,
    happened_at=datetime(2026, 3, 2, 0, 59, 59, 999_000, UTC),
    correlation_id="conversation-1",
    causation_id="message-1",
    traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
)


class TestHowIsATimeWritten:
    @pytest.mark.parametrize(
        ("moment", "expected"),
        [
            (datetime(2026, 3, 2, tzinfo=UTC), "2026-03-02T00:00:00.000Z"),
            (datetime(2026, 3, 2, 0, 59, 59, 999_999, UTC), "2026-03-02T00:59:59.999Z"),
            (datetime(2026, 3, 2, 8, tzinfo=timezone(timedelta(hours=8))), "2026-03-02T00:00:00.000Z"),
        ],
    )
    def test_in_utc_with_milliseconds(self, moment: datetime, expected: str) -> None:
        assert written(moment) == expected

    @given(MOMENTS)
    def test_it_can_be_read_back_to_the_millisecond(self, moment: datetime) -> None:
        assert moment - datetime.fromisoformat(written(moment)) < timedelta(milliseconds=1)

    @given(MOMENTS, MOMENTS)
    def test_it_sorts_like_the_times_themselves(self, one: datetime, other: datetime) -> None:
        assert (written(one) <= written(other)) or one > other

    @pytest.mark.parametrize(
        ("seconds", "text_"), [(3600, "PT1H"), (259_200, "PT72H"), (90, "PT90S"), (3601, "PT3601S"), (0, "PT0H")]
    )
    def test_a_window_is_an_iso_duration(self, seconds: int, text_: str) -> None:
        assert iso_duration(seconds) == text_

    def test_real_time_has_a_zone_and_monotonic_time_only_grows(self) -> None:
        assert real_now().utcoffset() == timedelta(0)
        assert monotonic() <= monotonic()


class TestWhatIsInTheHeaders:
    def test_everything_about_the_event_as_text(self) -> None:
        assert ENVELOPE.headers() == {
            "ce-specversion": "1.0",
            "ce-id": "01960000-0000-7000-8000-000000000001",
            "ce-type": "order.paid",
            "ce-source": "/services/orders",
            "ce-subject": "K1000001",
            "ce-time": "2026-03-02T00:59:59.999Z",
            "ce-sequence": "2",
            "ce-correlationid": "conversation-1",
            "ce-causationid": "message-1",
            "ce-traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        }

    def test_what_is_not_known_has_no_header(self) -> None:
        headers = replace(ENVELOPE, causation_id=None, traceparent=None).headers()
        assert not {"ce-causationid", "ce-traceparent", "traceparent"} & set(headers)

    @pytest.mark.parametrize("value", [None, 7, b"order.paid", ["order.paid"]])
    def test_a_header_that_is_no_text_is_no_header(self, value: object) -> None:
        assert text({"ce-type": value}, "ce-type") is None
        assert text({}, "ce-type") is None

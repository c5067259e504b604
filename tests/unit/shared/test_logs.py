"""What the log says of an outage: at once, then once a minute with how often, whatever loop or library meets it."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from shared.telemetry import logs
from shared.telemetry.logs import SELDOM_KEYS_MAX, SELDOM_SECONDS, log_seldom

AWAY = {"event": "relay.connection_lost", "reason": "refused", "log_level": "warning"}


@pytest.fixture
def lines() -> Iterator[list[Any]]:
    with capture_logs() as found:
        yield found


@pytest.fixture(autouse=True)
def time(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The machine's clock, which stands still until the test moves it."""
    now = [1000.0]
    monkeypatch.setattr(logs, "_seldom", {})
    monkeypatch.setattr(logs, "monotonic", lambda: now[0])
    return now


def test_what_repeats_is_logged_once_a_minute_with_how_often(lines: list[Any], time: list[float]) -> None:
    for _ in range(30):
        log_seldom("relay.connection_lost", reason="refused")
    assert lines == [AWAY]
    time[0] += SELDOM_SECONDS
    log_seldom("relay.connection_lost", reason="refused")
    time[0] += SELDOM_SECONDS
    log_seldom("relay.connection_lost", reason="refused")
    assert lines == [AWAY, {**AWAY, "repeated": 29}, AWAY]


def test_another_reason_and_another_event_are_logged_at_once(lines: list[Any]) -> None:
    log_seldom("relay.connection_lost", reason="refused")
    log_seldom("relay.connection_lost", reason="reset")
    log_seldom("inbox.not_kept", reason="refused", level="error", event_name="order.paid")
    assert [(line["event"], line["reason"], line["log_level"]) for line in lines] == [
        ("relay.connection_lost", "refused", "warning"),
        ("relay.connection_lost", "reset", "warning"),
        ("inbox.not_kept", "refused", "error"),
    ]


def test_reasons_that_are_never_the_same_fill_no_memory(lines: list[Any]) -> None:
    for number in range(3 * SELDOM_KEYS_MAX):
        log_seldom("relay.connection_lost", reason=f"from port {number}")
    assert len(lines) == 3 * SELDOM_KEYS_MAX
    assert len(logs._seldom) <= SELDOM_KEYS_MAX + 1


def test_a_library_repeats_itself_as_seldom(lines: list[Any]) -> None:
    forward = logs._Forward()
    for _ in range(3):
        forward.emit(logging.LogRecord("aiormq", logging.ERROR, "x.py", 1, "can't %s", ("connect",), None))
    assert [(line["library"], line["message"], line["log_level"]) for line in lines] == [
        ("aiormq", "can't connect", "error")
    ]

"""What the local commands print: plain sentences, no traceback, no raw response."""

import json
import os
from pathlib import Path
from typing import NoReturn
from xmlrpc.client import Fault

import pytest
from supervisor.xmlrpc import Faults
from typer.testing import CliRunner

from deploy.gateway.nginx import Place, configuration
from deploy.local import layout as module
from deploy.local import status, subscribers
from deploy.local.cli import app
from deploy.local.errors import StackError
from deploy.local.layout import Layout
from deploy.local.parked import Parked, lines
from deploy.local.supervision import Info, Supervisor
from deploy.local.tokens import make_keys


def row(**facts: object) -> status.Row:
    return status.Row("orders", "service", "running", 1, 1, (1,), ready=True, why_not="", facts=facts)


class TestStatus:
    def test_what_is_wrong_is_a_sentence(self) -> None:
        body = json.dumps(
            {"ready": False, "wrong": {"outbox": "old", "relay": "away"}, "state": {"clock": "real time"}}
        )
        assert status.described(503, body) == (False, "outbox: old; relay: away", {"clock": "real time"})

    def test_a_service_that_does_not_answer_is_named_without_a_number(self) -> None:
        assert status.described(0, "Connection refused")[1] == "does not answer on its port: connection refused"

    @pytest.mark.parametrize("text", ["", "<html>", "[]", "{}"])
    def test_an_answer_of_somebody_else_is_no_fault(self, text: str) -> None:
        assert status.described(500, text) == (False, "answers 500 on its port", {})

    def test_messages_old_events_and_a_moved_clock_are_named(self) -> None:
        busy = row(
            messages_parked=2,
            messages_failed=3,
            outbox_unpublished=4,
            outbox_oldest_seconds=65.0,
            clock="stands still at noon, 5 s ahead",
        )
        assert status.notes([busy, row(clock="stands still at noon, 6 s ahead")]) == [
            "orders: 2 parked messages wait for an operator: make parked",
            "orders: 3 failed messages wait for the next try",
            "orders: 4 events are not published yet, the oldest since 1 min 5 s",
            "sandbox clock: stands still at noon, 5 s ahead",
        ]

    def test_one_is_one(self) -> None:
        single = row(messages_parked=1, messages_failed=1, outbox_unpublished=1, outbox_oldest_seconds=60)
        assert status.notes([single]) == [
            "orders: 1 parked message waits for an operator: make parked",
            "orders: 1 failed message waits for the next try",
            "orders: 1 event is not published yet, the oldest since 1 min 0 s",
        ]

    def test_an_idle_system_has_no_notes(self) -> None:
        idle = row(messages_parked=0, messages_failed=0, outbox_oldest_seconds=0.1, clock="real time")
        assert status.notes([idle, row()]) == []


class TestParked:
    def test_each_is_named_with_what_it_is_about_and_why(self) -> None:
        failed = Parked(
            "orders", 7, "m-1", "payment.confirmed", "P1", "2026-11-28T23:08:01.269Z", 8, "RaiseError: a bug"
        )
        strange = Parked("payments", 1, "", "unknown", "", "2026-11-28T23:08:01.269Z", 1, "Malformed: [no subscriber]")
        assert lines([failed, strange]) == [
            "orders 7: payment.confirmed about P1, kept since 2026-11-28T23:08:01.269Z, 8 tries",
            "    message m-1",
            "    RaiseError: a bug",
            "payments 1: unknown, kept since 2026-11-28T23:08:01.269Z, 1 try",
            "    message ",
            "    Malformed: [no subscriber]",
        ]


class TestToken:
    @pytest.mark.parametrize(
        "wrong",
        [
            ["--sub", ""],
            ["--sub", "a b"],
            ["--sub", "x" * 129],
            ["--sub", "a", "--roles", ""],
            ["--sub", "a", "--roles", "king"],
            ["--sub", "a", "--ttl", "9999999h"],
            ["--sub", "a", "--ttl", "soon"],
        ],
    )
    def test_what_can_be_no_token_is_refused(self, tmp_path: Path, wrong: list[str]) -> None:
        (tmp_path / "keys").mkdir()
        make_keys(Layout(tmp_path))
        done = CliRunner().invoke(app, ["--run", str(tmp_path), "token", *wrong])
        assert isinstance(done.exception, StackError)
        assert done.output == ""


class TestPlaces:
    def test_a_checkout_that_cannot_be_used_is_named_and_not_the_run_directory(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(module, "ROOT", Path("/home/me/my market"))
        with pytest.raises(StackError, match="This checkout lies in '/home/me/my market'"):
            Layout(tmp_path)

    def test_a_run_directory_that_cannot_be_used_is_named(self) -> None:
        with pytest.raises(StackError, match="The run directory lies in '/tmp/a b'"):
            Layout(Path("/tmp/a b"))


class TestSubscribers:
    @pytest.mark.parametrize("name", ["", "Mailer", "1st", "a b", "a/b", "..", "a" * 32, "a.b", "a\n"])
    def test_what_is_no_name_is_refused(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(StackError, match="NAME"):
            subscribers.add(Layout(tmp_path), name)

    def test_a_password_is_made_once_and_kept_for_its_owner(self, tmp_path: Path) -> None:
        layout = Layout(tmp_path)
        subscribers.add(layout, "mailer")
        before = subscribers.passwords(layout)
        subscribers.add(layout, "mailer")
        assert subscribers.passwords(layout) == before
        assert list(before) == ["foreign.mailer"]
        assert (layout.subscribers / "mailer").stat().st_mode & 0o077 == 0


def test_a_program_that_ends_between_listing_and_signal_is_no_fault(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pids: list[int] = []

    def gone(pid: int, sig: int) -> None:
        pids.append(pid)
        raise ProcessLookupError

    monkeypatch.setattr(os, "killpg", gone)
    monkeypatch.setattr(Supervisor, "infos", lambda _: {"orders": Info("orders", "RUNNING", 4711, 0)})
    Supervisor(Layout(tmp_path)).signal("orders", "KILL")
    assert pids == [4711]


def test_the_access_log_keeps_the_request() -> None:
    text = configuration(Place(Path("/x"), "127.0.0.1:1", {"orders": "127.0.0.1:2"}, None))
    assert '"method":"$market_method"' in text
    assert '"path":"$market_path"' in text
    assert "$uri" not in text.split("access_log", 1)[0].split("log_format", 1)[1]


def test_a_supervisor_that_is_still_ending_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It refuses every call meanwhile; `make down` right after an interrupted one must not fail of that."""
    answers: list[Exception] = [Fault(Faults.SHUTDOWN_STATE, "SHUTDOWN_STATE")] * 3 + [FileNotFoundError()]
    left = iter(answers)

    def call(_: Supervisor, method: str) -> NoReturn:
        assert method == "getState"
        raise next(left)

    monkeypatch.setattr(Supervisor, "_call", call)
    Supervisor(Layout(tmp_path)).await_end()
    assert next(left, None) is None

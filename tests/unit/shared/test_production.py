"""A production starts with its own keys and real time, or not at all."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import KeySet, OctKey, OKPKey

from deploy.local.errors import StackError
from deploy.local.layout import Layout
from deploy.local.stack import require_sandbox
from deploy.local.tokens import make_keys
from services.orders.settings import OrdersSettings
from services.scheduler.app import service
from services.scheduler.settings import SchedulerSettings
from shared.db.clock_row import REAL, ClockState
from shared.service import keys
from shared.service.settings import read

OWN = OKPKey.generate_key("Ed25519", parameters={"kid": "own"})
NOW = datetime(2026, 3, 2, tzinfo=UTC)
MOVED = [
    ClockState(NOW, timedelta(0), NOW, timedelta(0)),
    ClockState(None, timedelta(days=60), NOW, timedelta(days=60)),
    ClockState(None, timedelta(seconds=-1), NOW, timedelta(seconds=-1)),
]


@pytest.fixture
def sandbox(tmp_path: Path) -> Layout:
    """A run directory with the keys that local mode makes."""
    layout = Layout(tmp_path)
    (tmp_path / "keys").mkdir()
    make_keys(layout)
    return layout


def key_set(folder: Path, *members: Any, private: bool = False) -> Path:
    path = folder / "set.json"
    path.write_text(json.dumps(KeySet(list(members)).as_dict(private=private)))
    return path


def given(monkeypatch: pytest.MonkeyPatch, token_keys: Path, **more: str) -> None:
    """Orders' environment in a production."""
    settings = {"profile": "production", "database_url": "x", "broker_url": "x", "token_issuer": "me", "port": "1"}
    names = {
        "instance": "x",
        "services": "x",
        "number_key": "00" * 16,
        "hand_over_keys": f"k1:{'00' * 32}",
        "token_keys": str(token_keys),
    }
    for name, value in {**settings, **names, **more}.items():
        monkeypatch.setenv(f"MARKET_{name.upper()}", value)


class TestKeys:
    def test_its_own_public_keys_are_taken(self, tmp_path: Path) -> None:
        assert keys.faults(key_set(tmp_path, OWN), sandbox=False) == []

    def test_a_sandbox_takes_its_development_key_and_a_production_names_it(self, sandbox: Layout) -> None:
        assert keys.faults(sandbox.public_keys, sandbox=True) == []
        (fault,) = keys.faults(sandbox.public_keys, sandbox=False)
        assert keys.DEVELOPMENT in fault

    def test_it_is_found_among_others(self, sandbox: Layout, tmp_path: Path) -> None:
        own = json.loads(key_set(tmp_path, OWN).read_text())["keys"]
        mixed = tmp_path / "mixed.json"
        mixed.write_text(json.dumps({"keys": own + json.loads(sandbox.public_keys.read_text())["keys"]}))
        assert len(keys.faults(mixed, sandbox=False)) == 1

    def test_a_key_of_an_older_sandbox_is_replaced_by_one_that_says_what_it_is(self, sandbox: Layout) -> None:
        sandbox.private_key.write_text(json.dumps(OWN.as_dict(private=True)))
        make_keys(sandbox)
        assert str(OKPKey.import_key(json.loads(sandbox.private_key.read_text())).kid).startswith(keys.DEVELOPMENT)

    def test_the_key_is_made_once(self, sandbox: Layout) -> None:
        before = sandbox.private_key.read_text()
        make_keys(sandbox)
        assert sandbox.private_key.read_text() == before

    @pytest.mark.parametrize("sandbox_too", [True, False])
    def test_a_private_part_is_refused(self, tmp_path: Path, sandbox_too: bool) -> None:
        for member in (OWN, OctKey.generate_key(256, parameters={"kid": "own"})):
            (fault,) = keys.faults(key_set(tmp_path, member, private=True), sandbox=sandbox_too)
            assert "private" in fault

    @pytest.mark.parametrize(
        "text", ["", "{", "[]", "{}", '{"keys": 1}', '{"keys": [1]}', '{"keys": [{"kty": "OKP"}]}']
    )
    def test_what_is_no_key_set_is_refused(self, tmp_path: Path, text: str) -> None:
        path = tmp_path / "set.json"
        path.write_text(text)
        assert keys.faults(path, sandbox=True) == [f"{path} is no JSON Web Key Set"]

    def test_a_missing_file_and_an_empty_set_are_refused(self, tmp_path: Path) -> None:
        assert "No such file" in keys.faults(tmp_path / "none", sandbox=True)[0]
        (tmp_path / "set.json").write_text('{"keys": []}')
        assert "holds no key" in keys.faults(tmp_path / "set.json", sandbox=True)[0]


class TestStart:
    def test_everything_wrong_is_listed_at_once(self, monkeypatch: pytest.MonkeyPatch, sandbox: Layout) -> None:
        given(monkeypatch, sandbox.public_keys, token_issuer="holdfast-sandbox")
        with pytest.raises(SystemExit) as refused:
            read(OrdersSettings)
        assert "MARKET_TOKEN_KEYS" in str(refused.value)
        assert "MARKET_TOKEN_ISSUER" in str(refused.value)

    def test_with_its_own_keys_and_issuer_it_starts(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        given(monkeypatch, key_set(tmp_path, OWN))
        assert read(OrdersSettings).sandbox is False

    @pytest.mark.parametrize(
        ("name", "address"),
        [
            ("database_url", "postgresql://u:secret@h/x?sslmode=verify-full&sslrootcert="),
            ("broker_url", "amqps://u:secret@h/x?cafile="),
            ("broker_api_url", "https://u:secret@h?cafile="),
        ],
    )
    def test_an_authority_that_cannot_be_read_is_named(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, address: str
    ) -> None:
        empty = tmp_path / "empty.pem"
        empty.touch()
        for file in (empty, tmp_path / "none.pem"):
            given(monkeypatch, key_set(tmp_path, OWN), **{name: f"{address}{file}"})
            with pytest.raises(SystemExit, match=f"MARKET_{name.upper()}: .*={file} holds no certificates") as refused:
                read(OrdersSettings)
            assert "secret" not in str(refused.value)

    @pytest.mark.parametrize("keys", ["", "k1", "00" * 32, f"k1:{'ab' * 31}", f"k1:{'ab' * 32},k1:{'cd' * 32}"])
    def test_keys_of_hand_overs_that_are_short_or_have_no_id_are_refused_and_not_shown(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, keys: str
    ) -> None:
        given(monkeypatch, key_set(tmp_path, OWN), hand_over_keys=keys)
        with pytest.raises(SystemExit, match="MARKET_HAND_OVER_KEYS") as refused:
            read(OrdersSettings)
        assert "abab" not in str(refused.value)

    def test_without_keys_of_hand_overs_orders_does_not_start(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        given(monkeypatch, key_set(tmp_path, OWN))
        monkeypatch.delenv("MARKET_HAND_OVER_KEYS")
        with pytest.raises(SystemExit, match="MARKET_HAND_OVER_KEYS: Field required"):
            read(OrdersSettings)

    @pytest.mark.parametrize("key", ["", "zz" * 16, "00" * 15])
    def test_a_number_key_that_can_be_guessed_is_refused(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, key: str
    ) -> None:
        given(monkeypatch, key_set(tmp_path, OWN), number_key=key)
        with pytest.raises(SystemExit, match="MARKET_NUMBER_KEY"):
            read(OrdersSettings)


class TestTime:
    @pytest.mark.parametrize("clock", MOVED)
    async def test_a_moved_clock_ends_the_start(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], clock: ClockState
    ) -> None:
        assert await self.starts(monkeypatch, tmp_path, clock) is False
        assert "the database's clock was moved" in capsys.readouterr().out

    async def test_real_time_lets_it_go_on(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        assert await self.starts(monkeypatch, tmp_path, REAL) is True

    async def starts(self, monkeypatch: pytest.MonkeyPatch, folder: Path, clock: ClockState) -> bool:
        async def found(_: object) -> ClockState:
            return clock

        monkeypatch.setattr("shared.service.runtime.clock_row.read", found)
        given(monkeypatch, key_set(folder, OWN), database_url="postgresql://u:p@127.0.0.1:1/x")
        monkeypatch.setenv("MARKET_BROKER_URL", "amqp://u:p@127.0.0.1:1/x")
        return await service(read(SchedulerSettings))._time_is_real(asyncio.Event())

    @pytest.mark.parametrize(
        ("clock", "words"),
        [
            (REAL, "real time"),
            (MOVED[0], "stands still at 2026-03-02T00:00:00.000Z, 0:00:00 ahead of real time"),
            (MOVED[1], "runs, now 2026-03-02T00:00:00.000Z, 60 days, 0:00:00 ahead of real time"),
            (MOVED[2], "runs, now 2026-03-02T00:00:00.000Z, 0:00:01 behind real time"),
        ],
    )
    def test_its_state_in_words(self, clock: ClockState, words: str) -> None:
        assert clock.words() == words


class TestLocalMode:
    @pytest.mark.parametrize("profile", ["production", "", "Sandbox"])
    def test_it_brings_nothing_else_up(self, profile: str) -> None:
        with pytest.raises(StackError, match="always a sandbox"):
            require_sandbox({"MARKET_PROFILE": profile})

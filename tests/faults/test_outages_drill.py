"""The drill notices what it has to: each fault is injected into a made-up market, and is seen. No server."""

import itertools
import json
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from deploy.drill import logs
from deploy.drill.client import Client, GivenUp
from deploy.drill.crowd import Crowd
from deploy.drill.faults import SERVERS
from deploy.drill.plan import injections
from deploy.drill.scenarios import SCENARIOS
from deploy.drill.tally import Tally
from deploy.local.layout import Layout
from deploy.local.tokens import make_keys

DELETED = next(scenario for scenario in SCENARIOS if scenario.steps == ("delete",))
ORDER = {"number": "K1", "status": "deleted"}
PLACED = {"payment_number": "P1", "orders": [ORDER]}
WALLETS = [{"currency": "MYR", "balance": 0, "available": 0, "in_escrow": 0}]
Answers = Callable[[httpx2.Request], httpx2.Response | None]


def market(wrong: Answers) -> Callable[[httpx2.Request], httpx2.Response]:
    """Answers as a market with one order, except where `wrong` answers."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        if (other := wrong(request)) is not None:
            return other
        bodies = {"/v1/checkouts": PLACED, "/v1/orders": {"items": [ORDER], "next_cursor": None}}
        body = {"/v1/balance": {"wallets": WALLETS}}.get(request.url.path) or bodies.get(request.url.path, {})
        return httpx2.Response(200, json=body)

    return answer


async def played(tmp_path: Path, wrong: Answers) -> tuple[Tally, list[str]]:
    """One buyer places an order and deletes it; then everything is compared."""
    layout = Layout(tmp_path)
    layout.prepare()
    make_keys(layout)
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(market(wrong))) as client:
        driver = Client(client, {"": ["http://market"]}, Tally(), 1)
        crowd = Crowd(driver, layout, seed=1, scenarios=[DELETED])
        await crowd.arrives(1)
        await crowd.ends(crowd.begins(crowd.pairs[0]))
        return driver.tally, await crowd.proves(expired=True)


def at(path: str, status: int, body: object) -> Answers:
    """This answer at this path."""
    return lambda request: httpx2.Response(status, json=body) if request.url.path == path else None


class TestNothingIsWrong:
    async def test_a_sound_market_is_not_blamed(self, tmp_path: Path) -> None:
        tally, found = await played(tmp_path, lambda _request: None)
        assert (tally.wrong, found, tally.begun, tally.ended) == ([], [], 1, 1)


class TestAnAnswerIsWrong:
    async def test_500_is_seen(self, tmp_path: Path) -> None:
        with pytest.raises(GivenUp, match="was answered 500"):
            await played(tmp_path, at("/v1/checkouts", 500, {"code": "internal"}))

    async def test_503_without_retry_after_is_seen(self, tmp_path: Path) -> None:
        with pytest.raises(GivenUp, match="503 without Retry-After"):
            await played(tmp_path, at("/v1/checkouts", 503, {"code": "unavailable"}))

    async def test_a_refusal_that_nobody_deserved_is_seen(self, tmp_path: Path) -> None:
        with pytest.raises(GivenUp, match="DELETE /orders/K1 was refused: 409"):
            await played(tmp_path, at("/v1/orders/K1", 409, {"code": "wrong_status"}))


class TestAnEffectIsWrong:
    async def test_an_accepted_command_without_effect_is_seen(self, tmp_path: Path) -> None:
        listed = {"items": [ORDER | {"status": "waiting_payment"}], "next_cursor": None}
        _, found = await played(tmp_path, at("/v1/orders", 200, listed))
        assert found == ["K1 (the buyer deletes it) is waiting_payment, not deleted"]

    async def test_an_order_placed_twice_is_seen(self, tmp_path: Path) -> None:
        listed = {"items": [ORDER, ORDER | {"number": "K2"}], "next_cursor": None}
        _, found = await played(tmp_path, at("/v1/orders", 200, listed))
        assert len(found) == 1
        assert found[0].endswith("has an order that was never answered: K2")

    async def test_a_cent_too_much_is_seen(self, tmp_path: Path) -> None:
        _, found = await played(tmp_path, at("/v1/balance", 200, {"wallets": [WALLETS[0] | {"balance": 1}]}))
        assert len(found) == 1
        assert "own (1, 0, 0), not (0, 0, 0)" in found[0]

    def test_a_loop_that_ended_is_seen_in_the_log(self, tmp_path: Path) -> None:
        lines = [{"event": "service.started"}, {"event": "loop.ended", "loop": "relay"}]
        (tmp_path / "orders.log").write_text("\n".join(json.dumps(line) for line in lines))
        assert logs.findings(tmp_path, ("orders",)) == ["orders: loop.ended relay is in the log 1 times"]


class TestTheSeed:
    def test_the_same_one_brings_the_same_faults(self) -> None:
        first, again, other = (list(itertools.islice(injections(seed), 30)) for seed in (7, 7, 8))
        assert first == again
        assert first != other

    def test_whatever_it_is_every_server_suffers_in_every_way(self) -> None:
        for seed in range(20):
            assert {injection.fault for injection in itertools.islice(injections(seed), len(SERVERS) + 4)} >= set(
                SERVERS
            )

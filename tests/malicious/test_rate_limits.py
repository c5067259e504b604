"""Who sends too many requests gets 429 and Retry-After; the others are served as before. A sandbox has no limits."""

import asyncio
from pathlib import Path

import pytest

from deploy.gateway.limits import Limits
from deploy.gateway.nginx import Place, configuration
from deploy.stack import Stack
from tests.support.malicious.attacks import complaints, launch
from tests.support.malicious.gateway import FEW_AT_ONCE, LOW, LOW_PER_ADDRESS, second_gateway
from tests.support.malicious.ground import Ground
from tests.support.malicious.wire import Reply, Wire, request

Address = tuple[str, int]


async def answers(
    address: Address, token: str | None, times: int, method: str = "GET", target: str = "/v1/orders"
) -> list[Reply]:
    """The same request several times, one after the other, as somebody with this token or without one."""
    headers = {"Authorization": token.encode()} if token else {}
    async with Wire(*address) as wire:
        return [await wire.exchange(request(method, target, headers)) for _ in range(times)]


def too_often(replies: list[Reply]) -> list[bool]:
    """Which of them were refused for coming too often; each of those must be a proper problem with Retry-After."""
    refused = [reply for reply in replies if reply.status == 429]
    assert [line for reply in refused for line in complaints("too often", reply)] == []
    assert [reply for reply in refused if not reply.headers.get("retry-after", "").isdigit()] == []
    assert [reply for reply in refused if b'"rate_limited"' not in reply.body] == []
    return [reply.status == 429 for reply in replies]


def somebody(ground: Ground) -> str:
    """A new person's token."""
    return ground.market.someone("hasty").headers["Authorization"]


class TestWhoComesTooOften:
    async def test_reads_are_counted_per_token(self, ground: Ground, strict_gateway: Address) -> None:
        hasty, slow = somebody(ground), somebody(ground)
        burst = LOW.reads_burst + 1
        assert too_often(await answers(strict_gateway, hasty, burst + 3)) == [False] * burst + [True] * 3
        assert too_often(await answers(strict_gateway, slow, burst)) == [False] * burst

    async def test_commands_are_counted_per_token_and_apart_from_reads(
        self, ground: Ground, strict_gateway: Address
    ) -> None:
        hasty, slow = somebody(ground), somebody(ground)
        burst = LOW.commands_burst + 1
        found = await answers(strict_gateway, hasty, burst + 3, "POST", "/v1/checkouts")
        assert too_often(found) == [False] * burst + [True] * 3
        assert too_often(await answers(strict_gateway, hasty, 3)) == [False] * 3
        assert too_often(await answers(strict_gateway, slow, burst, "DELETE", "/v1/orders/K1")) == [False] * burst

    async def test_a_refused_command_has_not_been_run(self, ground: Ground, strict_gateway: Address) -> None:
        token, target = somebody(ground), "/v1/orders/K0000000000/confirm"
        sent = {str(n): {"Authorization": token.encode(), "Idempotency-Key": b"rate-%d" % n} for n in range(9)}
        found = await launch(strict_gateway, {name: request("POST", target, each) for name, each in sent.items()})
        refused = {f"rate-{name}" for name, reply in found if reply.status == 429}
        stored = await ground.market.sql("orders", "select key from answers where key like 'rate-%'")
        assert 0 < len(refused) < 9
        assert {row["key"] for row in stored} == {f"rate-{n}" for n in range(9)} - refused

    async def test_webhooks_are_counted_all_together(self, strict_gateway: Address) -> None:
        burst = LOW.webhooks_burst + 1
        found = too_often(await answers(strict_gateway, None, burst + 5, "POST", "/v1/webhooks/sandbox"))
        assert found[:burst] == [False] * burst
        assert True in found[burst:]

    async def test_one_gets_something_back_with_time(self, ground: Ground, stack: Stack, tmp_path: Path) -> None:
        hasty = somebody(ground)
        limits = Limits(reads_per_minute=60, reads_burst=1)
        with second_gateway(stack, tmp_path, limits) as address:
            async with asyncio.timeout(10):
                while not too_often(await answers(address, hasty, 3))[2]:
                    await asyncio.sleep(0.05)
                while too_often(found := await answers(address, hasty, 1))[0]:
                    await asyncio.sleep(0.05)
        assert found[0].status == 200


class TestWhoSpeaksForMany:
    async def test_invented_tokens_are_counted_by_address(self, stack: Stack, tmp_path: Path) -> None:
        burst = LOW_PER_ADDRESS.address_burst + 1
        invented = [f"Bearer e30.e30.{n:0>86}" for n in range(burst + 3)]
        with second_gateway(stack, tmp_path, LOW_PER_ADDRESS) as address:
            replies = [(await answers(address, token, 1))[0] for token in invented]
        assert too_often(replies) == [False] * burst + [True] * 3
        assert {reply.status for reply in replies[:burst]} == {401}

    async def test_who_holds_many_requests_open_gets_no_further_ones(self, stack: Stack, tmp_path: Path) -> None:
        begun = request("POST", "/v1/checkouts", {"Content-Length": b"100"}) + b"{"
        with second_gateway(stack, tmp_path, FEW_AT_ONCE) as address:
            wires = [Wire(*address) for _ in range(FEW_AT_ONCE.address_connections)]
            await asyncio.gather(*(wire.send(begun) for wire in wires))
            refused = await refused_soon(address)
            await asyncio.gather(*(wire.close() for wire in wires))
        assert too_often([refused]) == [True]


async def refused_soon(address: Address) -> Reply:
    """The answer to one more, as soon as the gateway has seen all that were opened before."""
    async with asyncio.timeout(20):
        while (reply := (await answers(address, None, 1))[0]).status != 429:
            await asyncio.sleep(0.02)
    return reply


class TestWhereAreTheLimits:
    @pytest.mark.parametrize("limits", [Limits(), None])
    def test_a_production_has_them_and_a_sandbox_has_not(self, limits: Limits | None, tmp_path: Path) -> None:
        written = configuration(Place(tmp_path, "127.0.0.1:1", {"orders": "127.0.0.1:2"}, None, limits))
        assert ("limit_req" in written) is (limits is not None)

    def test_the_figures_of_a_production(self) -> None:
        assert (Limits().commands_per_minute, Limits().reads_per_minute, Limits().webhooks_per_second) == (
            120,
            600,
            200,
        )

    async def test_the_sandbox_of_this_run_is_as_quick_as_one_likes(self, ground: Ground) -> None:
        assert too_often(await answers(ground.address, somebody(ground), 300)) == [False] * 300

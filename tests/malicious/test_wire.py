"""Bytes on the wire that are no proper request: each is refused or cut off, and no second request hides in a first."""

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest

from deploy.stack import Stack
from tests.support.malicious.attacks import complaints
from tests.support.malicious.gateway import second_gateway
from tests.support.malicious.ground import Ground, unharmed
from tests.support.malicious.wire import Reply, Wire

TIMEOUT_SECONDS = 1
HEAD = b"POST /v1/checkouts HTTP/1.1\r\nHost: market\r\nContent-Type: application/json\r\n"
GET = b"GET /v1/listings HTTP/1.1\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


def ambiguous(hidden: bytes) -> dict[str, bytes]:
    """Requests of which two readers could believe different lengths, with a whole command hidden behind the shorter."""
    size = b"Content-Length: %d\r\n"
    long, short, end = size % (len(hidden) + 5), size % 5, b"0\r\n\r\n"
    return {
        "length and chunks": HEAD + long + CHUNKED + b"\r\n" + end + hidden,
        "chunks and length": HEAD + CHUNKED + long + b"\r\n" + end + hidden,
        "short length and chunks": HEAD + short + CHUNKED + b"\r\n" + end + hidden,
        "two lengths": HEAD + long + short + b"\r\n" + end + hidden,
        "a list of lengths": HEAD + b"Content-Length: 5, %d\r\n\r\n" % (len(hidden) + 5) + end + hidden,
        "chunks twice": HEAD + CHUNKED + CHUNKED + long + b"\r\n" + end + hidden,
        "chunks and identity": HEAD + b"Transfer-Encoding: chunked, identity\r\n" + long + b"\r\n" + end + hidden,
        "something like chunks": HEAD + b"Transfer-Encoding: xchunked\r\n" + short + b"\r\n" + end + hidden,
        "a space before the colon": HEAD + b"Transfer-Encoding : chunked\r\n" + short + b"\r\n" + end + hidden,
        "a vertical tab": HEAD + b"Transfer-Encoding: \x0bchunked\r\n" + short + b"\r\n" + end + hidden,
        "a folded header": HEAD + b"X: y\r\n Transfer-Encoding: chunked\r\n" + long + b"\r\n" + end + hidden,
        "a header in two lines": HEAD + b"Transfer-Encoding\r\n: chunked\r\n" + long + b"\r\n" + end + hidden,
        "chunks in HTTP/1.0": HEAD.replace(b"1.1", b"1.0") + CHUNKED + long + b"\r\n" + end + hidden,
        "bare line feeds": (HEAD + long + b"\r\n").replace(b"\r\n", b"\n") + end + hidden,
        "a bare line feed in a header": HEAD + b"X: y\nTransfer-Encoding: chunked\r\n" + long + b"\r\n" + end + hidden,
        "a bare carriage return": HEAD + b"X: y\rTransfer-Encoding: chunked\r\n" + long + b"\r\n" + end + hidden,
        "an endless chunk size": HEAD + CHUNKED + b"\r\nfffffffffffffffff\r\n" + hidden,
        "a negative chunk size": HEAD + CHUNKED + b"\r\n-1\r\n" + hidden,
        "a wrong chunk size": HEAD + CHUNKED + b"\r\n3\r\nabcdef\r\n0\r\n\r\n" + hidden,
        "a signed length": HEAD + b"Content-Length: +5\r\n\r\n" + end + hidden,
        "a negative length": HEAD + b"Content-Length: -5\r\n\r\n" + hidden,
        "a length in hex": HEAD + b"Content-Length: 0x5\r\n\r\n" + end + hidden,
        "a length in full width": HEAD + "Content-Length: \uff15\r\n\r\n".encode() + end + hidden,
        "no number as a length": HEAD + b"Content-Length: five\r\n\r\n" + end + hidden,
        "an empty length": HEAD + b"Content-Length:\r\n\r\n" + end + hidden,
        "a length beyond all": HEAD + b"Content-Length: " + b"9" * 40 + b"\r\n\r\n" + hidden,
    }


TO = b"Host: x\r\n"
UNREADABLE = {
    "nothing": b"\r\n\r\n\r\n\r\n", "zeros": b"\x00" * 100, "text": b"hello\r\n\r\n",
    "no version": b"GET /v1/listings\r\n\r\n", "version 2": GET.replace(b"1.1", b"2.0") + TO + b"\r\n",
    "version 9.9": GET.replace(b"1.1", b"9.9") + b"\r\n", "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 9, "no host": GET + b"\r\n",
    "two hosts": GET + b"Host: a\r\nHost: b\r\n\r\n", "a bad host": GET + b"Host: a/b\x01\r\n\r\n",
    "spaces": b"GET  /v1/listings  HTTP/1.1\r\n" + TO + b"\r\n", "a star": b"OPTIONS * HTTP/1.1\r\n" + TO + b"\r\n",
    "a nul in the path": b"GET /v1/listings\x00 HTTP/1.1\r\n" + TO + b"\r\n",
    "raw bytes": b"GET /v1/\xff\xfe HTTP/1.1\r\n" + TO + b"\r\n", "a header without a name": GET + TO + b": y\r\n\r\n",
    "a header without a colon": GET + TO + b"foo\r\n\r\n", "a nul in a header": GET + TO + b"X: a\x00b\r\n\r\n",
    "a long header": GET + TO + b"X: " + b"a" * 100_000 + b"\r\n\r\n",
    "many headers": GET + TO + b"".join(b"X-%d: y\r\n" % n for n in range(5000)) + b"\r\n",
    "a long name": GET + TO + b"X" * 20_000 + b": y\r\n\r\n", "a long method": b"A" * 9000 + b" / HTTP/1.1\r\n\r\n",
    "a long path": b"GET /v1/" + b"a" * 100_000 + b" HTTP/1.1\r\n" + TO + b"\r\n",
    "many parameters": b"GET /v1/listings?" + b"a=1&" * 100_000 + b" HTTP/1.1\r\n" + TO + b"\r\n",
    "another server": b"GET http://evil.example/v1/x HTTP/1.1\r\n" + TO + b"\r\n",
    "websocket": GET + TO + b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n",
    "an unknown expectation": HEAD + b"Expect: 200-maybe\r\nContent-Length: 2\r\n\r\n{}",
}  # fmt: skip


@pytest.fixture(params=("gateway", "orders"))
def executor(request: pytest.FixtureRequest, ground: Ground) -> tuple[str, int]:
    """The gateway, and behind it a service, which must stand it too."""
    return "127.0.0.1", ground.market.stack.ports[request.param]


def hidden_command(ground: Ground, key: str) -> bytes:
    """A whole command of somebody who may give it."""
    token = ground.attacker.token.encode()
    body = b"{}"
    head = HEAD.replace(b"checkouts", b"orders/K0000000000/confirm") + b"Authorization: " + token
    return head + b"\r\nIdempotency-Key: %s\r\nContent-Length: %d\r\n\r\n" % (key.encode(), len(body)) + body


class TestTwoReadersOfOneRequest:
    async def test_no_command_hides_in_a_request(self, ground: Ground, executor: tuple[str, int]) -> None:
        key = f"hidden-{uuid4().hex[:8]}"
        async with unharmed(ground):
            for name, sent in ambiguous(hidden_command(ground, key)).items():
                async with Wire(*executor) as wire:
                    replies = await wire.everything(sent)
                assert [line for reply in replies if reply.status for line in complaints(name, reply)] == []
                assert len([reply for reply in replies if reply.status]) <= 1, f"{name}: {replies}"
        assert await ground.market.sql("orders", "select 1 from answers where key = $1", key) == []

    async def test_a_command_that_does_not_hide_would_have_been_seen(self, ground: Ground) -> None:
        key = f"open-{uuid4().hex[:8]}"
        async with Wire(*ground.address) as wire:
            assert (await wire.exchange(hidden_command(ground, key))).status == 404
        assert await ground.market.sql("orders", "select 1 from answers where key = $1", key) != []


class TestWhatIsNoRequest:
    async def test_is_refused_or_cut_off(self, ground: Ground, executor: tuple[str, int]) -> None:
        async with unharmed(ground):
            for name, sent in UNREADABLE.items():
                async with Wire(*executor) as wire:
                    replies = await wire.everything(sent)
                assert [line for reply in replies if reply.status for line in complaints(name, reply)] == []

    async def test_the_connections_of_others_go_on(self, ground: Ground) -> None:
        async with Wire(*ground.address) as good:
            for sent in UNREADABLE.values():
                async with Wire(*ground.address) as bad:
                    await bad.send(sent)
                    assert (await good.exchange(GET + TO + b"\r\n")).status == 200


class TestSizeAndTime:
    @pytest.mark.parametrize("size", [64 * 1024 + 1, 20_000_000])
    async def test_a_large_body_is_413_at_once(self, ground: Ground, size: int) -> None:
        async with Wire(*ground.address) as wire:
            await wire.send(HEAD + b"Content-Length: %d\r\n\r\n" % size)
            reply = await wire.reply()
        assert (reply.status, complaints("large", reply)) == (413, [])

    async def test_a_body_in_chunks_is_counted_while_it_comes(self, ground: Ground) -> None:
        chunk = b"1000\r\n" + b"x" * 0x1000 + b"\r\n"
        async with Wire(*ground.address) as wire:
            reply = await wire.exchange(HEAD + CHUNKED + b"\r\n" + chunk * 17 + b"0\r\n\r\n")
        assert (reply.status, complaints("chunks", reply)) == (413, [])

    @pytest.mark.parametrize(
        "begun",
        [GET, GET + b"Host: x\r\nX: ", HEAD + b"Content-Length: 100\r\n\r\n{", HEAD + CHUNKED + b"\r\n5\r\n{"],
        ids=["headers", "a header", "a body", "a chunk"],
    )
    async def test_who_stops_in_the_middle_is_cut_off(self, stack: Stack, tmp_path: Path, begun: bytes) -> None:
        with second_gateway(stack, tmp_path, None, TIMEOUT_SECONDS) as address:
            async with Wire(*address) as wire, asyncio.timeout(TIMEOUT_SECONDS * 20):
                before = asyncio.get_running_loop().time()
                await wire.send(begun)
                reply = await wire.reply()
        assert reply.status == 0
        assert asyncio.get_running_loop().time() - before > TIMEOUT_SECONDS * 0.9

    async def test_a_hundred_slow_ones_do_not_keep_the_others_from_being_served(self, ground: Ground) -> None:
        slow = [Wire(*ground.address) for _ in range(100)]
        await asyncio.gather(*(wire.send(HEAD + b"Content-Length: 100\r\n\r\n{") for wire in slow))
        async with Wire(*ground.address) as quick:
            replies: list[Reply] = [await quick.exchange(GET + TO + b"\r\n") for _ in range(20)]
        await asyncio.gather(*(wire.close() for wire in slow))
        assert {reply.status for reply in replies} == {200}
        assert max(reply.seconds for reply in replies) < 5

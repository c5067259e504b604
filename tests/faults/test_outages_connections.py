"""How connections to the broker fail in the library's own ways; no loop ends because of one. No server."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from types import SimpleNamespace
from typing import Any

import pytest
from aio_pika import Connection
from aio_pika.exceptions import AMQPConnectionError, ChannelInvalidStateError
from yarl import URL

from shared.messaging import consumer as consumers
from shared.messaging import faults
from shared.messaging import relay as relays
from shared.messaging.consumer import Consumer
from shared.messaging.relay import Relay

LIMIT_SECONDS = 10
IDLE: Any = SimpleNamespace(in_flight=0)
"""An inbox that has nothing in flight."""
FAULTS: list[BaseException] = [
    ChannelInvalidStateError("closed"),
    AMQPConnectionError("reset"),
    RuntimeError("connection closed"),
    StopAsyncIteration(),
    TimeoutError(),
    asyncio.CancelledError(),
]


@asynccontextmanager
async def hole() -> AsyncIterator[tuple[int, list[object]]]:
    """Accepts connections and sends nothing; yields its port and the connections."""
    came: list[object] = []
    open_: list[asyncio.StreamWriter] = []

    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(writer)
        open_.append(writer)

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], came
    finally:
        server.close()
        for writer in open_:
            writer.close()


@asynccontextmanager
async def running(loop: Any) -> AsyncIterator["asyncio.Task[None]"]:
    """Inside, the loop runs; afterwards it ends because it is told to."""
    task = asyncio.create_task(loop)
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    assert task.cancelled()


class TestABrokerThatTakesConnectionsAndSendsNothing:
    async def test_is_given_up_and_tried_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(consumers, "CONNECT_SECONDS", 0.1)
        monkeypatch.setattr(consumers, "RETRY_SECONDS", 0.1)
        async with hole() as (port, came), asyncio.timeout(LIMIT_SECONDS):
            broken = Consumer(f"amqp://nobody:x@127.0.0.1:{port}/market", ("orders.events",), IDLE, 1)
            async with running(broken.run()):
                while len(came) < 3:
                    await asyncio.sleep(0.01)
        assert not broken.running

    async def test_does_not_keep_a_service_from_stopping(self) -> None:
        async with hole() as (port, came), asyncio.timeout(LIMIT_SECONDS):
            broken = Consumer(f"amqp://nobody:x@127.0.0.1:{port}/market", ("orders.events",), IDLE, 1)
            before = asyncio.all_tasks()
            async with running(broken.run()):
                while not came:
                    await asyncio.sleep(0.01)
            assert not {each for each in asyncio.all_tasks() - before if "connection_factory" in repr(each.get_coro())}

    async def test_leaves_no_connection_open_for_the_garbage_collector(self, monkeypatch: pytest.MonkeyPatch) -> None:
        made: list[Connection] = []

        def remembered(url: URL) -> Connection:
            made.append(Connection(url))
            return made[-1]

        monkeypatch.setattr(faults, "Connection", remembered)
        async with hole() as (port, came):
            with pytest.raises(TimeoutError):
                await faults.connect(f"amqp://nobody:x@127.0.0.1:{port}/market", 0.1)
        assert [each.is_closed for each in made] == [True]
        assert len(came) == 1


class TestARelayWhoseConnectionFails:
    @pytest.mark.parametrize("fault", FAULTS, ids=[type(fault).__name__ for fault in FAULTS])
    async def test_begins_anew(self, monkeypatch: pytest.MonkeyPatch, fault: BaseException) -> None:
        monkeypatch.setattr(relays, "RETRY_SECONDS", (0.0,))
        tries: Iterator[BaseException | None] = iter([fault, fault, None])
        reached = asyncio.Event()
        relay = Relay("orders", "postgresql://nowhere", "amqp://nowhere")

        async def connected() -> None:
            if (wrong := next(tries)) is not None:
                raise wrong
            reached.set()
            await asyncio.Event().wait()

        monkeypatch.setattr(relay, "_run_connected", connected)
        async with asyncio.timeout(LIMIT_SECONDS), running(relay.run()):
            await reached.wait()


class TestAConsumerThatCannotBeClosedProperly:
    async def test_its_connection_is_dropped_all_the_same(self) -> None:
        broken = Consumer("amqp://nowhere", ("orders.events",), IDLE, 1)
        dropped = Dropped()
        broken._broker, broken._connection = Stubborn(), dropped  # type: ignore[assignment]
        await broken._close()
        assert dropped.closed


class Dropped:
    """A connection that knows whether it was closed."""

    closed = False

    async def close(self) -> None:
        self.closed = True


class Stubborn:
    """A broker whose queues can't be left, as after a broker was killed."""

    async def stop(self) -> None:
        raise ExceptionGroup("Failed to stop subscribers", [ChannelInvalidStateError("closed")])

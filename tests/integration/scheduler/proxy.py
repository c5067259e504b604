"""A wire between a client and the broker that can be held: what the broker sends stays on the way."""

import asyncio


class HeldWire:
    """A TCP proxy on a free port; while held, bytes of the server wait here."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open = asyncio.Event()
        self._open.set()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.held_bytes = 0

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def hold(self) -> None:
        self._open.clear()

    def release(self) -> None:
        self._open.set()

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._port)
        for source, target, holds in ((reader, far_writer, False), (far_reader, writer, True)):
            self._tasks.add(asyncio.create_task(self._carry(source, target, holds)))

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, holds: bool) -> None:
        try:
            while chunk := await source.read(65536):
                if holds and not self._open.is_set():
                    self.held_bytes += len(chunk)
                    await self._open.wait()
                target.write(chunk)
                await target.drain()
        except OSError:
            pass
        finally:
            target.close()

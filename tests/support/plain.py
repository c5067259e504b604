"""How tests reach a stack on this machine: HTTP without the world's certificates, and its databases.

Loading certificates takes longer than most tests; connecting to a database takes ten times as long as most queries.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Any

import asyncpg
import httpx2

CLOSE_SECONDS = 2
_LOST = (OSError, asyncpg.InterfaceError, asyncpg.PostgresConnectionError, asyncpg.exceptions.OperatorInterventionError)
"""How a query fails on a connection that ended while nobody used it, e.g. because the server was killed."""


class PlainClient(httpx2.AsyncClient):
    """An HTTP client that also keeps the database connections that it has opened, and closes them with itself."""

    def __init__(self, **options: Any) -> None:
        super().__init__(verify=False, **options)
        self.writers: list[asyncio.StreamWriter] = []
        """Connections of `quick.py`, closed with the client."""
        self._idle: defaultdict[str, list[asyncpg.Connection[Any]]] = defaultdict(list)

    @asynccontextmanager
    async def connection(self, dsn: str) -> AsyncIterator["asyncpg.Connection[Any]"]:
        """A database connection that nobody else uses meanwhile; it is kept unless what happens inside fails."""
        connection = await self._idle_connection(dsn) or await asyncpg.connect(dsn)
        try:
            yield connection
        except BaseException:
            await _close(connection)
            raise
        self._idle[dsn].append(connection)

    async def aclose(self) -> None:
        """Close everything."""
        await self._close_connections()
        await super().aclose()

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """Close everything."""
        await self._close_connections()
        await super().__aexit__(kind, error, traceback)

    async def _idle_connection(self, dsn: str) -> "asyncpg.Connection[Any] | None":
        while self._idle[dsn]:
            connection = self._idle[dsn].pop()
            with suppress(*_LOST):
                await connection.execute("select")
                return connection
            await _close(connection)
        return None

    async def _close_connections(self) -> None:
        while self.writers:
            writer = self.writers.pop()
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
        for connections in self._idle.values():
            while connections:
                await _close(connections.pop())


async def _close(connection: "asyncpg.Connection[Any]") -> None:
    with suppress(TimeoutError, *_LOST):
        await connection.close(timeout=CLOSE_SECONDS)


def plain_client(**options: Any) -> PlainClient:
    """A client for http:// addresses and databases; options as httpx2's."""
    return PlainClient(**options)

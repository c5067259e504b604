"""The marketplace of one test: a buyer and a seller of its own, and the sandbox clock.

Everything goes through the gateway over HTTP. Times are written as in the rules: "72:00:00" after the test's own T0.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from deploy.client.http import Send
from deploy.client.person import Person
from deploy.stack import Stack
from shared.clock import written
from tests.support.plain import PlainClient
from tests.support.quick import over_connections


class Market:
    """One test's view of the running marketplace, with a buyer and a seller of its own."""

    def __init__(self, stack: Stack, client: PlainClient, send: Send | None = None) -> None:
        self.stack, self.client = stack, client
        self.send = send or over_connections(client, stack.url)
        self.t0 = datetime.min.replace(tzinfo=UTC)
        self.buyer = self.someone("buyer")
        self.seller = self.someone("seller")

    def someone(self, name: str, *roles: str, **claims: object) -> "Actor":
        """A new person with a token."""
        return Actor(self, f"{name}-{uuid4().hex[:10]}", roles or ("user",), claims)

    @property
    def support(self) -> "Actor":
        """A person of support."""
        return self.someone("support", "user", "support")

    @property
    def nobody(self) -> "Actor":
        """A visitor without a token."""
        return Actor(self, "", (), {})

    async def starts(self) -> None:
        """Stops the clock; T0 is now."""
        self.t0 = datetime.fromisoformat((await self.settles())["now"])

    async def at(self, clock: str, *, fire: bool = True) -> Any:
        """Move the clock to T0 plus this; deadlines on the way expire at their own time, unless `fire` is False."""
        return await self.nobody.advances(to=written(self.when(clock)), fire=fire)

    async def settles(self) -> Any:
        """Wait until every service has handled every event and is idle."""
        return await self.nobody.advances(by="PT0S")

    async def closes_cases(self) -> None:
        """Support decides what the test left in dispute: an idle case reminds support every day."""
        support = self.support
        for row in await self.sql("disputes", "select id::text from cases where state = 'open'"):
            ruling = {"outcome": "seller_wins", "reason": "The test is over"}
            await support.posts(f"/disputes/{row['id']}/decision", ruling)

    async def advances(self, body: Mapping[str, Any]) -> Any:
        """Move the sandbox clock as the body of the request says."""
        return await self.nobody.advances(**body)

    def when(self, clock: str) -> datetime:
        """The moment "hh:mm:ss[.mmm]" after T0."""
        hours, minutes, seconds = clock.split(":")
        return self.t0 + timedelta(hours=int(hours), minutes=int(minutes), seconds=float(seconds))

    def written(self, clock: str) -> str:
        """The moment as the API writes it."""
        return written(self.when(clock))

    async def published(self, subject: str, service: str = "orders") -> list[str]:
        """The names of the events that a service has published about this, in order; without those of deadlines."""
        return [each["event"] for each in await self.events(subject, service)]

    async def events(self, subject: str, service: str = "orders") -> list[dict[str, Any]]:
        """The events that a service has published about this, in order; without those of deadlines."""
        query = """select event, sequence, body, message_id::text, published_at from outbox
                   where subject = $1 and event not like 'deadline.%' order by id"""
        rows = await self.sql(service, query, subject)
        return [{**row, "body": json.loads(row["body"])} for row in rows]

    async def sql_write(self, database: str, query: str, *values: object) -> None:
        """Change a service's database behind its back."""
        async with self.client.connection(self.stack.admin_dsn(database)) as connection:
            await connection.execute(query, *values)

    async def sql(self, database: str, query: str, *values: object) -> list[dict[str, Any]]:
        """Read a service's database."""
        async with self.client.connection(self.stack.admin_dsn(database)) as connection:
            return [dict(row) for row in await connection.fetch(query, *values)]


class Actor(Person):
    """A person of a test; a command returns when everything that follows from it has happened."""

    def __init__(self, market: Market, name: str, roles: tuple[str, ...], claims: Mapping[str, object]) -> None:
        super().__init__(market.send, market.stack.layout.private_key, name, roles, claims)
        self.market = market

    async def settled(self) -> None:
        """Wait until every service is idle."""
        await self.market.settles()

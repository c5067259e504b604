"""People who do not take silence for an answer: what a death leaves open is asked again under the same key."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx2

from tests.support.market import HTTP_SECONDS, Actor, Answer, Market
from tests.support.plain import PlainClient

AGAIN_SECONDS = 0.02
TIMEOUT_SECONDS = 180
_UNKEYED = ("/sandbox/", "/webhooks/")


@dataclass(frozen=True)
class Asked:
    """A command as it was asked under its key, and the answer as it came."""

    actor: "Retrying"
    method: str
    path: str
    body: Mapping[str, Any] | None
    key: str
    status: int
    content: bytes


class RetryingMarket(Market):
    """A marketplace whose people insist, and which remembers what they asked."""

    def __init__(self, stack: Any, client: PlainClient) -> None:
        self.asked: list[Asked] = []
        self.may_ask: list[asyncio.Event] = []
        """Nobody asks before all of these are set."""
        super().__init__(stack, client)

    def someone(self, name: str, *roles: str, **claims: object) -> "Retrying":
        """A new person with a token."""
        return Retrying(self, f"{name}-{uuid4().hex[:10]}", roles or ("user",), claims)

    @property
    def nobody(self) -> "Retrying":
        """A visitor without a token."""
        return Retrying(self, "", (), {})

    async def ask_all_again(self) -> None:
        """Every command once more under its key: the same answer to the byte, marked as a replay."""
        for asked in list(self.asked):
            got = await asked.actor.send(asked.method, asked.path, asked.body, asked.key)
            told = f"{asked.method} {asked.path} under the same key"
            assert got.headers.get("idempotency-replayed") == "true", f"{told} was done again: {got.content!r}"
            assert (got.status_code, got.content) == (asked.status, asked.content), f"{told} was answered otherwise"


class Retrying(Actor):
    """A person who asks again, under the same key, until the marketplace says yes or no."""

    market: RetryingMarket

    async def asks(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, key: str | None = None
    ) -> Answer:
        """One command or question, as often as it takes."""
        key = key or str(uuid4())
        got = await self._insist(method, path, body, key)
        if method != "GET" and not path.startswith(_UNKEYED):
            self.market.asked.append(Asked(self, method, path, body, key, got.status_code, got.content))
        is_json = "json" in got.headers.get("content-type", "")
        return Answer(got.status_code, got.json() if is_json else got.text, got.headers)

    async def captures(self, attempt_id: str, **event: object) -> None:
        """The provider tells the same again under the same ids when nobody answered."""
        ids = {"event_id": f"e-{attempt_id}", "transaction_id": f"t-{attempt_id}"}
        await super().captures(attempt_id, **{**ids, **event})

    async def send(self, method: str, path: str, body: Mapping[str, Any] | None, key: str) -> httpx2.Response:
        """One request through the gateway."""
        headers = {**self.headers, "Idempotency-Key": key}
        url = f"{self.market.stack.url}/v1{path}"
        return await self.market.client.request(method, url, json=body, headers=headers, timeout=HTTP_SECONDS)

    async def _insist(self, method: str, path: str, body: Mapping[str, Any] | None, key: str) -> httpx2.Response:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while True:
                for event in self.market.may_ask:
                    await event.wait()
                try:
                    got = await self.send(method, path, body, key)
                except httpx2.HTTPError:
                    continue
                if "retry-after" not in got.headers:
                    return got
                await asyncio.sleep(AGAIN_SECONDS)

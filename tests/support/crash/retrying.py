"""A marketplace whose people send a request again, under the same key, until it is answered."""

import asyncio
from typing import Any
from uuid import uuid4

from deploy.client.http import Answer, Request, retrying
from deploy.stack import Stack
from tests.support.market import Actor, Market
from tests.support.plain import PlainClient
from tests.support.quick import over_connections

AGAIN_SECONDS = 0.02
TIMEOUT_SECONDS = 180
_UNKEYED = ("/sandbox/", "/webhooks/")
_SECRET = "/hand-over/reveal"


class RetryingMarket(Market):
    """A marketplace that stores every command and its answer."""

    def __init__(self, stack: Stack, client: PlainClient) -> None:
        self._http = over_connections(client, stack.url)
        self._retrying = retrying(self._once, _comes_again, lambda: AGAIN_SECONDS, TIMEOUT_SECONDS)
        self.sent: list[tuple[Request, Answer]] = []
        self.may_send: list[asyncio.Event] = []
        """No request is sent before all of these are set."""
        super().__init__(stack, client, self._send)

    def someone(self, name: str, *roles: str, **claims: object) -> "Retrying":
        """A new person with a token."""
        return Retrying(self, f"{name}-{uuid4().hex[:10]}", roles or ("user",), claims)

    @property
    def nobody(self) -> "Retrying":
        """A visitor without a token."""
        return Retrying(self, "", (), {})

    async def repeat_all(self) -> None:
        """Every command once more under its key: the same answer to the byte, marked as a replay."""
        for request, first in list(self.sent):
            again = await self._http(request)
            what = f"{request} under the same key"
            assert again.headers.get("idempotency-replayed") == "true", f"{what} was done again: {again.content!r}"
            assert (again.status, again.content) == (first.status, first.content), f"{what} was answered otherwise"

    async def _once(self, request: Request) -> Answer:
        for event in self.may_send:
            await event.wait()
        return await self._http(request)

    async def _send(self, request: Request) -> Answer:
        answer = await self._retrying(request)
        is_stored = not request.path.startswith(_UNKEYED) and not request.path.endswith(_SECRET)
        if request.method != "GET" and is_stored:
            self.sent.append((request, answer))
        return answer


class Retrying(Actor):
    """A person of such a marketplace."""

    async def captures(self, attempt_id: str, **event: Any) -> None:
        """The provider repeats its message under the same ids when it gets no answer."""
        ids = {"event_id": f"e-{attempt_id}", "transaction_id": f"t-{attempt_id}"}
        await super().captures(attempt_id, **{**ids, **event})


def _comes_again(answer: Answer) -> bool:
    return "retry-after" in answer.headers

"""People who come again until they are answered: the same command under the same key, as a good client does."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2

from deploy.drill.tally import ALLOWED, NO_ANSWER, NOT_YET, Tally
from deploy.local.tokens import mint
from shared.clock import monotonic

TOKEN_SECONDS = 7200
ANSWER_SECONDS = 12.0
"""How long one request waits for its answer."""
TIMEOUT_SECONDS = 120.0
"""How long a command is asked again before the client gives the market up."""


class GivenUp(Exception):
    """What a client wanted can't be had any more; the tally says why."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who trades, with the token that says so."""

    name: str
    token: str

    @classmethod
    def known_by(cls, key: Path, name: str, *roles: str) -> "Person":
        """Somebody with a token of the sandbox."""
        return cls(name, mint(key, name, ["user", *roles], TOKEN_SECONDS))


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that decides: a yes or a refusal."""

    status: int
    body: Any

    @property
    def yes(self) -> bool:
        """Whether it was accepted."""
        return self.status < 400

    @property
    def code(self) -> str:
        """The refusal's code, empty for a yes."""
        return str(self.body.get("code", "")) if self.status >= 400 and isinstance(self.body, dict) else ""


class Client:
    """Sends requests, so many at once, to one address or to several by turns, and counts every answer."""

    def __init__(
        self, client: httpx2.AsyncClient, addresses: Mapping[str, list[str]], tally: Tally, at_once: int
    ) -> None:
        """`addresses` has base URLs by the first segment of the path; those under "" are for all others."""
        self._client, self._addresses, self.tally = client, addresses, tally
        self._gate = asyncio.Semaphore(at_once)
        self._turn = 0
        self._chance = random.Random(0)  # noqa: S311

    async def command(self, who: Person, name: str, path: str, body: Mapping[str, Any] | None = None) -> Reply:
        """Ask until there is a yes or a no; `name` is what the command is counted as."""
        method = {"delete": "DELETE", "list": "PUT"}.get(name, "POST")
        return await self._until_answered(who, name, method, path, body)

    async def look(self, who: Person, path: str) -> Any:
        """Read something that is there."""
        reply = await self._until_answered(who, "read", "GET", path, None)
        if not reply.yes:
            self._wrong(f"GET {path} was refused: {reply.status} {reply.body}")
        return reply.body

    async def _until_answered(
        self, who: Person, name: str, method: str, path: str, body: Mapping[str, Any] | None
    ) -> Reply:
        headers = {"Authorization": f"Bearer {who.token}", "Idempotency-Key": str(uuid4())}
        until = monotonic() + TIMEOUT_SECONDS
        while True:
            reply = await self._once(headers, name, method, path, body)
            if reply is not None and str(reply.status) not in ALLOWED and reply.code != "request_in_progress":
                if reply.status >= 500:
                    self._wrong(f"{method} {path} was answered {reply.status}: {reply.body}")
                return reply
            if monotonic() > until:
                self._wrong(f"{method} {path} was not answered for {TIMEOUT_SECONDS:.0f} s")
            await asyncio.sleep(self._chance.uniform(0.3, 1.0))  # so that not all come again at once

    async def _once(
        self, headers: Mapping[str, str], name: str, method: str, path: str, body: Mapping[str, Any] | None
    ) -> Reply | None:
        async with self._gate:
            url = f"{self._address(path)}/v1{path}"
            try:
                got = await self._client.request(method, url, json=body, headers=headers, timeout=ANSWER_SECONDS)
            except httpx2.HTTPError:
                self.tally.answered(name, NO_ANSWER)
                return None
        is_json = "json" in got.headers.get("content-type", "")
        reply = Reply(got.status_code, got.json() if is_json else got.text)
        self.tally.answered(name, NOT_YET if reply.code == "not_yet_known" else str(reply.status))
        if reply.status == 503 and "retry-after" not in got.headers:
            self._wrong(f"{method} {path} was answered 503 without Retry-After")
        return reply

    def _address(self, path: str) -> str:
        choice = self._addresses.get(path.split("/")[1].partition("?")[0]) or self._addresses[""]
        self._turn += 1
        return choice[self._turn % len(choice)]

    def _wrong(self, what: str) -> None:
        self.tally.wrong.append(what)
        raise GivenUp(what)

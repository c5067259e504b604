"""Requests and answers over the gateway's HTTP, sent once, or again until an answer is decisive."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from shared.clock import monotonic

HTTP_SECONDS = 95.0
"""How long a request waits for its answer: a little longer than the gateway waits for an advance of the clock."""


class UnexpectedAnswerError(Exception):
    """A request was refused, or not answered at all, where only success was expected."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request: its path without /v1, its body, and its headers with token and key."""

    method: str
    path: str
    body: Any
    """What is sent as JSON; bytes are sent as they are, under the Content-Type of the headers."""
    headers: Mapping[str, str]

    @property
    def content(self) -> bytes:
        """The body's bytes."""
        if self.body is None or isinstance(self.body, bytes):
            return self.body or b""
        return json.dumps(self.body, ensure_ascii=False, separators=(",", ":")).encode()

    @property
    def whole_headers(self) -> dict[str, str]:
        """The headers with the body's type."""
        kind = {} if self.body is None or isinstance(self.body, bytes) else {"Content-Type": "application/json"}
        return {**self.headers, **kind}

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of the marketplace: a body, or a refusal's code."""

    status: int
    body: Any
    headers: Mapping[str, str]
    content: bytes = b""
    """The body's bytes, as they came."""
    request: Request | None = None

    @property
    def code(self) -> str | None:
        """The refusal's stable code, None for a success."""
        return self.body.get("code") if self.status >= 400 and isinstance(self.body, dict) else None

    def ok(self) -> Any:
        """The body of a success. Raises UnexpectedAnswerError for a refusal."""
        if self.status >= 400:
            raise UnexpectedAnswerError(f"{self.request} was answered {self.status}: {self.body}")
        return self.body


Send = Callable[[Request], Awaitable[Answer]]
"""Sends a request and returns its answer. Raises httpx2.HTTPError when none comes."""


def over_http(client: httpx2.AsyncClient, url: str, seconds: float = HTTP_SECONDS) -> Send:
    """Sends each request once to the gateway at `url`."""

    async def send(request: Request) -> Answer:
        got = await client.request(
            request.method,
            f"{url}/v1{request.path}",
            content=request.content or None,
            headers=request.whole_headers,
            timeout=seconds,
        )
        is_json = "json" in got.headers.get("content-type", "")
        body = got.json() if is_json else got.text
        return Answer(got.status_code, body, got.headers, got.content, request)

    return send


def retrying(send: Send, undecided: Callable[[Answer], bool], pause: Callable[[], float], seconds: float) -> Send:
    """Sends each request again, under the same key, until there is a decisive answer, for `seconds` at most.

    `undecided` are answers after which a client comes again, `pause` are the seconds until then. What it returns raises
    UnexpectedAnswerError when the time is over.
    """

    async def send_until_decided(request: Request) -> Answer:
        until = monotonic() + seconds
        while True:
            try:
                answer = await send(request)
            except httpx2.HTTPError:
                pass
            else:
                if not undecided(answer):
                    return answer
            if monotonic() > until:
                raise UnexpectedAnswerError(f"{request} was not answered for {seconds:.0f} s")
            await asyncio.sleep(pause())

    return send_until_decided

"""How the people of a drill reach the marketplace: they repeat a command under its key until an answer is decisive."""

import asyncio
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx2

from deploy.client.http import Answer, Request, UnexpectedAnswerError, over_http, retrying
from deploy.client.person import Person
from deploy.drill.tally import ALLOWED, NO_ANSWER, NOT_YET, Tally

ANSWER_SECONDS = 12.0
"""How long one request waits for its answer."""
TIMEOUT_SECONDS = 120.0
"""How long a command is repeated before the client gives up."""
_NAMES = {"checkouts": "place", "listings": "list", "sandbox": "capture"}


class GivenUp(Exception):
    """A scenario can't go on; the tally has the reason."""


class Client:
    """Sends requests, a limited number at once, to one address or to several in turn, and counts every answer."""

    def __init__(
        self, client: httpx2.AsyncClient, addresses: Mapping[str, list[str]], tally: Tally, at_once: int
    ) -> None:
        """`addresses` has base URLs by the first segment of the path; those under "" are for all others."""
        self._client, self._addresses, self.tally = client, addresses, tally
        self._gate = asyncio.Semaphore(at_once)
        self._turn = 0
        chance = random.Random(0)  # noqa: S311
        # random pauses, so that not all come again at once
        self._retrying = retrying(self._once, _is_undecided, lambda: chance.uniform(0.3, 1.0), TIMEOUT_SECONDS)

    def person(self, key: Path, name: str, *roles: str) -> Person:
        """Somebody who sends requests this way."""
        return Person(self.send, key, name, ("user", *roles))

    async def send(self, request: Request) -> Answer:
        """Send until there is a success or a refusal. Raises GivenUp without one, and for 500 or more."""
        try:
            answer = await self._retrying(request)
        except UnexpectedAnswerError as error:
            raise self.wrong(str(error)) from None
        if answer.status >= 500:
            raise self.wrong(f"{request} was answered {answer.status}: {answer.body}")
        return answer

    def accepted(self, answer: Answer) -> Any:
        """The body of a success. Raises GivenUp for a refusal: nobody acts against these clients, so none is right."""
        if answer.status >= 400:
            raise self.wrong(f"{answer.request} was refused: {answer.status} {answer.body}")
        return answer.body

    def wrong(self, what: str) -> GivenUp:
        """Record what should not have happened; returns the error to raise."""
        self.tally.wrong.append(what)
        return GivenUp(what)

    async def _once(self, request: Request) -> Answer:
        name = _command(request)
        async with self._gate:
            try:
                answer = await over_http(self._client, self._address(request.path), ANSWER_SECONDS)(request)
            except httpx2.HTTPError:
                self.tally.answered(name, NO_ANSWER)
                raise
        self.tally.answered(name, NOT_YET if answer.code == "not_yet_known" else str(answer.status))
        if answer.status == 503 and "retry-after" not in answer.headers:
            raise self.wrong(f"{request} was answered 503 without Retry-After")
        return answer

    def _address(self, path: str) -> str:
        choice = self._addresses.get(path.split("/")[1].partition("?")[0]) or self._addresses[""]
        self._turn += 1
        return choice[self._turn % len(choice)]


def _is_undecided(answer: Answer) -> bool:
    return str(answer.status) in ALLOWED or answer.code == "request_in_progress"


def _command(request: Request) -> str:
    """The name under which an answer is counted."""
    if request.method in ("GET", "DELETE"):
        return {"GET": "read", "DELETE": "delete"}[request.method]
    parts = request.path.strip("/").split("/")
    return _NAMES.get(parts[0], parts[-1])

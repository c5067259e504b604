"""Attacks on every place of every route, sent side by side, and what an answer must be like whatever was sent."""

import asyncio
import json
import math
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import uuid4

from deploy.services import refusals
from tests.support.malicious.bodies import NUMBER_MARK, Body, bodies, compact, values
from tests.support.malicious.headers import headers
from tests.support.malicious.routes import Route
from tests.support.malicious.texts import MARK, texts
from tests.support.malicious.wire import Reply, Wire, request

WIRES = 8
TRIES = 3
SLOW_SECONDS = 30.0
PROBLEM = "application/problem+json"
STATUS = {str(code): code.status for code in refusals()}
PROBLEM_MEMBERS = {"type", "title", "status", "detail", "code", "trace_id", "errors", "current"}

Sign = Callable[[bytes], Mapping[str, bytes]]


@dataclass(frozen=True, eq=False)
class Attack:
    """One request that should not be, and where it is bent."""

    route: Route
    place: str
    item: str
    sent: bytes

    @property
    def name(self) -> str:
        """Everything that is needed to send it again."""
        return f"{self.route.name} {self.place} {self.item}"


@dataclass(frozen=True)
class Attacker:
    """Who attacks: a token with every role that one account can have, and a signature for webhooks."""

    token: str
    sign: Sign
    live: str
    """The number of an order that waits for delivery: what is previewed there gets further than on a closed one."""

    def attacks(self, route: Route, kind: str = "") -> Iterator[Attack]:
        """Every attack on a route, or those on one kind of place: path, query, field, name, body or header."""
        ways = {"path": self._on_path, "query": self._on_query, "field": self._on_fields, "name": self._on_fields}
        ways |= {"body": self._on_body, "header": self._on_headers}
        for way in dict.fromkeys([ways[kind]] if kind else ways.values()):
            yield from (attack for attack in way(route) if not kind or attack.place.split()[0] == kind)

    def _on_path(self, route: Route) -> Iterator[Attack]:
        for name in route.path_values:
            for item, text in texts().items():
                yield self._attack(route, f"path {name}", item, route.content(), target=route.target(name, text))

    def _on_query(self, route: Route) -> Iterator[Attack]:
        for name in (*route.query, "unknown"):
            for item, text in {**texts(), **{k: v.decode("latin-1") for k, v in values().items()}}.items():
                target = route.target(query={name: text})
                yield self._attack(route, f"query {name}", item, route.content(), target=target)

    def _on_fields(self, route: Route) -> Iterator[Attack]:
        whole = {name: compact(text) for name, text in texts().items()} | values()
        target = self._preview(route)
        for place in route.places():
            where = "/".join(map(str, place))
            for item, value in whole.items():
                if not (value in (b"true", b"false") and isinstance(route.at(place), bool)):
                    yield self._attack(route, f"field {where}", item, route.bent(place, value), target=target)
            if isinstance(place[-1], str):
                for item, text in texts().items():
                    yield self._attack(route, f"name {where}", item, route.renamed(place, text), target=target)

    def _on_body(self, route: Route) -> Iterator[Attack]:
        good = b"" if route.raw else route.content()  # malicious pictures have tests of their own
        for item, body in bodies(good or b"{}").items():
            yield self._attack(route, "body", item, body.content, body, self._preview(route))

    def _on_headers(self, route: Route) -> Iterator[Attack]:
        for item, (name, value) in headers(route.is_webhook).items():
            yield self._attack(route, "header", item, route.content(), Body(b"", {name: value}))

    def _preview(self, route: Route) -> str | None:
        previews = "preview" in route.query and "number" in route.path_values
        return route.target("number", self.live, query={"preview": "true"}) if previews else None

    def _attack(
        self, route: Route, place: str, item: str, content: bytes, body: Body | None = None, target: str | None = None
    ) -> Attack:
        given = {"Authorization": self.token.encode(), "Idempotency-Key": str(uuid4()).encode()}
        if content:
            given["Content-Type"] = route.kind.encode()
        if route.is_webhook:
            given |= self.sign(content)
        given |= body.headers if body is not None else {}
        bent_target = target or route.target(query={"preview": "true"} if "preview" in route.query else {})
        return Attack(route, place, item, request(route.method, bent_target, given, content))


def some(attacks: Sequence[Attack], count: int, seed: int) -> list[Attack]:
    """About so many, chosen by the seed: of every place of every route equally many, so that no place is left out.

    What was sent least often elsewhere comes first, so that the whole corpus is sent, each text to some place or other.
    """
    chance, sent = random.Random(seed), Counter[str]()
    places: dict[tuple[str, str], list[Attack]] = {}
    for attack in attacks:
        places.setdefault((attack.route.name, attack.place), []).append(attack)
    chosen: list[Attack] = []
    for found in chance.sample([*places.values()], len(places)):
        shuffled = chance.sample(found, len(found))
        picked = sorted(shuffled, key=lambda attack: sent[attack.item])[: math.ceil(count / len(places))]
        sent.update(attack.item for attack in picked)
        chosen += picked
    left = {attack.item: attack for attack in attacks if not sent[attack.item]}
    return [*chosen, *left.values()]


Name = TypeVar("Name")


async def launch(address: tuple[str, int], sent: Mapping[Name, bytes]) -> list[tuple[Name, Reply]]:
    """Send all of them over a few connections, side by side; the answers under the names of what was sent."""
    waiting = iter(sent.items())
    found: dict[Name, Reply] = {}

    async def worker() -> None:
        async with Wire(*address) as wire:
            for name, each in waiting:
                found[name] = await _exchange(wire, each)

    await asyncio.gather(*(worker() for _ in range(WIRES)))
    return list(found.items())


async def _exchange(wire: Wire, sent: bytes) -> Reply:
    """Send, and send again after a 503 as Retry-After says."""
    for _ in range(TRIES):
        reply = await wire.exchange(sent, head=sent.startswith(b"HEAD "))
        if reply.status != 503 or "retry-after" not in reply.headers:
            break
        await asyncio.sleep(float(reply.headers["retry-after"]))
    return reply


def complaints(name: str, reply: Reply) -> list[str]:
    """What is wrong with an answer to malicious input; empty when it is right."""
    if reply.status == 0:
        return [f"{name}: no answer"]
    found = [f"{name}: answered {reply.status}"] if reply.status >= 500 else []
    if reply.seconds > SLOW_SECONDS:
        found.append(f"{name}: took {reply.seconds:.1f} s")
    if "x-injected" in reply.headers or "set-cookie" in reply.headers:
        found.append(f"{name}: a header was injected")
    if b"Traceback" in reply.raw:
        found.append(f"{name}: shows a traceback")
    if reply.status >= 400:
        found += [f"{name}: {each}" for each in _not_a_problem(reply)]
    return found


def _not_a_problem(reply: Reply) -> Iterator[str]:
    if reply.headers.get("content-type") != PROBLEM:
        yield f"{reply.status} of type {reply.headers.get('content-type')}: {reply.body[:80]!r}"
        return
    if (repeated := _repeated(reply.raw)) is not None:
        yield f"repeats what was sent: {repeated!r}"
    if not reply.body:
        return  # the answer to a HEAD
    body: dict[str, Any] = json.loads(reply.body)
    if body["code"] not in STATUS or body["status"] != reply.status or set(body) - PROBLEM_MEMBERS:
        yield f"is no problem of ours: {body}"
    elif reply.status not in (STATUS[body["code"]], 405, 408, 414):
        yield f"{body['code']} has status {reply.status}"


_POINTER = re.compile(rb'"pointer":"(/[A-Za-z_][A-Za-z0-9_-]{0,63}|/[0-9]+)*"')


def _repeated(raw: bytes) -> bytes | None:
    """What was sent and comes back; a misspelt name may, where the answer points to it."""
    lower = _POINTER.sub(b"", raw).lower()
    for mark in (MARK.encode(), NUMBER_MARK.encode(), b"drop table", b"<script", b"etc/passwd", b"7*7"):
        if (at := lower.find(mark)) >= 0:
            return raw[max(0, at - 60) : at + 60]
    return None


def is_write(attack: Attack) -> bool:
    """Whether a yes would have changed something; a preview changes nothing."""
    line, _, _ = attack.sent.partition(b"\r\n")
    return attack.route.method != "GET" and b"preview=" not in line


def code(reply: Reply) -> str:
    """The code of a refusal; empty for a yes."""
    return str(json.loads(reply.body).get("code", "")) if reply.status >= 400 and reply.body else ""


def accepted(found: Sequence[tuple[Attack, Reply]]) -> list[Attack]:
    """The writes that were answered with a yes."""
    return [attack for attack, reply in found if reply.status < 400 and is_write(attack)]

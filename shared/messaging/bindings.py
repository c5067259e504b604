"""Checks that every consumer is bound: the broker reports no missing binding while another consumer is bound.

Only the broker's management API knows. Readiness names what a service's own queues lack, and the relay holds an event
back while one of its consumers would miss it (docs/decisions/0011).
"""

import asyncio
from collections.abc import Iterable
from functools import partial

import httpx2

from shared.clock import monotonic
from shared.db.repeating import run_periodically
from shared.messaging.management import client_arguments
from shared.messaging.topology import EVENTS_EXCHANGE, VHOST, bindings, queues
from shared.telemetry.logs import logger

LOOK_SECONDS = 2.0
ANSWER_SECONDS = 5.0

_NO_ANSWER = (httpx2.HTTPError, ValueError, KeyError, TypeError)
"""What a look raises: the client's faults, and those of reading a body that is not the broker's."""

Pair = tuple[str, str]
"""A queue and the routing key that it is bound to."""


class Bindings:
    """The missing bindings, as last looked up; none without the address of the management API."""

    def __init__(self, service: str, api_url: str | None) -> None:
        self._own, self._api = set(queues(service)), api_url
        self._wanted = frozenset(bindings())
        self._wanted_queues = frozenset(queue for queue, _ in self._wanted)
        self._queues = self._wanted_queues
        self.missing: frozenset[Pair] = frozenset()
        self.seen_at: dict[Pair, float] = {}
        """When each binding was last there (monotonic seconds)."""

    async def run(self) -> None:
        """Look every two seconds, until cancelled; while the API does not answer, the last result holds."""
        if self._api is None:
            await asyncio.Event().wait()
            return
        async with httpx2.AsyncClient(**client_arguments(self._api), timeout=ANSWER_SECONDS) as client:
            look = partial(self.look, client)
            await run_periodically(look, LOOK_SECONDS, failed="bindings.not_looked_up", faults=_NO_ANSWER)

    async def look(self, client: httpx2.AsyncClient) -> None:
        """Look once. Raises httpx2.HTTPError, or what reading a body raises that is not the broker's (_NO_ANSWER).

        Which queues exist is only looked up when a binding is missing: a queue that is bound exists.
        """
        began_at = monotonic()
        bound = await _bound(client)
        complete = self._wanted.issubset(bound)
        self.found(bound, self._wanted_queues if complete else await _names(client), began_at)

    def found(self, bound: Iterable[Pair], existing: Iterable[str], began_at: float) -> None:
        """Store the result of a look that began at this moment (monotonic seconds)."""
        there = self._wanted.intersection(bound)
        self.seen_at.update(dict.fromkeys(there, began_at))
        self._queues = frozenset(existing)
        missing = self._wanted - there
        for queue, key in sorted(missing - self.missing):
            logger().error("binding.missing", queue=queue, routing_key=key)
        for queue, key in sorted(self.missing - missing):
            logger().info("binding.back", queue=queue, routing_key=key)
        self.missing = missing

    def wrong(self) -> str | None:
        """What the service's own queues lack, for readiness; None when nothing is missing."""
        own = sorted(pair for pair in self.missing if pair[0] in self._own)
        gone = sorted({queue for queue, _ in own} - self._queues)
        found = [f"queue {queue} is missing" for queue in gone]
        found += [f"{queue} is not bound to {key}" for queue, key in own if queue not in gone]
        return f"{', '.join(found[:5])}: apply the topology" if found else None

    def lacking(self, routing_key: str) -> str | None:
        """Which queues would miss an event of this key now; None when all get it."""
        unbound = sorted(queue for queue, key in self.missing if key == routing_key)
        return f"not bound to {routing_key}: {', '.join(unbound)}" if unbound else None


async def _bound(client: httpx2.AsyncClient) -> list[Pair]:
    answer = await client.get(f"/api/exchanges/{VHOST}/{EVENTS_EXCHANGE}/bindings/source")
    if answer.status_code == httpx2.codes.NOT_FOUND:
        return []
    answer.raise_for_status()
    return [(str(each["destination"]), str(each["routing_key"])) for each in answer.json()]


async def _names(client: httpx2.AsyncClient) -> list[str]:
    answer = await client.get(f"/api/queues/{VHOST}", params={"columns": "name"})
    answer.raise_for_status()
    return [str(each["name"]) for each in answer.json()]

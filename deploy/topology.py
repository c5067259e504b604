"""Apply the broker's topology: one step, before any service starts, harmless to repeat; prints what was missing.

MARKET_BROKER_ADMIN_URL=http://admin:password@host:15672  MARKET_BROKER_PASSWORDS={"orders": "…"}
python -m deploy.topology        without these two: the local stack in .run, or in RUN
"""

from deploy import interrupts

if __name__ == "__main__":
    interrupts.watch()

import json
import sys
from collections.abc import Mapping
from typing import Any

import httpx2

from deploy.environment import given
from shared.messaging.management import client_arguments
from shared.messaging.topology import EVENTS_EXCHANGE, VHOST, definitions

MISSING = "was missing: "
"""How a line begins that names something which an earlier run had made."""


def main() -> None:
    """Post the definitions to the broker's management API; ends non-zero with the reason when refused."""
    environment = given("MARKET_BROKER_ADMIN_URL", "MARKET_BROKER_PASSWORDS")
    passwords: dict[str, str] = json.loads(environment["MARKET_BROKER_PASSWORDS"])
    wanted = definitions(passwords)
    try:
        with _client(environment["MARKET_BROKER_ADMIN_URL"]) as client:
            lost = missing(client, wanted)
            answer = client.post("/api/definitions", json=wanted)
    except (httpx2.HTTPError, OSError) as error:
        sys.exit(f"The broker's management API does not answer: {error}")
    if answer.status_code not in (200, 201, 204):
        sys.exit(f"The broker refused the topology ({answer.status_code}): {answer.text}")
    for each in lost:
        print(f"{MISSING}{each}")
    print(f"topology: {len(wanted['queues'])} queues, {len(wanted['bindings'])} bindings, {len(passwords)} users")


def missing(client: httpx2.Client, wanted: Mapping[str, Any]) -> list[str]:
    """The queues and bindings that are not there though others are; nothing at a first start."""
    bound = client.get(f"/api/exchanges/{VHOST}/{EVENTS_EXCHANGE}/bindings/source")
    if bound.status_code != httpx2.codes.OK:
        return []
    there = {(each["destination"], each["routing_key"]) for each in bound.json()}
    names = {str(each["name"]) for each in client.get(f"/api/queues/{VHOST}", params={"columns": "name"}).json()}
    if not names:
        return []
    gone = [each["name"] for each in wanted["queues"] if each["name"] not in names]
    own = [(each["destination"], each["routing_key"]) for each in wanted["bindings"] if _of_events(each)]
    unbound = [pair for pair in own if pair not in there and pair[0] not in gone]
    return [f"queue {name}" for name in gone] + [f"binding of {queue} to {key}" for queue, key in unbound]


def _of_events(binding: Mapping[str, Any]) -> bool:
    return bool(binding["source"] == EVENTS_EXCHANGE)


def _client(url: str) -> httpx2.Client:
    return httpx2.Client(**client_arguments(url), timeout=30)


if __name__ == "__main__":
    interrupts.run(main, "A part of it may be declared.\n  → Again, which is harmless: make topology")

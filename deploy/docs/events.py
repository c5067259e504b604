"""docs/events.md: every event with its publisher, its consumers and its meaning, from the registry and the bindings."""

import inspect

from shared.contracts import EVENTS, Event
from shared.messaging.topology import SUBSCRIPTIONS, publishes

_HEAD = """# Events

Every event that a service publishes. Made from `shared/contracts` and `shared/messaging/topology.py` by
`make docs`; change it there, not here.

An event is published on the topic exchange `market.events` under its own name (`deadline.expired` under
`deadline.expired.<owner>`), in the transaction of its effect, and arrives at least once, in any order: a consumer
compares `ce-sequence` or the body's version and ignores what is older than it knows. Headers are CloudEvents 1.0 in
binary mode. Bodies only ever grow; a changed meaning is a new name. An example of each is in
`tests/contracts/golden/`, the schemas are in [asyncapi.json](asyncapi.json).

Services of other teams may consume a **public** event too ([subscribers.md](subscribers.md)); the others hold
what only one person or support may know, or are between two services only. `public` in `shared/contracts` decides;
the broker's permissions follow from it.

| event | published by | consumed by | public | meaning |
| --- | --- | --- | --- | --- |
"""


def page() -> str:
    """The whole page."""
    return _HEAD + "".join(f"| {' | '.join(line)} |\n" for line in table())


def table() -> list[tuple[str, str, str, str, str]]:
    """One line per event: name, publishers, consumers, whether other teams may consume it, meaning."""
    return [_line(name, kind) for name, kind in sorted(EVENTS.items())]


def _line(name: str, kind: type[Event]) -> tuple[str, str, str, str, str]:
    received = ", ".join(consumers(kind)) or "(nobody yet)"
    return f"`{name}`", ", ".join(publishers(kind)), received, "yes" if kind.public else "no", meaning(kind)


def publishers(kind: type[Event]) -> list[str]:
    """The services that may publish the event."""
    return [service for service in SUBSCRIPTIONS if kind in publishes(service)]


def consumers(kind: type[Event]) -> list[str]:
    """The services that consume the event."""
    return [service for service, kinds in SUBSCRIPTIONS.items() if kind in kinds]


def meaning(kind: type[Event]) -> str:
    """The event's docstring on one line."""
    return " ".join((inspect.getdoc(kind) or "").split())

"""The metrics that all services have, and how a service declares its own in its metrics.py (docs/metrics.md lists all).

Operators rely on their names. Labels have few values and never hold ids. Counters and times are set after the commit of
what they count; states are looked up at the scrape.
"""

from dataclasses import dataclass, replace
from typing import Any, TypeVar

from prometheus_client import (
    GC_COLLECTOR,
    PLATFORM_COLLECTOR,
    PROCESS_COLLECTOR,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)
from prometheus_client.metrics import MetricWrapperBase

disable_created_metrics()  # type: ignore[no-untyped-call]

QUICK = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5)


@dataclass(frozen=True, slots=True)
class Declared:
    """One metric and what a reader has to know of it."""

    name: str
    kind: str
    """As Prometheus names it, e.g. `counter`."""
    unit: str
    labels: tuple[str, ...]
    meaning: str
    services: tuple[str, ...] | None
    """The services that have it, sorted; None means all."""
    metric: MetricWrapperBase


CATALOGUE: list[Declared] = []
"""Every metric that was declared so far; a service's own are there once its metrics.py is imported."""

Kind = TypeVar("Kind", bound=MetricWrapperBase)


def declare(
    kind: type[Kind], name: str, unit: str, meaning: str, *labels: str, of: tuple[str, ...] | None = None, **more: Any
) -> Kind:
    """A metric in the catalogue; `of` are the services that have it, None means all."""
    metric = kind(name, meaning, labels, registry=None, **more)
    CATALOGUE.append(Declared(name, kind.__name__.lower(), unit, labels, meaning, of, metric))
    return metric


def use(service: str, *metrics: MetricWrapperBase) -> None:
    """Give a service metrics that are declared here, but only for services that use them."""
    for place, each in enumerate(CATALOGUE):
        if each.metric in metrics:
            CATALOGUE[place] = replace(each, services=tuple(sorted({*(each.services or ()), service})))


BUILD = declare(Gauge, "market_build_info", "always 1", "Which version of which service runs", "service", "version")
COMMANDS = declare(
    Counter, "market_commands_total", "answers", "Commands that were answered, by route and code", "route", "code"
)
COMMAND_SECONDS = declare(
    Histogram, "market_command_seconds", "seconds", "From a read request to its answer", "route", buckets=QUICK
)
REFUSED = declare(
    Counter, "market_requests_refused_total", "requests", "Requests refused before a command or a query was run", "code"
)
TRANSITIONS = declare(
    Counter,
    "market_transitions_total",
    "steps",
    "Steps of a life cycle by row of its table; of an attempt the action, of a capture where the money went",
    "life_cycle",
    "row",
    of=(),
)
HANDLED = declare(
    Counter, "market_events_handled_total", "messages", "Messages by event and what became of them", "event", "outcome"
)
HANDLE_SECONDS = declare(
    Histogram, "market_event_handle_seconds", "seconds", "From taking a message to its commit", "event", buckets=QUICK
)
WAITING = declare(Gauge, "market_messages_waiting", "messages", "Messages that failed and will be tried again")
PARKED = declare(Gauge, "market_messages_parked", "messages", "Messages that wait for an operator")
OUTBOX_SIZE = declare(Gauge, "market_outbox_unpublished", "events", "Events committed and not published yet")
OUTBOX_OLDEST = declare(Gauge, "market_outbox_oldest_seconds", "seconds", "Age of the oldest event not published yet")
RELAYED = declare(Counter, "market_outbox_relayed_total", "events", "Publishes by result", "result")
RELAY_ACTIVE = declare(
    Gauge, "market_relay_active", "0 or 1", "1 while this instance publishes; one instance of a service does"
)
BROKER_UP = declare(
    Gauge, "market_broker_up", "0 or 1", "1 while messages come through the service's own queue, at least a canary"
)
BROKER_SILENT = declare(
    Gauge, "market_broker_silent_seconds", "seconds", "Since when nothing came through the service's own queue"
)
POOL_SIZE = declare(
    Gauge, "market_pool_size", "connections", "Database connections that this instance may have at most"
)
POOL_IN_USE = declare(Gauge, "market_pool_in_use", "connections", "Database connections in use right now")
POOL_WAITING = declare(Gauge, "market_pool_waiting", "tasks", "Tasks that wait for a database connection right now")
GAUGES_AGE = declare(
    Gauge, "market_gauges_age_seconds", "seconds", "How old the states here are; grows while the database is away"
)
OVERDUE_REPUBLISHED = declare(
    Counter,
    "market_deadlines_said_again_total",
    "deadlines",
    "Overdue deadlines that the sweeper had to repeat; above zero a timer was lost or the scheduler is late",
    of=(),
)


def registry(service: str, version: str) -> CollectorRegistry:
    """The metrics of one service: its part of the catalogue, and what the client library has of the process."""
    made = CollectorRegistry()
    for collector in (PROCESS_COLLECTOR, PLATFORM_COLLECTOR, GC_COLLECTOR):
        made.register(collector)
    for each in CATALOGUE:
        if each.services is None or service in each.services:
            made.register(each.metric)
    BUILD.labels(service, version).set(1)
    return made

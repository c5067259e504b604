"""The metrics whose names operators rely on; labels are low in number and never hold ids (docs/metrics.md lists them).

Counters and times are told by whoever does the thing, after its commit; states are looked up at the scrape.
"""

from dataclasses import dataclass
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
LATE = (0.01, 0.05, 0.1, 0.25, 1, 5, 30, 300)
EVERYBODY: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """One metric and what a reader has to know of it."""

    name: str
    kind: str
    unit: str
    labels: tuple[str, ...]
    meaning: str
    services: tuple[str, ...]
    """Who tells it; empty means every service."""
    metric: MetricWrapperBase


CATALOGUE: list[Told] = []
"""Every metric of ours, in the order of the page."""

Kind = TypeVar("Kind", bound=MetricWrapperBase)


def _made(
    kind: type[Kind], name: str, unit: str, meaning: str, *labels: str, of: tuple[str, ...] = EVERYBODY, **more: Any
) -> Kind:
    metric = kind(name, meaning, labels, registry=None, **more)
    CATALOGUE.append(Told(name, kind.__name__.lower(), unit, labels, meaning, of, metric))
    return metric


BUILD = _made(Gauge, "market_build_info", "always 1", "Which version of which service runs", "service", "version")
COMMANDS = _made(
    Counter, "market_commands_total", "answers", "Commands that were answered, by route and code", "route", "code"
)
COMMAND_SECONDS = _made(
    Histogram, "market_command_seconds", "seconds", "From a read request to its answer", "route", buckets=QUICK
)
REFUSED = _made(
    Counter, "market_requests_refused_total", "requests", "Requests refused before a command or a query was run", "code"
)
TRANSITIONS = _made(
    Counter,
    "market_transitions_total",
    "steps",
    "Steps of a life cycle by row of its table; of an attempt the action, of a capture where the money went",
    "life_cycle",
    "row",
    of=("orders", "payments", "disputes"),
)
HANDLED = _made(
    Counter, "market_events_handled_total", "messages", "Messages by event and what became of them", "event", "outcome"
)
HANDLE_SECONDS = _made(
    Histogram, "market_event_handle_seconds", "seconds", "From taking a message to its commit", "event", buckets=QUICK
)
WAITING = _made(Gauge, "market_messages_waiting", "messages", "Messages that failed and will be tried again")
PARKED = _made(Gauge, "market_messages_parked", "messages", "Messages that wait for an operator")
OUTBOX_SIZE = _made(Gauge, "market_outbox_unpublished", "events", "Events committed and not published yet")
OUTBOX_OLDEST = _made(Gauge, "market_outbox_oldest_seconds", "seconds", "Age of the oldest event not published yet")
RELAYED = _made(Counter, "market_outbox_relayed_total", "events", "Publishes by result", "result")
RELAY_ACTIVE = _made(
    Gauge, "market_relay_active", "0 or 1", "1 while this instance publishes; one instance of a service does"
)
BROKER_UP = _made(
    Gauge, "market_broker_up", "0 or 1", "1 while messages come through the service's own queue, at least a canary"
)
BROKER_SILENT = _made(
    Gauge, "market_broker_silent_seconds", "seconds", "Since when nothing came through the service's own queue"
)
POOL_SIZE = _made(Gauge, "market_pool_size", "connections", "Database connections that this instance may have at most")
POOL_IN_USE = _made(Gauge, "market_pool_in_use", "connections", "Database connections in use right now")
POOL_WAITING = _made(Gauge, "market_pool_waiting", "tasks", "Tasks that wait for a database connection right now")
GAUGES_AGE = _made(
    Gauge,
    "market_gauges_age_seconds",
    "seconds",
    "How old the states here are; grows while the database is away",
)
OVERDUE_REPUBLISHED = _made(
    Counter,
    "market_deadlines_said_again_total",
    "deadlines",
    "Overdue deadlines that the sweeper had to repeat; above zero a timer was lost or the scheduler is late",
    of=("orders", "disputes"),
)
TIMERS_PENDING = _made(
    Gauge, "market_timers_pending", "timers", "Timers that have not rung and were not withdrawn", of=("scheduler",)
)
TIMERS_OVERDUE = _made(
    Gauge, "market_timers_overdue", "timers", "Timers that are due and have not rung; 0 while the clock stands still",
    of=("scheduler",),
)  # fmt: skip
TIMERS_OVERDUE_SECONDS = _made(
    Gauge, "market_timers_overdue_seconds", "seconds", "How late the oldest of them is", of=("scheduler",)
)
TIMER_LATENESS = _made(
    Histogram,
    "market_timer_lateness_seconds",
    "seconds of business time",
    "From a timer's due time to its ringing",
    of=("scheduler",),
    buckets=LATE,
)
LEDGER_IMBALANCE = _made(
    Gauge,
    "market_ledger_imbalance",
    "minor units",
    "Sum of all postings, looked up once a minute; anything but 0 is money made or lost",
    "currency",
    of=("payments",),
)
ESCROW = _made(
    Gauge, "market_escrow", "minor units", "What escrow holds, looked up once a minute", "currency", of=("payments",)
)
UNMATCHED_OPEN = _made(
    Gauge,
    "market_unmatched_open",
    "items",
    "Captures and charge-backs that fit no payment and wait for support",
    of=("payments",),
)
ORDERS_OPEN = _made(
    Gauge,
    "market_orders_open",
    "orders",
    "Orders that have not ended, by status; those that ended are counted by market_transitions_total",
    "status",
    of=("orders",),
)
ORDERS_HELD = _made(
    Gauge,
    "market_orders_held",
    "minor units",
    "Money held for open orders by their next deadline: overdue, in at most 1h, 24h, 72h, later, none (in dispute)",
    "status",
    "due",
    "currency",
    of=("orders",),
)
CASES_OPEN = _made(Gauge, "market_cases_open", "cases", "Disputes that wait for support's decision", of=("disputes",))


def registry(service: str, version: str) -> CollectorRegistry:
    """What one service tells: its part of the catalogue, and the process as the client library sees it."""
    made = CollectorRegistry()
    for collector in (PROCESS_COLLECTOR, PLATFORM_COLLECTOR, GC_COLLECTOR):
        made.register(collector)
    for told in CATALOGUE:
        if not told.services or service in told.services:
            made.register(told.metric)
    BUILD.labels(service, version).set(1)
    return made

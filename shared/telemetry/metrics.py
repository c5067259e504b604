"""The metrics whose names operators rely on; labels are low in number and never hold ids."""

from prometheus_client import REGISTRY, Counter, Gauge, Histogram, generate_latest

OUTBOX_OLDEST = Gauge("market_outbox_oldest_seconds", "Age of the oldest event that is not published yet")
OUTBOX_SIZE = Gauge("market_outbox_unpublished", "Events committed and not published yet")
RELAYED = Counter("market_outbox_relayed_total", "Publishes by result", ["result"])
HANDLED = Counter("market_events_handled_total", "Messages by event and outcome", ["event", "outcome"])
HANDLE_SECONDS = Histogram(
    "market_event_handle_seconds",
    "Time from taking a message to its commit",
    ["event"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
)
PARKED = Gauge("market_messages_parked", "Messages that wait for an operator")
RETRIES = Gauge("market_messages_waiting", "Messages that failed and will be tried again")
COMMANDS = Counter("market_commands_total", "Answers of the door by route and code", ["route", "code"])
TRANSITIONS = Counter("market_transitions_total", "Life cycle steps by row", ["life_cycle", "row"])
BROKER_UP = Gauge("market_broker_up", "1 while the broker takes publishes and the canary passes")
OVERDUE_SAID_AGAIN = Counter("market_deadlines_said_again_total", "Overdue deadlines that the sweeper had to repeat")
TIMER_LATENESS = Histogram(
    "market_timer_lateness_seconds",
    "From due time to said by the scheduler, business time",
    buckets=(0.01, 0.05, 0.1, 0.25, 1, 5, 30, 300),
)
TIMER_OVERDUE = Gauge("market_timers_overdue_seconds", "How late the oldest timer is that is due and has not rung")


def exposition() -> bytes:
    """The text that /metrics answers."""
    return generate_latest(REGISTRY)

"""The topology of the broker: exchanges, queues, bindings, users, and what each of them may publish and consume.

`deploy/topology.py` applies `definitions()` before any service starts; services declare nothing but their own
exclusive sandbox queue (architecture 4).
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from shared.contracts import chat as c
from shared.contracts import deadlines as d
from shared.contracts import disputes as s
from shared.contracts import listings as li
from shared.contracts import orders as o
from shared.contracts import payments as p
from shared.contracts.base import EVENTS, Event

VHOST = "market"
EVENTS_EXCHANGE = "market.events"
SANDBOX_EXCHANGE = "market.sandbox"
DEAD_EXCHANGE = "market.dlx"
LIVE_EXCHANGE = "market.live"
"""Not durable: what is lost on it is read from the database (decision 0012)."""
LIVE = ("chat",)
"""Services whose instances pass live frames on to each other."""

OWNERS = ("orders", "disputes", "chat")
"""Services that own deadlines."""

SUBSCRIPTIONS: dict[str, tuple[type[Event], ...]] = {
    "orders": (
        p.PaymentConfirmed,
        p.PaymentChargedBack,
        p.EscrowReleased,
        p.EscrowRefunded,
        s.DisputeDecided,
        s.AccountWarned,
        s.AccountSuspended,
        s.AccountReinstated,
        d.DeadlineExpired,
    ),
    "payments": (
        o.CheckoutPlaced,
        o.OrderPaid,
        o.OrderPaymentRefused,
        o.OrderExpired,
        o.OrderDeleted,
        o.OrderRefunded,
        o.OrderPartiallyRefunded,
        o.OrderCompleted,
        s.AccountWarned,
        s.AccountSuspended,
        s.AccountReinstated,
    ),
    "disputes": (
        o.DisputeRequested,
        o.OrderPartiallyRefunded,
        o.OrderRefunded,
        o.OrderCompleted,
        o.ContactViolationDetected,
        c.ChatExcerptAttached,
        c.LogCommentAdded,
        d.DeadlineExpired,
    ),
    "scheduler": (d.DeadlineSet, d.DeadlineWithdrawn),
    "chat": (
        li.ListingPublished,
        o.OrderPlaced,
        o.OrderPaid,
        o.OrderExpired,
        o.OrderDeleted,
        o.OrderDelivered,
        o.RefundRequested,
        o.RefundCancelled,
        o.RefundRefused,
        o.OrderPartiallyRefunded,
        o.OrderRefunded,
        o.OrderCompleted,
        o.DisputeRequested,
        s.DisputeEvidenceAdded,
        s.AccountWarned,
        s.AccountSuspended,
        s.AccountReinstated,
        s.DisputeOpened,
        s.DisputeClosed,
        d.DeadlineExpired,
    ),
}
"""Which service consumes which events (architecture 4.1). An event without a consumer is published all the same."""

FOREIGN = "foreign."
"""Prefix of the broker user of another team's service and of its queues: foreign.mailer, foreign.mailer.in."""
FOREIGN_MESSAGES_MAX = 1_000_000
"""So many messages wait in a queue of another team's service; then the oldest is dropped, so that no disk fills."""


def public_keys() -> tuple[str, ...]:
    """What other teams' services may bind: the name of every public event, and `order.*` where all of `order.` are."""
    prefixes = {name.partition(".")[0] for name in EVENTS}
    private = {name.partition(".")[0] for name, kind in EVENTS.items() if not kind.public}
    names = [name for name, kind in EVENTS.items() if kind.public]
    return (*sorted(names), *(f"{prefix}.{wild}" for prefix in sorted(prefixes - private) for wild in "*#"))


def events_queue(service: str) -> str:
    """The queue of all events that the service consumes, except its expired deadlines."""
    return f"{service}.events"


def deadlines_queue(service: str) -> str:
    """The queue of the service's own expired deadlines: a flood of events never delays them."""
    return f"{service}.deadlines"


def queues(service: str) -> tuple[str, ...]:
    """All queues that the service consumes."""
    return (events_queue(service), *((deadlines_queue(service),) if service in OWNERS else ()))


def canary_key(service: str) -> str:
    """The key of the canaries that a service sends itself through each of its queues."""
    return f"canary.{service}"


def clock_queue(service: str, instance: str) -> str:
    """The exclusive queue on which one running instance gets the sandbox clock's updates."""
    return f"sandbox.{service}.{instance}"


def live_queue(service: str, instance: str) -> str:
    """The exclusive queue on which one running instance gets live frames."""
    return f"live.{service}.{instance}"


def live_key(service: str) -> str:
    """The key of the live frames of a service."""
    return f"live.{service}"


@cache
def has_consumer(routing_key: str) -> bool:
    """Whether a service of this system consumes the key; then an unroutable publish is a fault."""
    return any(routing_key in _keys(service, kind) for service, kinds in SUBSCRIPTIONS.items() for kind in kinds)


def publishes(service: str) -> tuple[type[Event], ...]:
    """The events that the service may publish."""
    own = tuple(kind for kind in EVENTS.values() if kind.may_be_published_by(service))
    return own + ((d.DeadlineSet, d.DeadlineWithdrawn) if service in OWNERS else ())


def bindings() -> list[tuple[str, str]]:
    """Every (queue, routing key) on market.events."""
    found = []
    for service, kinds in SUBSCRIPTIONS.items():
        for kind in kinds:
            queue = deadlines_queue(service) if kind is d.DeadlineExpired else events_queue(service)
            found += [(queue, key) for key in _keys(service, kind)]
        found += [(queue, canary_key(service)) for queue in queues(service)]
    return found


def definitions(passwords: Mapping[str, str]) -> dict[str, Any]:
    """The whole topology as RabbitMQ definitions; works unchanged on 3.10 and 4.x.

    `passwords` maps each service, and each `foreign.<name>` of another team, to its broker password.
    """
    services = [service for service in SUBSCRIPTIONS if service in passwords]
    names = [queue for service in services for queue in queues(service)]
    return {
        "vhosts": [{"name": VHOST}],
        "users": [_user(name, password) for name, password in passwords.items()],
        "permissions": [_permission(user) for user in passwords],
        "topic_permissions": [
            *(_topic_permission(user) for user in passwords),
            *(_live_permission(user) for user in services if user in LIVE),
        ],
        "policies": [_policy("delivery-limit", ".*", 0, _ENDLESS), _policy("foreign", "^foreign\\.", 1, _BOUNDED)],
        "exchanges": [
            *(_exchange(name) for name in (EVENTS_EXCHANGE, SANDBOX_EXCHANGE, DEAD_EXCHANGE)),
            {**_exchange(LIVE_EXCHANGE), "durable": False},
        ],
        "queues": [_queue(name) for name in names] + [_dead_queue(name) for name in names],
        "bindings": [_binding(EVENTS_EXCHANGE, queue, key) for queue, key in bindings() if queue in names]
        + [_binding(DEAD_EXCHANGE, f"{name}.dead", name) for name in names],
    }


def _keys(service: str, kind: type[Event]) -> list[str]:
    return [f"deadline.expired.{service}"] if kind is d.DeadlineExpired else [kind.name]


def _published_keys(service: str) -> Iterable[str]:
    for kind in publishes(service):
        yield from (f"deadline.expired.{owner}" for owner in OWNERS) if kind is d.DeadlineExpired else (kind.name,)
    yield canary_key(service)


def _user(name: str, password: str) -> dict[str, str]:
    """A service may also read the management API, with the same rights: it watches its bindings."""
    return {"name": name, "password": password, "tags": "management" if name in SUBSCRIPTIONS else ""}


def _permission(user: str) -> dict[str, str]:
    own = f"sandbox\\.{user}\\..*"
    live = [re.escape(LIVE_EXCHANGE)] if user in LIVE else []
    own = f"{own}|live\\.{user}\\..*" if live else own
    reads = "|".join([*(re.escape(name) for name in queues(user)), re.escape(SANDBOX_EXCHANGE), *live, own])
    writes = "|".join([re.escape(EVENTS_EXCHANGE), re.escape(SANDBOX_EXCHANGE), *live, own])
    if user not in SUBSCRIPTIONS:
        own = writes = f"{re.escape(user)}\\..*"
        reads = f"{re.escape(EVENTS_EXCHANGE)}|{own}"
    return {"user": user, "vhost": VHOST, "configure": f"^({own})$", "write": f"^({writes})$", "read": f"^({reads})$"}


def _topic_permission(user: str) -> dict[str, str]:
    writes = "|".join(re.escape(key) for key in _published_keys(user)) if user in SUBSCRIPTIONS else "$^"
    reads = "^$" if user in SUBSCRIPTIONS else f"^({'|'.join(re.escape(key) for key in public_keys())})$"
    return {"user": user, "vhost": VHOST, "exchange": EVENTS_EXCHANGE, "write": f"^({writes})$", "read": reads}


def _live_permission(user: str) -> dict[str, str]:
    own = f"^{re.escape(live_key(user))}$"
    return {"user": user, "vhost": VHOST, "exchange": LIVE_EXCHANGE, "write": own, "read": own}


_ENDLESS = {"delivery-limit": 1_000_000}
_BOUNDED = {**_ENDLESS, "max-length": FOREIGN_MESSAGES_MAX, "overflow": "drop-head"}


def _policy(name: str, pattern: str, priority: int, definition: dict[str, Any]) -> dict[str, Any]:
    policy = {"vhost": VHOST, "name": name, "pattern": pattern, "apply-to": "queues"}
    return {**policy, "priority": priority, "definition": definition}


def _exchange(name: str) -> dict[str, Any]:
    shape = {"durable": True, "auto_delete": False, "internal": False, "arguments": {}}
    return {"name": name, "vhost": VHOST, "type": "direct" if name == DEAD_EXCHANGE else "topic", **shape}


def _queue(name: str) -> dict[str, Any]:
    arguments = {
        "x-queue-type": "quorum",
        "x-dead-letter-exchange": DEAD_EXCHANGE,
        "x-dead-letter-routing-key": name,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    return {"name": name, "vhost": VHOST, "durable": True, "auto_delete": False, "arguments": arguments}


def _dead_queue(name: str) -> dict[str, Any]:
    arguments = {"x-queue-type": "quorum"}
    return {"name": f"{name}.dead", "vhost": VHOST, "durable": True, "auto_delete": False, "arguments": arguments}


def _binding(source: str, queue: str, key: str) -> dict[str, Any]:
    return {
        "source": source,
        "vhost": VHOST,
        "destination": queue,
        "destination_type": "queue",
        "routing_key": key,
        "arguments": {},
    }

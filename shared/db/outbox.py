"""The events that one transaction publishes, written with its effects (architecture 5)."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import asyncpg
import structlog

from shared.clock import real_now
from shared.contracts.base import Event
from shared.ids import new_id
from shared.telemetry.traces import current_traceparent

_INSERT = """
insert into outbox (message_id, event, routing_key, subject, sequence, body, traceparent, correlation_id,
                    causation_id, happened_at)
select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::json[], $7::text[], $8::text[],
                     $9::text[], $10::timestamptz[])
"""


@dataclass(frozen=True, slots=True)
class Correlation:
    """What the events of the current command are a consequence of."""

    correlation_id: str
    """The request, or first message, that began everything."""
    causation_id: str | None = None
    """The message that is being handled; None for a request."""


_context: ContextVar[Correlation | None] = ContextVar("correlation", default=None)


@contextmanager
def correlated(context: Correlation) -> Iterator[None]:
    """Events and log lines of the block have this correlation."""
    token = _context.set(context)
    try:
        # a message's lines are found under the id of the request that caused it
        with structlog.contextvars.bound_contextvars(request_id=context.correlation_id):
            yield
    finally:
        _context.reset(token)


class Outbox:
    """Collects the events of a command; the unit of work writes them in one statement just before the commit."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._events: list[Event] = []

    def add(self, *events: Event) -> None:
        """Publish these events, in this order, if the transaction commits. Raises ValueError for another's event."""
        for event in events:
            if event.publisher != "every owner" and not event.may_be_published_by(self._service):
                raise ValueError(f"{self._service} may not publish {event.name}")
            self._events.append(event)

    @property
    def published(self) -> tuple[Event, ...]:
        """The events so far, in order."""
        return tuple(self._events)

    async def write(self, sql: "asyncpg.Connection[Any]") -> int:
        """Write the collected events; answers how many there were."""
        if not self._events:
            return 0
        context = _context.get() or Correlation(correlation_id=str(new_id()))
        trace = current_traceparent()
        rows = [
            (
                new_id(),
                event.name,
                event.routing_key(),
                event.about(),
                event.sequence(),
                event.model_dump_json(),
                trace,
                context.correlation_id,
                context.causation_id,
                event.happened_at() or real_now(),
            )
            for event in self._events
        ]
        await sql.execute(_INSERT, *(list(column) for column in zip(*rows, strict=True)))
        return len(rows)

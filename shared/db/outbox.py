"""The events that one transaction says, written with its effects (architecture 5)."""

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
    """The conversation that the current command belongs to, and the message that caused it."""

    correlation_id: str
    causation_id: str | None = None


_context: ContextVar[Correlation | None] = ContextVar("conversation", default=None)


@contextmanager
def correlated(context: Correlation) -> Iterator[None]:
    """Everything said inside belongs to this conversation."""
    token = _context.set(context)
    try:
        # a message's lines are found under the id of the request that caused it
        with structlog.contextvars.bound_contextvars(request_id=context.correlation_id):
            yield
    finally:
        _context.reset(token)


class Outbox:
    """Collects what a command says; the unit of work writes it in one statement just before the commit."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._said: list[Event] = []

    def add(self, *events: Event) -> None:
        """Publish these events, in this order, if the transaction commits. Raises ValueError for another's event."""
        for event in events:
            if event.publisher not in (self._service, "every owner"):
                raise ValueError(f"{self._service} may not say {event.name}")
            self._said.append(event)

    @property
    def published(self) -> tuple[Event, ...]:
        """What was said so far, in order."""
        return tuple(self._said)

    async def write(self, sql: "asyncpg.Connection[Any]") -> int:
        """Write the collected events; answers how many there were."""
        if not self._said:
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
            for event in self._said
        ]
        await sql.execute(_INSERT, *(list(column) for column in zip(*rows, strict=True)))
        return len(rows)

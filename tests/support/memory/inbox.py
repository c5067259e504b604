"""The inbox in memory: inbox row, effect and outbox rows in one transaction; failed messages wait for a next try."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shared.db.outbox import Correlation, correlated
from shared.messaging.inbox import Outcome, Subscribers
from shared.refusals import Refused
from tests.support.memory.database import MemoryDatabase, OutboxEvent, Tables


@dataclass(frozen=True)
class Failed:
    """A message whose handler failed, and why it did the last time."""

    message: OutboxEvent
    error: str


class MemoryInbox:
    """Takes messages for one service and makes each act once."""

    def __init__(self, database: MemoryDatabase[Any, Any], subscribers: Subscribers[Any]) -> None:
        self.database, self._subscribers = database, subscribers
        self.failed: dict[tuple[str, str], Failed] = {}
        """Messages to be tried again, by consumer and message id."""
        self.passes_through: tuple[type[Exception], ...] = ()
        """Faults of the simulated world, which no inbox would see."""
        self.acted: Callable[[str, str], None] = lambda _queue, _message_id: None
        """Called when a message has had its effect."""

    async def take(self, queue: str, message: OutboxEvent) -> Outcome:
        """Handle one message, or store it as failed; when this returns it may be acknowledged."""
        try:
            outcome = await self._handle(queue, message)
        except self.passes_through:
            raise
        except Exception as error:  # noqa: BLE001 - like the real inbox: whatever a handler raises, it is tried again
            self.failed[queue, message.message_id] = Failed(message, f"{type(error).__name__}: {error}")
            return Outcome.FAILED
        self.failed.pop((queue, message.message_id), None)
        return outcome

    async def _handle(self, queue: str, message: OutboxEvent) -> Outcome:
        kind, handler = self._subscribers.handlers[message.event]
        event = kind.model_validate_json(message.body)
        with correlated(Correlation(message.message_id, message.message_id)):
            async with self.database.transaction() as work:
                if not self.remember(self.database.draft, queue, message):
                    return Outcome.DUPLICATE
                answer = await handler(event, work)
                self.database.before_commit()
        self.acted(queue, message.message_id)
        return Outcome.REFUSED if isinstance(answer, Refused) else Outcome.HANDLED

    def remember(self, tables: Tables, queue: str, message: OutboxEvent) -> bool:
        """Write the inbox row; False when this consumer had the message before."""
        if (queue, message.message_id) in tables.inbox:
            return False
        tables.inbox[queue, message.message_id] = message.event
        return True

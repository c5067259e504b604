"""CloudEvents 1.0 in AMQP headers (binary mode), and what a consumer reads from them (architecture 4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.clock import written


@dataclass(frozen=True, slots=True)
class Envelope:
    """Everything about an event that is not its body."""

    message_id: UUID
    event: str
    service: str
    subject: str
    sequence: int
    happened_at: datetime
    correlation_id: str
    causation_id: str | None
    traceparent: str | None

    def headers(self) -> dict[str, str]:
        """The AMQP headers; every value is a string."""
        found = {
            "ce-specversion": "1.0",
            "ce-id": str(self.message_id),
            "ce-type": self.event,
            "ce-source": f"/services/{self.service}",
            "ce-subject": self.subject,
            "ce-time": written(self.happened_at),
            "ce-sequence": str(self.sequence),
            "ce-correlationid": self.correlation_id,
        }
        if self.causation_id:
            found["ce-causationid"] = self.causation_id
        if self.traceparent:
            found["ce-traceparent"] = self.traceparent
            found["traceparent"] = self.traceparent
        return found


def text(headers: Mapping[str, Any], name: str) -> str | None:
    """One header as text, or None when it is missing or something else."""
    value = headers.get(name)
    return value if isinstance(value, str) else None

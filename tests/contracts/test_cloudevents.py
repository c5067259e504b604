"""Our headers are CloudEvents 1.0 in binary mode: the reference library reads and writes them the same."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from cloudevents.core.bindings.rabbitmq import RabbitMQMessage, from_binary_event, to_binary_event

from shared.contracts import EVENTS, Event
from shared.messaging.headers import Envelope
from tests.contracts.test_events import EVERY_EVENT, GOLDEN

MESSAGE_ID = UUID("01960000-0000-7000-8000-000000000001")
AT = datetime(2026, 3, 2, 0, 15, tzinfo=UTC)


def envelope(kind: type[Event], traceparent: str | None = None) -> Envelope:
    """What the relay puts around the event's example."""
    published = kind.model_validate_json((GOLDEN / f"{kind.name}.json").read_bytes())
    return Envelope(
        message_id=MESSAGE_ID,
        event=published.name,
        service="orders",
        subject=published.about(),
        sequence=published.sequence(),
        happened_at=published.happened_at() or AT,
        correlation_id="conversation-1",
        causation_id="message-1",
        traceparent=traceparent,
    )


def message(kind: type[Event], traceparent: str | None = None) -> RabbitMQMessage:
    """The event as it lies in a queue."""
    headers = envelope(kind, traceparent).headers()
    return RabbitMQMessage(headers, "application/json", (GOLDEN / f"{kind.name}.json").read_bytes())


class TestCanAnyCloudEventsReaderReadUs:
    @EVERY_EVENT
    def test_the_reference_library_finds_everything(self, kind: type[Event]) -> None:
        found, sent = from_binary_event(message(kind)), envelope(kind)
        assert (found.get_id(), found.get_type(), found.get_source()) == (
            str(MESSAGE_ID),
            kind.name,
            "/services/orders",
        )
        assert (found.get_specversion(), found.get_subject(), found.get_time()) == (
            "1.0",
            sent.subject,
            sent.happened_at,
        )
        assert found.get_extension("sequence") == str(sent.sequence)
        assert found.get_data() == json.loads(message(kind).body)

    @EVERY_EVENT
    def test_it_would_write_the_same_headers(self, kind: type[Event]) -> None:
        ours = message(kind)
        theirs = to_binary_event(from_binary_event(ours))
        assert theirs.content_type == ours.content_type
        assert {**theirs.headers, "ce-time": ours.headers["ce-time"]} == ours.headers
        assert datetime.fromisoformat(theirs.headers["ce-time"]) == datetime.fromisoformat(ours.headers["ce-time"])

    def test_the_trace_is_an_extension_and_a_plain_header(self) -> None:
        trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        sent = message(EVENTS["order.paid"], trace)
        assert from_binary_event(sent).get_extension("traceparent") == sent.headers["traceparent"] == trace

    @pytest.mark.parametrize("name", ["correlationid", "causationid", "sequence"])
    def test_names_of_extensions_are_lower_case_letters(self, name: str) -> None:
        headers = message(EVENTS["order.paid"]).headers
        assert headers[f"ce-{name}"]
        assert all(header.removeprefix("ce-").isalnum() for header in headers)

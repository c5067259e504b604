"""docs/asyncapi.json: the same events for machines, as an AsyncAPI 3.0 document with one JSON schema per event."""

import json
from typing import Any, Literal

from pydantic.json_schema import models_json_schema

from deploy.docs.events import consumers, meaning, publishers
from shared.contracts import EVENTS, Event
from shared.contracts.deadlines import DeadlineExpired
from shared.messaging.topology import EVENTS_EXCHANGE
from shared.version import VERSION


def page() -> str:
    """The document as indented JSON."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def document() -> dict[str, Any]:
    """The whole document: a channel, a message and a schema per event, an operation per publisher and consumer."""
    events = sorted(EVENTS.items())
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Holdfast events",
            "version": VERSION,
            "description": "The events that the services of Holdfast publish for each other and for other teams.",
        },
        "defaultContentType": "application/json",
        "channels": {name: _channel(name, kind) for name, kind in events},
        "operations": {each: value for name, kind in events for each, value in _operations(name, kind).items()},
        "components": {
            "messages": {name: _message(name, kind) for name, kind in events},
            "schemas": _schemas(),
            "messageTraits": {"cloudEvent": {"headers": _HEADERS}},
        },
    }


def address(kind: type[Event]) -> str:
    """The routing key, with its parameter where it has one."""
    return "deadline.expired.{owner}" if kind is DeadlineExpired else kind.name


def _channel(name: str, kind: type[Event]) -> dict[str, Any]:
    exchange = {"name": EVENTS_EXCHANGE, "type": "topic", "durable": True, "autoDelete": False}
    channel: dict[str, Any] = {
        "address": address(kind),
        "messages": {name: {"$ref": f"#/components/messages/{name}"}},
        "bindings": {"amqp": {"is": "routingKey", "exchange": exchange, "bindingVersion": "0.3.0"}},
    }
    if kind is DeadlineExpired:
        channel["parameters"] = {"owner": {"description": "The service that set the deadline."}}
    return channel


def _operations(name: str, kind: type[Event]) -> dict[str, Any]:
    channel = {"$ref": f"#/channels/{name}"}
    sent = {f"{service}.says.{name}": {"action": "send", "channel": channel} for service in publishers(kind)}
    received = {f"{service}.hears.{name}": {"action": "receive", "channel": channel} for service in consumers(kind)}
    return sent | received


def _schemas() -> dict[str, Any]:
    """Every event's body by its class, with the parts that several share once."""
    kinds: list[tuple[type[Event], Literal["validation", "serialization"]]] = [
        (kind, "serialization") for _, kind in sorted(EVENTS.items())
    ]
    _, schemas = models_json_schema(kinds, ref_template="#/components/schemas/{model}")
    found: dict[str, Any] = schemas["$defs"]
    return found


def _message(name: str, kind: type[Event]) -> dict[str, Any]:
    return {
        "name": name,
        "summary": meaning(kind),
        "contentType": "application/json",
        "payload": {"$ref": f"#/components/schemas/{kind.__name__}"},
        "traits": [{"$ref": "#/components/messageTraits/cloudEvent"}],
    }


_REQUIRED = ("ce-specversion", "ce-id", "ce-type", "ce-source", "ce-subject", "ce-time", "ce-sequence")
_HEADERS: dict[str, Any] = {
    "type": "object",
    "required": list(_REQUIRED),
    "properties": {
        **{name: {"type": "string"} for name in (*_REQUIRED, "ce-correlationid", "ce-causationid", "traceparent")},
        "ce-specversion": {"type": "string", "const": "1.0"},
        "ce-time": {"type": "string", "format": "date-time"},
    },
}
"""CloudEvents 1.0 in binary mode (shared/messaging/headers.py)."""

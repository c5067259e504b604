"""docs/chat-socket.md and docs/chat-socket.json: the frames and close codes of chat's socket, from the code."""

import inspect
import json
from typing import Any, Literal, get_args

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from services.chat.sockets import frames
from shared.http.sockets import Close
from shared.version import VERSION

Direction = Literal["client", "server"]
_MODES: dict[Direction, Literal["validation", "serialization"]] = {"client": "validation", "server": "serialization"}

_HEAD = """# The chat socket

`POST /v1/chat/tickets` answers a ticket; open `wss://…/v1/chat?ticket=…` with it within 30 seconds. A ticket opens one
socket. Frames are JSON texts of at most 64 KiB in both directions; the schemas, as AsyncAPI, are in
[chat-socket.json](chat-socket.json). Made from `services/chat/sockets/frames.py` by `make docs`; change it there.

**Begin with `resume`**: name each conversation with the number (`seq`) of the last message that you have, or none at
all. You get everything behind these numbers, then `resumed`; from then on frames are live. A conversation's numbers
rise one by one; a repeated message of your own is answered with the number it already has. Whatever a lost connection
swallowed, `resume` brings.

Send `ack` for what has arrived at the device and `read` for what the person has seen. Of a message without either for
90 seconds the recipient is notified by other means.
"""
_TABLE = "| type | fields | meaning |\n| --- | --- | --- |\n"
_MIDDLE = """
## Close codes
| code | meaning, and what to do |
| --- | --- |
"""


def page() -> str:
    """The page for people."""
    parts = [_HEAD]
    parts += ["\n## You send\n", _TABLE, *map(_line, _kinds("client"))]
    parts += ["\n## You get\n", _TABLE, *map(_line, _kinds("server")), _MIDDLE]
    parts += [f"| {int(close)} | {close.meaning} |\n" for close in Close]
    return "".join(parts)


def document() -> str:
    """The AsyncAPI document, as indented JSON."""
    every = {each: _kinds(each) for each in _MODES}
    channel = {"$ref": "#/channels/chat"}
    whole = {
        "asyncapi": "3.0.0",
        "info": {"title": "Holdfast chat socket", "version": VERSION, "description": "The frames of /v1/chat."},
        "defaultContentType": "application/json",
        "channels": {
            "chat": {
                "address": "/v1/chat",
                "messages": {
                    kind.__name__: {"$ref": f"#/components/messages/{kind.__name__}"}
                    for kinds in every.values()
                    for kind in kinds
                },
                "bindings": {"ws": {"method": "GET", "query": _TICKET, "bindingVersion": "0.1.0"}},
            }
        },
        "operations": {
            "receive": {"action": "receive", "channel": channel, "messages": _references(every["client"])},
            "send": {"action": "send", "channel": channel, "messages": _references(every["server"])},
        },
        "components": {
            "messages": {kind.__name__: _message(kind) for kinds in every.values() for kind in kinds},
            "schemas": _schemas(every),
        },
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _kinds(direction: Direction) -> tuple[type[BaseModel], ...]:
    return get_args(frames.ClientFrame if direction == "client" else frames.ServerFrame)


def type_of(kind: type[BaseModel]) -> str:
    """What stands in the frame's field `type`."""
    return str(get_args(kind.model_fields["type"].annotation)[0])


def _line(kind: type[BaseModel]) -> str:
    names = [each.serialization_alias or each.alias or name for name, each in kind.model_fields.items()]
    shown = ", ".join(f"`{name}`" for name in names if name != "type")
    return f"| `{type_of(kind)}` | {shown} | {_meaning(kind)} |\n"


def _meaning(kind: type[BaseModel]) -> str:
    return " ".join((inspect.getdoc(kind) or "").split())


def _references(kinds: tuple[type[BaseModel], ...]) -> list[dict[str, str]]:
    return [{"$ref": f"#/channels/chat/messages/{kind.__name__}"} for kind in kinds]


def _message(kind: type[BaseModel]) -> dict[str, Any]:
    return {
        "name": type_of(kind),
        "summary": _meaning(kind),
        "payload": {"$ref": f"#/components/schemas/{kind.__name__}"},
    }


def _schemas(every: dict[Direction, tuple[type[BaseModel], ...]]) -> dict[str, Any]:
    wanted = [(kind, _MODES[direction]) for direction, kinds in every.items() for kind in kinds]
    _, schemas = models_json_schema(wanted, ref_template="#/components/schemas/{model}")
    found: dict[str, Any] = schemas["$defs"]
    return found


_TICKET = {"type": "object", "required": ["ticket"], "properties": {"ticket": {"type": "string"}}}

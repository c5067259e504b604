"""The routes of each service, read from its OpenAPI document: a good request per route, and where it bends.

A new route or field is attacked without a line here, as long as its schema tells an example; `GIVEN` holds the rest.
"""

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from tests.support.malicious.bodies import compact
from tests.support.pictures import picture

Place = tuple[str | int, ...]
"""The way to a value inside a body, e.g. ("lines", 0, "quantity")."""

METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")

GIVEN: Mapping[str, Any] = {
    "amount": 100,
    "currency": "EUR",
    "country": "MY",
    "cursor": "W10",
    "from": "2026-01-01T00:00:00Z",
    "to": "2026-01-02T00:00:00Z",
    "quantity": 1,
    "reason": "not_received",
    "transaction_id": "txn_1",
    "event_id": "evt_1",
    "method": "card",
    "provider": "sandbox",
    "failed_id": "1",
    "conversation_id": "018f0000-0000-7000-8000-000000000001",
    "attachment_id": "018f0000-0000-7000-8000-000000000002",
    "signed": "A" * 100,
    "message_id": "018f0000-0000-7000-8000-000000000002",
    "item_id": "018f0000-0000-7000-8000-000000000003",
    "status": "completed",
    "preview": "true",
    "subject": "K0000000000",
}
"""Good values of fields and parameters whose schema gives no example."""

REFERENCES = {"reference": "none", "transaction_id": "txn_1", "amount": 1, "currency": "MYR", "reason": None}
WHOLE: Mapping[str, tuple[Any, ...]] = {
    "POST /v1/sandbox/clock/advance": (
        {"to": "2001-01-01T00:00:00.000Z", "fire": True},
        {"by": "-PT1H", "fire": False},
        {"run": False},
    ),
    "POST /v1/claims": (
        {
            "bank_reference": "TRX9",
            "amount": {"amount": 1, "currency": "MYR"},
            "value_date": "2026-03-02",
            "payment_number": "P0",
        },
    ),
    "POST /v1/webhooks/{provider}": (
        {"type": "payment.voided", "data": REFERENCES},
        {"type": "payment.captured", "data": REFERENCES},
    ),
}
"""Bodies that the document can't tell: routes that take exactly one of some fields, and one of signed raw bytes."""


@dataclass(frozen=True)
class Route:
    """One operation of one service with a request that it would understand."""

    service: str
    method: str
    path: str
    path_values: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    """The decoded body of a good request; None where none is taken."""
    anonymous: bool = False
    """Whether it may be asked without a token."""
    kind: str = "application/json"
    """The type of the body."""
    raw: bytes = b""
    """The bytes of a good body that is not JSON."""

    @property
    def name(self) -> str:
        """As the document calls it, e.g. POST /v1/checkouts."""
        return f"{self.method} {self.path}"

    @property
    def is_webhook(self) -> bool:
        """Whether a provider's signature is expected."""
        return "/webhooks/" in self.path

    def target(self, bent: str | None = None, value: str = "", *, query: Mapping[str, str] | None = None) -> str:
        """The request target; with `bent` this path parameter has another value, with `query` other parameters."""
        path = self.path
        for name, good in self.path_values.items():
            path = path.replace(f"{{{name}}}", escaped(value if name == bent else good))
        pairs = [f"{escaped(name)}={escaped(each)}" for name, each in (query or {}).items()]
        return path + ("?" + "&".join(pairs) if pairs else "")

    def content(self) -> bytes:
        """The good body as bytes."""
        return compact(self.body) if self.body is not None else self.raw

    def places(self) -> Iterator[Place]:
        """Every value inside the good body, the whole body left out."""
        return _places(self.body) if self.body is not None else iter(())

    def at(self, place: Place) -> Any:
        """The good value at this place."""
        return _inside(self.body, place)

    def bent(self, place: Place, value: bytes) -> bytes:
        """The good body with these bytes at this place."""
        body = copy.deepcopy(self.body)
        _inside(body, place[:-1])[place[-1]] = _HERE
        return compact(body).replace(compact(_HERE), value)

    def renamed(self, place: Place, key: str) -> bytes:
        """The good body in which the name at this place is another one."""
        body = copy.deepcopy(self.body)
        inner = _inside(body, place[:-1])
        inner[key] = inner.pop(place[-1])
        return compact(body)


_HERE = "@@here@@"


def routes(service: str, document: Mapping[str, Any], known: Mapping[str, str]) -> list[Route]:
    """Every operation of the document; `known` holds numbers of things that exist, by the parameter's name."""
    return [
        route
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
        for route in _routes(service, method.upper(), path, operation, document, known)
    ]


def escaped(text: str) -> str:
    """The text inside a URL; lone surrogates as the bytes that a careless client would send."""
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def _routes(
    service: str,
    method: str,
    path: str,
    operation: Mapping[str, Any],
    document: Mapping[str, Any],
    known: Mapping[str, str],
) -> list[Route]:
    given = {**GIVEN, **known}
    values: dict[str, dict[str, str]] = {"path": {}, "query": {}, "header": {}}
    for each in operation.get("parameters", ()):
        values[each["in"]][each["name"]] = str(_sample(each["name"], each["schema"], document, given))
    body, anonymous = None, {} in operation["security"]
    content = operation.get("requestBody", {"content": {}})["content"]
    if "application/json" in content:
        body = _sample("", content["application/json"]["schema"], document, given)
    elif content:
        kind = next(iter(content))
        return [Route(service, method, path, values["path"], values["query"], None, anonymous, kind, picture())]
    bodies = WHOLE.get(f"{method} {path}", (body,))
    return [Route(service, method, path, values["path"], values["query"], each, anonymous) for each in bodies]


def _sample(name: str, schema: Mapping[str, Any], document: Mapping[str, Any], given: Mapping[str, Any]) -> Any:
    """A good value for a schema: its first choice, what is given for its name, its example, or the least it allows."""
    schema = _resolved(schema, document)
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            kinds = [each for each in schema[choice] if each.get("type") != "null"]
            return _sample(name, kinds[0], document, given)
    if "properties" in schema:
        return {key: _sample(key, inner, document, given) for key, inner in schema["properties"].items()}
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    if name in given:
        return given[name]
    if schema.get("examples"):
        return schema["examples"][0]
    return _least(name, schema, document, given)


def _least(name: str, schema: Mapping[str, Any], document: Mapping[str, Any], given: Mapping[str, Any]) -> Any:
    kind = schema.get("type")
    if kind == "object":
        return {"name": "value"}
    if kind == "array":
        return [_sample(name, schema["items"], document, given)]
    if kind == "boolean":
        return True
    if kind in ("integer", "number"):
        return int(schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1))
    if schema.get("format") == "uuid":
        return "00000000-0000-7000-8000-000000000000"
    if pattern := schema.get("pattern"):
        assert re.search(pattern, "value"), f"no good value is known for {name}, give one in GIVEN"
    return "value"


def _resolved(schema: Mapping[str, Any], document: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        inner: Any = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            inner = inner[step]
        schema = inner
    return schema


def _inside(value: Any, place: Place) -> Any:
    for step in place:
        value = value[step]
    return value


def _places(value: Any, before: Place = ()) -> Iterator[Place]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside:
        yield (*before, key)
        yield from _places(inner, (*before, key))

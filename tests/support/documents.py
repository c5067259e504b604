"""The services' OpenAPI documents as tests read them; the applications are built, nothing is connected."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

from deploy.docs import applications

EXAMPLES: dict[str, str] = {
    "listing_id": "no-such-listing",
    "attempt_id": str(UUID(int=1)),
    "dispute_id": str(UUID(int=2)),
    "offence_id": str(UUID(int=3)),
    "flag_id": str(UUID(int=4)),
    "unmatched_id": str(UUID(int=5)),
    "failed_id": "1",
    "conversation_id": str(UUID(int=6)),
    "attachment_id": str(UUID(int=9)),
    "signed": "no-such-link",
    "message_id": str(UUID(int=7)),
    "item_id": str(UUID(int=8)),
    "adjustment_id": str(UUID(int=10)),
    "provider": "sandbox",
    "user": "somebody",
    "number": "K5657777893",
    "payment_number": "P0000000001",
}


@dataclass(frozen=True)
class Operation:
    """One method of one path, as its document tells it."""

    service: str
    method: str
    path: str
    allowed: tuple[str, ...]
    body: Any
    previews: bool = False
    """Whether it can be asked to tell only what it would do."""
    given: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Who may send a parameter, or a field of the body: by its name, or by name=value."""

    def __str__(self) -> str:
        """As the test's name."""
        return f"{self.method} {self.path}"

    @property
    def needs_token(self) -> bool:
        """Whether nobody without a token is served."""
        return not {"anyone", "provider"} & set(self.allowed)

    @property
    def examples(self) -> dict[str, str]:
        """Something for every parameter of the path."""
        return EXAMPLES

    def has(self, *parameters: str) -> bool:
        """Whether the path names one of these objects."""
        return any(f"{{{name}}}" in self.path for name in parameters)


@cache
def document(service: str) -> dict[str, Any]:
    """The service's OpenAPI document, with the settings of a stack that was never started."""
    return applications.document(service)


def operations(service: str) -> Iterator[Operation]:
    """Every operation of a service that the gateway routes."""
    for path, methods in document(service)["paths"].items():
        for method, result in methods.items():
            body = _body(result, document(service)) if "requestBody" in result else None
            previews = any(each["name"] == "preview" for each in result.get("parameters", ()))
            given = {name: tuple(only) for name, only in result.get("x-allowed-given", {}).items()}
            yield Operation(service, method.upper(), path, tuple(result.get("x-allowed", ())), body, previews, given)


def _body(result: dict[str, Any], whole: dict[str, Any]) -> Any:
    content = result["requestBody"]["content"]
    return _example(content["application/json"].get("schema", {}), whole) if "application/json" in content else None


def _example(schema: dict[str, Any], whole: dict[str, Any]) -> Any:
    """The smallest value that the schema allows."""
    if "$ref" in schema or "anyOf" in schema:
        name = schema.get("$ref", "").rpartition("/")[2]
        return _example(whole["components"]["schemas"][name] if name else schema["anyOf"][0], whole)
    given = schema.get("examples", schema.get("enum", [schema["const"]] if "const" in schema else []))
    return given[0] if given else _smallest(schema, whole)


def _smallest(schema: dict[str, Any], whole: dict[str, Any]) -> Any:
    match schema.get("type"):
        case "object":
            return {name: _example(schema["properties"][name], whole) for name in schema.get("required", [])}
        case "array":
            return [_example(schema["items"], whole)]
        case "integer":
            return max(1, schema.get("minimum", 1))
        case "boolean":
            return True
        case _:
            return "something"

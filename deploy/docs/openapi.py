"""docs/openapi.json: everything that the gateway routes as one OpenAPI 3.1 document, merged from the services' own."""

import json
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from typing import Any

from deploy.docs import applications
from deploy.gateway.routes import ROUTES
from deploy.services import SERVICES, refusals
from shared.version import VERSION

Document = dict[str, Any]

_PREFIX = "#/components/schemas/"
_INFO = {
    "title": "Holdfast",
    "version": VERSION,
    "description": "The back end of a protected marketplace. Money is in minor units, times are RFC 3339 in UTC. What "
    "holds for every request (keys, versions, origins, errors) is in docs/http.md. Paths below /v1/sandbox exist in a "
    "sandbox only. `x-allowed` says who may call an operation, `x-allowed-given` who may send a parameter or value.",
}
_OWN = {
    "/v1/openapi.json": ("get_document", "This document.", "application/json"),
    "/v1/docs": ("get_docs", "This document as a page for people.", "text/html"),
}
"""What the gateway answers by itself."""


def page() -> str:
    """The document as indented JSON."""
    return json.dumps(merged(), indent=2, ensure_ascii=False) + "\n"


@cache
def merged() -> Document:
    """The whole document; two services' schemas of one name that differ get their service's name in front."""
    refusals()  # all are declared before the first document lists them
    parts = {service: applications.document(service) for service in SERVICES}
    schemas = _renamed({service: part["components"]["schemas"] for service, part in parts.items()})
    names = {service: {old: new for old, new, _ in found} for service, found in schemas.items()}
    paths = {
        route.path: _with_names(parts[route.service]["paths"][route.path], names[route.service]) for route in ROUTES
    }
    shared = {new: schema for found in schemas.values() for _, new, schema in found}
    return {
        "openapi": "3.1.0",
        "info": _INFO,
        "servers": [{"url": "/", "description": "The gateway that serves this document."}],
        "paths": {**paths, **{path: {"get": _own(*described)} for path, described in _OWN.items()}},
        "components": {
            "schemas": dict(sorted(shared.items())),
            "securitySchemes": parts[SERVICES[0]]["components"]["securitySchemes"],
        },
    }


def _renamed(parts: Mapping[str, Document]) -> dict[str, list[tuple[str, str, Any]]]:
    """Each service's schemas as (old name, new name, schema): equal ones share their name, others are described apart.

    A renamed schema changes those that refer to it, so this goes on until no two of one name differ.
    """
    apart: set[str] = set()
    while True:
        found: dict[str, list[tuple[str, str, Any]]] = {}
        kinds: dict[str, list[Any]] = defaultdict(list)
        for service, schemas in parts.items():
            names = {name: f"{service.capitalize()}{name}" if name in apart else name for name in schemas}
            found[service] = [
                (name, new, {**_with_names(schemas[name], names), "title": new}) for name, new in names.items()
            ]
            for _, new, schema in found[service]:
                if schema not in kinds[new]:
                    kinds[new].append(schema)
        more = {name for name, each in kinds.items() if len(each) > 1}
        if not more:
            return found
        apart |= more


def _with_names(value: Any, names: Mapping[str, str]) -> Any:
    """The same with every reference to a schema under its new name."""
    if isinstance(value, dict):
        return {
            key: _PREFIX + names[inner.removeprefix(_PREFIX)] if key == "$ref" else _with_names(inner, names)
            for key, inner in value.items()
        }
    return [_with_names(each, names) for each in value] if isinstance(value, list) else value


def _own(operation_id: str, meaning: str, kind: str) -> Document:
    return {
        "tags": ["docs"],
        "operationId": operation_id,
        "description": meaning,
        "security": [{}],
        "parameters": [],
        "responses": {"200": {"description": "Successful Response", "content": {kind: {}}}},
        "x-allowed": ["anyone"],
    }

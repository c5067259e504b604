"""A service's OpenAPI document for its clients: every answer, every refusal as a Problem, and who may use a route.

FastAPI writes the parts that follow from signatures; here is added what holds for every route of every service.
"""

import re
from collections.abc import Collection
from typing import Any

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from shared.http import conditions, paths
from shared.http.access import OPEN
from shared.http.semantics import allow
from shared.refusals import Refusal, RefusalCode

R = Refusal
PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
KEY = "idempotency-key"
ALWAYS = (
    R.MALFORMED_REQUEST,
    R.MALFORMED_JSON,
    R.UNAUTHENTICATED,
    R.PAYLOAD_TOO_LARGE,
    R.URI_TOO_LONG,
    R.VALIDATION_FAILED,
    R.RATE_LIMITED,
    R.UNAVAILABLE,
)
"""What any route may answer, whatever it is about: they come from the gateway, the strict reader or the runtime."""
OF_COMMANDS = (R.IDEMPOTENCY_KEY_REQUIRED, R.IDEMPOTENCY_CONFLICT, R.REQUEST_IN_PROGRESS)
"""What the command executor may answer."""

NOTHING = {
    "required": False,
    "description": "Nothing is taken: no body, or an empty object.",
    "content": {"application/json": {"schema": {"type": "object", "properties": {}, "additionalProperties": False}}},
}
"""The body of a command that takes none (shared/http/strict.py refuses any other)."""

_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[ -~]+$", "examples": ["order-4711"]},
    "required": True,
    "description": "The same key gets the same answer, and nothing is done twice; a preview does without it.",
}


class Documented(FastAPI):
    """An application whose document is complete."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A HEAD is answered like a GET; the server leaves the body out."""
        if scope["type"] == "http" and scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}
        await super().__call__(paths.split(scope) if scope["type"] == "http" else scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = _complete(super().openapi())
        return self.openapi_schema

    def allowed(self, path: str) -> str:
        """The methods that a path takes, for an Allow header; the framework knows only those of one route."""
        for template, item in self.openapi()["paths"].items():
            if re.fullmatch(re.sub(r"\{[a-z_]+\}", "[^/]+", template), path):
                return allow(item)
        return allow(("get",))


def _complete(document: dict[str, Any]) -> dict[str, Any]:
    components = document["components"]
    for name in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(name, None)
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    conditions.document(document["paths"])
    for item in document["paths"].values():
        for method, operation in item.items():
            given = operation.get("parameters", [])
            # The dependency that asks for the key is the one that needs a caller.
            known = any(parameter["name"] == KEY for parameter in given)
            operation["security"] = [{"token": []}] if known else [{}, {"token": []}]
            operation["parameters"] = [each for parameter in given if (each := _parameter(method, parameter))]
            if method in ("post", "delete"):
                operation.setdefault("requestBody", NOTHING)
            always = (*ALWAYS, R.UNSUPPORTED_MEDIA_TYPE) if "requestBody" in operation else ALWAYS
            rights = (operation.get("x-allowed", ()), *operation.get("x-allowed-given", {}).values())
            always = always if all(map(_is_for_everybody, rights)) else (*always, R.FORBIDDEN)
            always = (*always, *OF_COMMANDS) if known and method != "get" else always
            operation["responses"] = _responses(operation["responses"], always)
    return document


def _is_for_everybody(who: Collection[str]) -> bool:
    """Whether no token is forbidden to use it."""
    return bool(OPEN.intersection(who)) or {"user", "assistant"} <= set(who)


def _responses(declared: dict[str, Any], always: tuple[RefusalCode, ...]) -> dict[str, Any]:
    """Every refusal as a problem, with those that any route may give."""
    found = {code: {**each, "content": PROBLEM} if code >= "4" else each for code, each in declared.items()}
    for refusal in always:
        entry = found.get(str(refusal.status))
        listed = entry["description"].split(", ") if entry and entry["description"] != "Validation Error" else []
        words = ", ".join(listed if refusal in listed else [*listed, refusal])
        found[str(refusal.status)] = {"description": words, "content": PROBLEM}
    return dict(sorted(found.items()))


def _parameter(method: str, parameter: dict[str, Any]) -> dict[str, Any] | None:
    """The Idempotency-Key only where it means something, and required where a command is refused without it."""
    if parameter["name"] != KEY:
        return parameter
    return {**_KEY, "required": method != "put"} if method in ("post", "put", "patch", "delete") else None

"""Refusals on the wire: application/problem+json (RFC 9457) with a stable code; input is never echoed."""

from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from fastapi import Response
from opentelemetry import trace
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypeAliasType

from shared.refusals import RefusalCode, Refused, declared
from shared.telemetry.logs import logger


class _Listed:
    """Lists the codes in a document: all that are declared when it is made."""

    def __get_pydantic_json_schema__(self, _schema: object, _handler: object) -> dict[str, Any]:
        return {"type": "string", "enum": list(declared())}


Refusal = TypeAliasType("Refusal", Annotated[RefusalCode, _Listed()])
"""A code in an answer; the API document and generated clients know it by this name."""


class Fault(BaseModel):
    """One place where a request is wrong."""

    model_config = ConfigDict(extra="forbid")

    pointer: str = Field(
        description="The way there, e.g. /body/lines/0/quantity or /query/preview; it ends before what is no name."
    )
    detail: str
    allowed: list[str] = Field(default_factory=list, description="The values that would do, where they can be listed.")


class Problem(BaseModel):
    """What every refusal looks like; `code` is stable, `detail` is for people."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(examples=["/problems/wrong_status"])
    title: str
    status: int
    detail: str
    code: Refusal
    trace_id: str = Field(default="", description="What to name when asking us what happened.")
    errors: list[Fault] = Field(default_factory=list, description="Where the request is wrong.")
    current: dict[str, Any] = Field(default_factory=dict, description="What the thing is now, e.g. its status.")


def body_of(refused: Refused) -> bytes:
    """The problem's bytes."""
    code = refused.code
    problem: dict[str, Any] = {
        "type": f"/problems/{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": code.status,
        "detail": code.detail,
        "code": str(code),
    }
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        problem["trace_id"] = f"{context.trace_id:032x}"
    facts = dict(refused.facts)
    if "errors" in facts:
        problem["errors"] = facts.pop("errors")
    if facts:
        problem["current"] = facts
    return orjson.dumps(problem, default=str)


def headers_of(code: RefusalCode) -> dict[str, str]:
    """The headers beside the problem: WWW-Authenticate for 401, Retry-After for what passes."""
    if code.status == 401:
        return {"WWW-Authenticate": "Bearer"}
    return {"Retry-After": "1"} if code.passes else {}


def problem(refused: Refused, headers: Mapping[str, str] | None = None) -> Response:
    """The refusal as a response."""
    status = refused.code.status
    logger().info("request.refused", status=status, code=str(refused.code))
    extra = {**headers_of(refused.code), **(headers or {})}
    return Response(body_of(refused), status, extra, media_type="application/problem+json")


class RefusedError(Exception):
    """Carries a refusal out of places that can't return one (authentication, body checks), before any transaction."""

    def __init__(self, code: RefusalCode, **facts: Any) -> None:
        super().__init__(code)
        self.refused = Refused(code, facts)


def refusals(*codes: RefusalCode) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI `responses` of a route that may refuse with these codes."""
    found: dict[int | str, dict[str, Any]] = {}
    for code in codes:
        entry = found.setdefault(
            code.status, {"model": Problem, "content": {"application/problem+json": {}}, "description": ""}
        )
        entry["description"] = f"{entry['description']}, {code}".lstrip(", ")
    return found

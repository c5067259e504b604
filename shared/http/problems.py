"""Refusals on the wire: application/problem+json (RFC 9457) with a stable code; input is never echoed."""

from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import Response
from opentelemetry import trace
from pydantic import BaseModel, ConfigDict, Field

from shared.refusals import PASSING, Refusal, Refused
from shared.telemetry.logs import logger

_401 = (Refusal.UNAUTHENTICATED, Refusal.SIGNATURE_INVALID, Refusal.SIGNATURE_STALE)
_400 = (Refusal.IDEMPOTENCY_KEY_REQUIRED, Refusal.MALFORMED_REQUEST, Refusal.MALFORMED_JSON)
_403 = (Refusal.FORBIDDEN, Refusal.NOT_A_PARTY, Refusal.ACCOUNT_SUSPENDED, Refusal.REAUTHENTICATION_REQUIRED)
_404 = (Refusal.NOT_FOUND, Refusal.ORDER_NOT_FOUND, Refusal.LISTING_NOT_FOUND)
_422 = (
    Refusal.VALIDATION_FAILED,
    Refusal.IDEMPOTENCY_CONFLICT,
    Refusal.REFUND_AMOUNT_INVALID,
    Refusal.REFUND_REASON_REQUIRED,
    Refusal.REFUSAL_REASON_REQUIRED,
    Refusal.REASON_REQUIRED,
    Refusal.CURRENCY_MISMATCH,
    Refusal.INVALID_DETAILS,
    Refusal.CLOCK_BACKWARDS,
    Refusal.CONTACT_INFORMATION,
)
STATUS: dict[Refusal, int] = {
    **dict.fromkeys(Refusal, 409),
    **dict.fromkeys(_400, 400),
    **dict.fromkeys(_401, 401),
    **dict.fromkeys(_403, 403),
    **dict.fromkeys(_404, 404),
    **dict.fromkeys(_422, 422),
    Refusal.METHOD_NOT_ALLOWED: 405,
    Refusal.VERSION_CONFLICT: 412,
    Refusal.PAYLOAD_TOO_LARGE: 413,
    Refusal.URI_TOO_LONG: 414,
    Refusal.UNSUPPORTED_MEDIA_TYPE: 415,
    Refusal.RATE_LIMITED: 429,
    Refusal.INTERNAL: 500,
    Refusal.UNAVAILABLE: 503,
    Refusal.NOT_YET_KNOWN: 503,
    Refusal.NOT_QUIET: 504,
}
"""The HTTP status of every refusal; what is not named otherwise is a conflict with the state of things: 409."""

DETAIL: dict[Refusal, str] = {
    Refusal.UNAUTHENTICATED: "This needs a valid token in the Authorization header.",
    Refusal.FORBIDDEN: "Your role does not allow this.",
    Refusal.NOT_FOUND: "There is nothing here for you.",
    Refusal.ORDER_NOT_FOUND: "There is no such order, or it is not yours to see.",
    Refusal.LISTING_NOT_FOUND: "There is no such listing for sale.",
    Refusal.NOT_A_PARTY: "Somebody else may do this here, you may not.",
    Refusal.ACCOUNT_SUSPENDED: "The account is suspended.",
    Refusal.REAUTHENTICATION_REQUIRED: "Confirm who you are again, then repeat this.",
    Refusal.WRONG_STATUS: "Its status does not allow this.",
    Refusal.DEADLINE_PASSED: "The time for this is over; the default outcome has happened.",
    Refusal.ESCALATION_NOT_ALLOWED: "A dispute can be requested only after the seller refused a refund.",
    Refusal.REFUND_TOO_EARLY: "A refund can be requested from one hour after the payment.",
    Refusal.REFUND_ALREADY_USED: "This order's refund request was already used.",
    Refusal.REFUND_AMOUNT_INVALID: "The amount must be more than zero and at most what is held, in its currency.",
    Refusal.REFUND_REASON_REQUIRED: "A refund needs one of its reasons and a description.",
    Refusal.REFUSAL_REASON_REQUIRED: "A refusal needs a reason in words.",
    Refusal.REASON_REQUIRED: "This needs a reason in words.",
    Refusal.STOCK_EXHAUSTED: "There is not enough in stock.",
    Refusal.STORE_CLOSED: "The seller's store is closed.",
    Refusal.SELF_PURCHASE: "A seller can't buy from themselves.",
    Refusal.REVIEW_EXISTS: "This order has a review; it can't be changed.",
    Refusal.REPLY_EXISTS: "This review has a reply; it can't be changed.",
    Refusal.REPORT_EXISTS: "This review was reported before.",
    Refusal.WINDOW_CLOSED: "The 30 days for this are over.",
    Refusal.CONTACT_INFORMATION: "Contact information is not allowed here; trade and talk on the platform.",
    Refusal.LISTING_ID_TAKEN: "Another seller uses this listing id.",
    Refusal.CURRENCY_MISMATCH: "All lines, and all listings of one seller, have one currency.",
    Refusal.PAYMENT_METHOD_UNAVAILABLE: "This method can't pay this payment.",
    Refusal.PAYMENT_AMOUNT_MISMATCH: "The order is paid by exactly its amount, in its currency.",
    Refusal.BALANCE_INSUFFICIENT: "The balance is too small.",
    Refusal.INVALID_DETAILS: "The details can't be right for what is asked.",
    Refusal.REFERENCE_CLAIMED: "This reference was claimed before.",
    Refusal.VERSION_CONFLICT: "It has changed since you read it.",
    Refusal.REQUEST_IN_PROGRESS: "The same, or something that excludes it, is being answered right now.",
    Refusal.IDEMPOTENCY_KEY_REQUIRED: "This needs an Idempotency-Key header of 1 to 200 printable characters.",
    Refusal.IDEMPOTENCY_CONFLICT: "This Idempotency-Key was used for another request.",
    Refusal.VALIDATION_FAILED: "The request can't be right; errors says where, if that can be said.",
    Refusal.MALFORMED_REQUEST: "The request could not be read.",
    Refusal.MALFORMED_JSON: "The body is not acceptable JSON.",
    Refusal.PAYLOAD_TOO_LARGE: "The body is too large.",
    Refusal.URI_TOO_LONG: "The path or the query is too long.",
    Refusal.UNSUPPORTED_MEDIA_TYPE: "A body needs the Content-Type application/json, in UTF-8.",
    Refusal.METHOD_NOT_ALLOWED: "This path does not take this method.",
    Refusal.SIGNATURE_INVALID: "The signature is missing or wrong.",
    Refusal.SIGNATURE_STALE: "The signature's time is too far from now.",
    Refusal.CLOCK_BACKWARDS: "The clock only moves forward.",
    Refusal.NOT_QUIET: "The system did not come to rest in time.",
    Refusal.RATE_LIMITED: "Too many requests; come again later.",
    Refusal.UNAVAILABLE: "The service can't answer right now; come again.",
    Refusal.NOT_YET_KNOWN: "This is not known here yet: it may be on its way, or may not exist; come again.",
    Refusal.INTERNAL: "Something went wrong on our side; the trace id helps us find it.",
}


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
        "status": STATUS[code],
        "detail": DETAIL[code],
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


def headers_of(code: Refusal) -> dict[str, str]:
    """What the headers say beside the problem: how to come in, or when to come again."""
    if STATUS[code] == 401:
        return {"WWW-Authenticate": "Bearer"}
    return {"Retry-After": "1"} if code in PASSING else {}


def problem(refused: Refused, headers: Mapping[str, str] | None = None) -> Response:
    """The refusal as a response."""
    status = STATUS[refused.code]
    logger().info("request.refused", status=status, code=str(refused.code))
    extra = {**headers_of(refused.code), **(headers or {})}
    return Response(body_of(refused), status, extra, media_type="application/problem+json")


class RefusedError(Exception):
    """Carries a refusal out of places that can't return one (authentication, body checks), before any transaction."""

    def __init__(self, code: Refusal, **facts: Any) -> None:
        super().__init__(code)
        self.refused = Refused(code, facts)


def refusals(*codes: Refusal) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI `responses` of a route that may refuse with these codes."""
    found: dict[int | str, dict[str, Any]] = {}
    for code in codes:
        entry = found.setdefault(
            STATUS[code], {"model": Problem, "content": {"application/problem+json": {}}, "description": ""}
        )
        entry["description"] = f"{entry['description']}, {code}".lstrip(", ")
    return found

"""Why something is refused: one table of stable codes with their HTTP status and sentence (rules 3.6).

Here are the codes that any service may answer; those of one service are in its refusals.py. docs/problems.md is made of
them all.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

PASSES = True
"""Marks a code whose cause passes by itself: the answer says when to repeat the request, with the same key."""


class RefusalCode(StrEnum):
    """The base of all tables of codes. A member is its code, as it is in answers, logs and metrics."""

    status: int
    """The HTTP status of the answer."""
    detail: str
    """One sentence for people; it may be reworded."""
    passes: bool
    """Whether the same request may succeed soon without a change."""

    def __new__(cls, code: str, status: int, detail: str, passes: bool = False) -> Self:
        """A member with its columns."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.status, member.detail, member.passes = status, detail, passes
        return member

    @property
    def is_stored(self) -> bool:
        """Whether the refusal is stored under an Idempotency-Key. One that passes is not, nor is `not_found`, nor
        `rate_limited`.

        What is not found may be on its way from another service, and a limit ends; nothing was done, so the same request
        may be sent again.
        """
        return not self.passes and self not in (Refusal.NOT_FOUND, Refusal.RATE_LIMITED)


# fmt: off
class Refusal(RefusalCode):
    """The codes that any service may answer."""

    IDEMPOTENCY_KEY_REQUIRED = "idempotency_key_required", 400, "This needs an Idempotency-Key header of 1 to 200 printable characters."
    MALFORMED_REQUEST = "malformed_request", 400, "The request could not be read."
    MALFORMED_JSON = "malformed_json", 400, "The body is not acceptable JSON."
    UNAUTHENTICATED = "unauthenticated", 401, "This needs a valid token in the Authorization header."
    FORBIDDEN = "forbidden", 403, "Your role does not allow this."
    NOT_A_PARTY = "not_a_party", 403, "Somebody else may do this here, you may not."
    ACCOUNT_SUSPENDED = "account_suspended", 403, "The account is suspended."
    NOT_FOUND = "not_found", 404, "There is nothing here for you."
    ORDER_NOT_FOUND = "order_not_found", 404, "There is no such order, or it is not yours to see."
    LISTING_NOT_FOUND = "listing_not_found", 404, "There is no such listing for sale."
    METHOD_NOT_ALLOWED = "method_not_allowed", 405, "This path does not take this method."
    WRONG_STATUS = "wrong_status", 409, "Its status does not allow this."
    DEADLINE_PASSED = "deadline_passed", 409, "The time for this is over; the default outcome has happened."
    REQUEST_IN_PROGRESS = "request_in_progress", 409, "The same, or something that excludes it, is being answered right now.", PASSES
    VERSION_CONFLICT = "version_conflict", 412, "It has changed since you read it."
    PAYLOAD_TOO_LARGE = "payload_too_large", 413, "The body is too large."
    URI_TOO_LONG = "uri_too_long", 414, "The path or the query is too long."
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type", 415, "The body is of a type that this path does not take; JSON is application/json in UTF-8."
    REFUND_AMOUNT_INVALID = "refund_amount_invalid", 422, "The amount must be more than zero and at most what is held, in its currency."
    REASON_REQUIRED = "reason_required", 422, "This needs a reason in words."
    CONTACT_INFORMATION = "contact_information", 422, "Contact information is not allowed here; trade and talk on the platform."
    IDEMPOTENCY_CONFLICT = "idempotency_conflict", 422, "This Idempotency-Key was used for another request."
    VALIDATION_FAILED = "validation_failed", 422, "The request can't be right; errors says where, if that can be said."
    RATE_LIMITED = "rate_limited", 429, "Too many requests; come again later."
    INTERNAL = "internal", 500, "Something went wrong on our side; the trace id helps us find it."
    UNAVAILABLE = "unavailable", 503, "The service can't answer right now; come again.", PASSES
# fmt: on


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal with the facts that help the caller, e.g. the status the order has now. Facts never echo input.

    Commands and queries return it; a refusal is a value, never an exception.
    """

    code: RefusalCode
    facts: Mapping[str, Any] = field(default_factory=dict)
    """`errors` lists where the request is wrong (`pointer`, `detail`, `allowed`); the others are what the thing is now."""


def declared() -> tuple[RefusalCode, ...]:
    """All codes of the packages that this process has imported, sorted: the common ones and the service's own."""
    return tuple(sorted(code for table in RefusalCode.__subclasses__() for code in table))


def conflict_of_interest(deciding: Collection[str], *concerned: str | None) -> Refusal | None:
    """The one rule of every command of support: nobody decides about themselves, nor an assistant about their seller.

    `deciding` are the person of the token and the account acted for, `concerned` the users whom the decision is about.
    """
    return Refusal.NOT_A_PARTY if any(each in deciding for each in concerned) else None

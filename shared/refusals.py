"""Every named no of the system: one list of stable codes, the same in tables, answers and logs (rules 3.6)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Refusal(StrEnum):
    """A refusal is a value that a command returns, never an exception; its text is the `code` on the wire."""

    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    ORDER_NOT_FOUND = "order_not_found"
    LISTING_NOT_FOUND = "listing_not_found"
    NOT_A_PARTY = "not_a_party"
    ACCOUNT_SUSPENDED = "account_suspended"
    REAUTHENTICATION_REQUIRED = "reauthentication_required"
    WRONG_STATUS = "wrong_status"
    DEADLINE_PASSED = "deadline_passed"
    ESCALATION_NOT_ALLOWED = "escalation_not_allowed"
    REFUND_TOO_EARLY = "refund_too_early"
    REFUND_ALREADY_USED = "refund_already_used"
    REFUND_AMOUNT_INVALID = "refund_amount_invalid"
    REFUND_REASON_REQUIRED = "refund_reason_required"
    REFUSAL_REASON_REQUIRED = "refusal_reason_required"
    REASON_REQUIRED = "reason_required"
    STOCK_EXHAUSTED = "stock_exhausted"
    STORE_CLOSED = "store_closed"
    SELF_PURCHASE = "self_purchase"
    REVIEW_EXISTS = "review_exists"
    REPLY_EXISTS = "reply_exists"
    REPORT_EXISTS = "report_exists"
    WINDOW_CLOSED = "window_closed"
    CONTACT_INFORMATION = "contact_information"
    LISTING_ID_TAKEN = "listing_id_taken"
    CURRENCY_MISMATCH = "currency_mismatch"
    PAYMENT_METHOD_UNAVAILABLE = "payment_method_unavailable"
    PAYMENT_AMOUNT_MISMATCH = "payment_amount_mismatch"
    BALANCE_INSUFFICIENT = "balance_insufficient"
    INVALID_DETAILS = "invalid_details"
    REFERENCE_CLAIMED = "reference_claimed"
    VERSION_CONFLICT = "version_conflict"
    REQUEST_IN_PROGRESS = "request_in_progress"
    IDEMPOTENCY_KEY_REQUIRED = "idempotency_key_required"
    IDEMPOTENCY_CONFLICT = "idempotency_conflict"
    VALIDATION_FAILED = "validation_failed"
    MALFORMED_REQUEST = "malformed_request"
    MALFORMED_JSON = "malformed_json"
    PAYLOAD_TOO_LARGE = "payload_too_large"
    URI_TOO_LONG = "uri_too_long"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    SIGNATURE_INVALID = "signature_invalid"
    SIGNATURE_STALE = "signature_stale"
    CLOCK_BACKWARDS = "clock_backwards"
    NOT_QUIET = "not_quiet"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    NOT_YET_KNOWN = "not_yet_known"
    INTERNAL = "internal"


PASSING = frozenset({Refusal.UNAVAILABLE, Refusal.NOT_YET_KNOWN, Refusal.REQUEST_IN_PROGRESS})
"""Refusals that pass by themselves: they say when to come again, with the same Idempotency-Key."""

NOT_KEPT = PASSING | {Refusal.NOT_FOUND}
"""Refusals that are not kept under an Idempotency-Key. What is not found today may only be on its way here from another
service; nothing was done, so that asking again is safe.
"""


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal with the facts that help the caller, e.g. the status the order has now. Facts never echo input."""

    code: Refusal
    facts: Mapping[str, Any] = field(default_factory=dict)


def conflict_of_interest(asking: Collection[str], *concerned: str | None) -> Refusal | None:
    """The one rule of every command of support: nobody decides about themselves, nor an assistant about their seller.

    `asking` are the person of the token and the account acted for, `concerned` the users whom the decision is about.
    """
    return Refusal.NOT_A_PARTY if any(each in asking for each in concerned) else None

"""Every refusal has a status, a sentence, and the same form; it never repeats what was sent."""

from typing import Any

import orjson
import pytest

from deploy import services
from services.payments.refusals import PaymentsRefusal
from shared.http.problems import RefusedError, problem, refusals
from shared.refusals import Refusal, RefusalCode, Refused

CODES = services.refusals()
BY_STATUS = {
    400: {"idempotency_key_required", "malformed_json"},
    401: {"unauthenticated", "signature_invalid", "signature_stale"},
    403: {"forbidden", "not_a_party", "account_suspended", "reauthentication_required"},
    404: {"not_found", "order_not_found", "listing_not_found"},
    409: {"wrong_status", "deadline_passed", "self_purchase", "store_closed", "stock_exhausted", "listing_id_taken"},
    422: {"refund_amount_invalid", "refund_reason_required", "refusal_reason_required", "reason_required"}
    | {"currency_mismatch", "idempotency_conflict", "clock_backwards", "validation_failed"},
    429: {"rate_limited"},
    503: {"unavailable", "not_yet_known"},
    504: {"not_quiet"},
}


def body_of(refused: Refused) -> dict[str, Any]:
    """The problem as a client reads it."""
    found: dict[str, Any] = orjson.loads(problem(refused).body)
    return found


class TestWhatDoesARefusalLookLike:
    @pytest.mark.parametrize("code", CODES)
    def test_every_refusal_has_a_status_and_a_sentence(self, code: RefusalCode) -> None:
        body = body_of(Refused(code))
        assert body["status"] == code.status >= 400
        assert body["detail"] == code.detail
        assert code.detail.endswith(".")
        assert (body["code"], body["type"]) == (code, f"/problems/{code}")
        assert set(body) == {"type", "title", "status", "detail", "code"}

    @pytest.mark.parametrize(("status", "codes"), BY_STATUS.items())
    def test_the_status_is_the_one_that_clients_rely_on(self, status: int, codes: set[str]) -> None:
        assert {code.status for code in CODES if code in codes} == {status}
        assert codes <= set(CODES)

    def test_no_code_and_no_sentence_is_declared_twice(self) -> None:
        assert len(set(CODES)) == len({code.detail for code in CODES}) == len(CODES)

    def test_it_is_problem_json(self) -> None:
        answer = problem(Refused(Refusal.WRONG_STATUS))
        assert (answer.status_code, answer.media_type) == (409, "application/problem+json")

    def test_a_401_names_the_authentication_scheme(self) -> None:
        assert problem(Refused(Refusal.UNAUTHENTICATED)).headers["www-authenticate"] == "Bearer"

    @pytest.mark.parametrize("code", [Refusal.UNAVAILABLE, Refusal.REQUEST_IN_PROGRESS, PaymentsRefusal.NOT_YET_KNOWN])
    def test_what_passes_by_itself_has_retry_after(self, code: RefusalCode) -> None:
        assert problem(Refused(code)).headers["retry-after"] == "1"

    def test_the_state_of_things_comes_with_it(self) -> None:
        body = body_of(Refused(Refusal.WRONG_STATUS, {"status": "refunded", "version": 4}))
        assert body["current"] == {"status": "refunded", "version": 4}

    def test_where_the_request_is_wrong_comes_with_it(self) -> None:
        errors = [{"pointer": "/body/amount", "detail": "too much"}]
        assert body_of(Refused(Refusal.VALIDATION_FAILED, {"errors": errors}))["errors"] == errors


class TestHowDoesARouteDeclareItsRefusals:
    def test_those_of_one_status_share_an_entry(self) -> None:
        found = refusals(Refusal.NOT_FOUND, Refusal.WRONG_STATUS, Refusal.DEADLINE_PASSED)
        assert {status: entry["description"] for status, entry in found.items()} == {
            404: "not_found",
            409: "wrong_status, deadline_passed",
        }

    def test_an_error_carries_one_out_of_places_that_cant_return_it(self) -> None:
        assert RefusedError(Refusal.FORBIDDEN).refused == Refused(Refusal.FORBIDDEN)

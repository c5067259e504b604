"""What belongs to an Idempotency-Key: all that a repeat must have in common with the first request."""

import pytest
from fastapi import Request

from shared.http.executor import _fingerprints


def request(
    method: str = "POST", path: str = "/v1/orders/K1/confirm", query: str = "a=1", body: bytes = b"{}"
) -> Request:
    """A request as a service receives it."""

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    scope = {"type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": []}
    return Request(scope, receive)


async def test_the_same_request_has_the_same_fingerprint() -> None:
    assert await _fingerprints(request()) == await _fingerprints(request())


@pytest.mark.parametrize(
    "other",
    [
        {"method": "DELETE"},
        {"path": "/v1/orders/K2/confirm"},
        {"query": "a=2"},
        {"query": ""},
        {"body": b""},
        {"body": b"{ }"},
    ],
    ids=str,
)
async def test_another_method_path_query_or_body_has_another(other: dict[str, str]) -> None:
    assert await _fingerprints(request(**other)) != await _fingerprints(request())  # type: ignore[arg-type]


async def test_of_a_secret_body_it_is_made_with_a_key_and_recognised_with_an_older_one() -> None:
    newest, older = b"2" * 32, b"1" * 32
    before = await _fingerprints(request(), (older,))
    after = await _fingerprints(request(), (newest, older))
    assert before[0] in after
    assert before[0] != after[0]
    assert not {*before, *after} & {*await _fingerprints(request())}

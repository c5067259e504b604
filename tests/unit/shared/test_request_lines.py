"""Whoever names a request id or a trace id finds the lines of that request."""

from typing import Any

import pytest
import structlog
from starlette.types import Message, Receive, Scope, Send

from shared.db.outbox import Correlation, correlated
from shared.http.problems import problem
from shared.http.server import Identified
from shared.refusals import Refusal, RefusalCode, Refused


async def requested(path: str, *headers: tuple[bytes, bytes]) -> tuple[dict[str, Any], list[Message], list[Any]]:
    """What was bound inside, what was answered, and the headers that the application saw."""
    seen: dict[str, Any] = {}
    sent: list[Message] = []
    passed: list[Any] = []

    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        seen.update(structlog.contextvars.get_contextvars())
        passed.extend(scope["headers"])
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "GET", "path": path, "headers": list(headers)}
    await Identified(app)(scope, receive, send)
    return seen, sent, passed


class TestRequestId:
    async def test_its_own_is_bound_passed_on_and_answered(self) -> None:
        own = (b"x-request-id", b"client-id-1")
        seen, sent, passed = await requested("/v1/x", own, (b"accept", b"*/*"))
        assert (seen["request_id"], seen["request"]) == ("client-id-1", "GET /v1/x")
        assert sent[0]["headers"] == [own]
        assert own in passed

    @pytest.mark.parametrize("given", [b"", b"short", b"x" * 65, b"with space", b"line\nbreak"])
    async def test_what_could_not_be_searched_for_is_replaced(self, given: bytes) -> None:
        seen, sent, passed = await requested("/v1/x", (b"x-request-id", given))
        assert len(seen["request_id"]) == 32
        assert sent[0]["headers"] == [(b"x-request-id", seen["request_id"].encode())] == passed

    async def test_nothing_of_it_is_left_for_the_next_one(self) -> None:
        await requested("/v1/x")
        assert "request_id" not in structlog.contextvars.get_contextvars()

    async def test_the_platform_has_none(self) -> None:
        seen, sent, _ = await requested("/readyz")
        assert (seen, sent[0]["headers"]) == ({}, [])

    def test_a_message_s_lines_have_the_id_of_the_request_that_caused_it(self) -> None:
        with correlated(Correlation("client-id-1")):
            assert structlog.contextvars.get_contextvars()["request_id"] == "client-id-1"


@pytest.mark.parametrize("code", [Refusal.UNAUTHENTICATED, Refusal.VALIDATION_FAILED, Refusal.NOT_FOUND])
def test_every_refusal_is_a_line(code: RefusalCode) -> None:
    with structlog.testing.capture_logs() as lines:
        answer = problem(Refused(code))
    assert [(line["event"], line["code"], line["status"]) for line in lines] == [
        ("request.refused", str(code), answer.status_code)
    ]

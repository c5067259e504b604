"""A command that takes nothing refuses every body with content; a webhook reads its bytes itself."""

import httpx2
import pytest
from fastapi import APIRouter, FastAPI, Request, Response

from deploy.services import SERVICES
from shared.http.access import allowed
from shared.http.fields import Body
from shared.http.problems import RefusedError, problem
from shared.http.strict import StrictRoute
from tests.support.documents import document


class Known(Body):
    """A body with one field."""

    reason: str | None = None


class Anybody:
    """Accepts no token."""

    def caller(self, _authorization: str | None) -> None:
        """There is no caller."""


def application() -> FastAPI:
    """Routes that take nothing, something, and signed bytes."""
    router = APIRouter(route_class=StrictRoute)
    for method in ("GET", "POST", "DELETE"):
        router.add_api_route("/nothing", _nothing, methods=[method], openapi_extra=allowed("anyone"))
    router.add_api_route("/something", _something, methods=["POST"], openapi_extra=allowed("anyone"))
    signed = {**allowed("provider"), "requestBody": {}}
    router.add_api_route("/signed", _signed, methods=["POST"], openapi_extra=signed)
    app = FastAPI(exception_handlers={RefusedError: _refused})
    app.state.tokens = Anybody()
    app.include_router(router)
    return app


async def _nothing() -> str:
    return "done"


async def _something(body: Known | None = None) -> str:
    return str(body and body.reason)


async def _signed(request: Request) -> str:
    return (await request.body()).decode()


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)
    return problem(error.refused)


async def send(method: str, path: str, content: bytes) -> httpx2.Response:
    """One request with these bytes."""
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(application()), base_url="http://here") as client:
        return await client.request(method, path, content=content, headers={"Content-Type": "application/json"})


@pytest.mark.parametrize("method", ["POST", "DELETE"])
class TestACommandThatTakesNothing:
    @pytest.mark.parametrize("content", [b"", b"{}", b" { }\n"])
    async def test_it_is_done_without_a_body_or_with_an_empty_object(self, method: str, content: bytes) -> None:
        assert (await send(method, "/nothing", content)).json() == "done"

    @pytest.mark.parametrize("content", [b'{"hand_over":5}', b"[1]", b"[]", b"null", b"0", b'""', b"NaN"])
    async def test_a_body_with_content_fails_the_validation(self, method: str, content: bytes) -> None:
        answer = await send(method, "/nothing", content)
        assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
        assert "hand_over" not in answer.text

    @pytest.mark.parametrize("content", [b"{", b"\xff", b'{"a":1,"a":2}', b" ", b"hello=1"])
    async def test_a_body_that_is_no_json_is_malformed(self, method: str, content: bytes) -> None:
        answer = await send(method, "/nothing", content)
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json")


class TestOtherRoutes:
    async def test_a_route_with_a_body_judges_it_by_its_fields(self) -> None:
        assert (await send("POST", "/something", b'{"reason":"late"}')).json() == "late"
        assert (await send("POST", "/something", b"")).json() == "None"
        assert (await send("POST", "/something", b"{")).json()["code"] == "malformed_json"

    async def test_a_route_that_describes_its_bytes_gets_them_as_they_came(self) -> None:
        assert (await send("POST", "/signed", b"{signed")).json() == "{signed"

    async def test_a_body_of_a_read_means_nothing(self) -> None:
        assert (await send("GET", "/nothing", b"{")).json() == "done"


@pytest.mark.parametrize("service", SERVICES)
class TestWhatTheDocumentsSay:
    def test_every_command_says_which_body_it_takes(self, service: str) -> None:
        result = {
            f"{method} {path}": "requestBody" in operation
            for path, item in document(service)["paths"].items()
            for method, operation in item.items()
            if method != "get"
        }
        assert {name for name, given in result.items() if not given} == set()

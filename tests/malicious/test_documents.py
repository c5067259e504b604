"""The OpenAPI documents say what the services do: every answer that comes is described, every refusal is a Problem."""

from typing import Any

import httpx2
import pytest

from deploy.services import SERVICES
from deploy.stack import Stack
from tests.support.effort import EFFORT, SEED
from tests.support.malicious.documents import NOT_SENT, compare
from tests.support.malicious.ground import Ground, faultless

EXAMPLES = 2 if EFFORT == 1 else 4 * EFFORT
"""Random requests per operation, beside the examples and the edge cases."""
EVERY_SERVICE = pytest.mark.parametrize("service", SERVICES)
EVERYWHERE = {"400", "401", "413", "414", "422", "429", "503"}
PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


@pytest.fixture(params=SERVICES)
def document(request: pytest.FixtureRequest, stack: Stack) -> dict[str, Any]:
    """The OpenAPI document of one service."""
    found: dict[str, Any] = httpx2.get(
        verify=False, url=f"http://127.0.0.1:{stack.ports[request.param]}/openapi.json"
    ).json()
    return found


def operations(document: dict[str, Any]) -> dict[str, Any]:
    """Every operation by its method and path."""
    return {
        f"{method.upper()} {path}": operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }


class TestDoTheServicesDoWhatTheySay:
    @EVERY_SERVICE
    async def test_every_answer_to_a_generated_request_is_as_the_document_says(
        self, ground: Ground, service: str
    ) -> None:
        async with faultless(ground):
            found = compare(ground.market.stack, service, EXAMPLES, SEED)
        assert found.wrong == [], f"{len(found.wrong)} of {found.sent.total()} with SEED={SEED}"
        assert set(found.sent) >= {route.name for route in ground.routes if route.service == service}
        assert min(found.sent.values()) >= 2
        assert len(found.checks) >= 10
        assert not found.checks & set(NOT_SENT)


class TestWhatTheDocumentsSay:
    def test_every_refusal_is_a_problem_and_nothing_else(self, document: dict[str, Any]) -> None:
        found = {
            f"{name} {status}": answer.get("content")
            for name, operation in operations(document).items()
            for status, answer in operation["responses"].items()
            if status >= "4"
        }
        assert {name for name, content in found.items() if content != PROBLEM} == set()

    def test_what_any_route_may_answer_is_documented_for_every_route(self, document: dict[str, Any]) -> None:
        missing = {name: EVERYWHERE - set(each["responses"]) for name, each in operations(document).items()}
        assert {name: codes for name, codes in missing.items() if codes} == {}

    def test_a_problem_is_described_to_its_last_field(self, document: dict[str, Any]) -> None:
        problem = document["components"]["schemas"]["Problem"]
        assert problem["additionalProperties"] is False
        assert set(problem["required"]) == {"type", "title", "status", "detail", "code"}

    def test_who_needs_a_token_and_who_needs_a_key_is_documented(self, document: dict[str, Any]) -> None:
        for name, each in operations(document).items():
            keys = [parameter for parameter in each["parameters"] if parameter["name"] == "Idempotency-Key"]
            assert each["security"] in ([{"token": []}], [{}, {"token": []}])
            assert bool(keys) == (each["security"] == [{"token": []}] and not name.startswith("GET "))

"""What every route of every service makes of a request before it asks its database: names, types, methods, faults."""

from types import SimpleNamespace
from typing import Any

import httpx2
import orjson
import pytest
from fastapi import FastAPI

from deploy.docs.applications import application
from deploy.services import SERVICES
from shared.actor import Actor
from tests.support.documents import EXAMPLES, Operation, document, operations

OPERATIONS = [operation for service in SERVICES for operation in operations(service)]
WITH_BODY = [each for each in OPERATIONS if each.method != "GET" and "provider" not in each.allowed]
"""A provider's webhook is read as signed bytes, whatever their type."""
EVERY = pytest.mark.parametrize("operation", OPERATIONS, ids=str)
FORM = ("/v1/sandbox/payments/{attempt_id}/page", "application/x-www-form-urlencoded")
"""The one path that takes a form, which browsers send without JavaScript."""
EVERY_BODY = pytest.mark.parametrize("operation", WITH_BODY, ids=str)
OTHER_TYPES = (
    None,
    "",
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/merge-patch+json",
    "application/json; charset=utf-16",
    "application/json, text/plain",
)
NAMES = ("Preview", "x_1", "_", "a" * 64)
"""Misspelt names, which the refusal repeats."""
SECRETS = ("4111111111111111", "eve@example.com", "a" * 65, "a b", "", "é", "a/b")
"""What somebody may have sent in the place of a name: it is not repeated."""


@pytest.fixture(scope="module")
def applications() -> dict[str, FastAPI]:
    """Every service without its database; the caller has every role."""
    made = {service: application(service, {}) for service in SERVICES}
    somebody = SimpleNamespace(
        sub="eve", user="eve", acts_for=None, actor=Actor("eve", "support"), has=lambda _role: True
    )
    for app in made.values():
        app.state.tokens = SimpleNamespace(caller=lambda _authorization: somebody)
    return made


async def send(
    app: FastAPI, method: str, path: str, query: dict[str, str] | None = None, **sent: Any
) -> tuple[httpx2.Response, Any]:
    """One request without a network, and its answer's body."""
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://market") as client:
        answer = await client.request(method, path.format_map(EXAMPLES), params=query, **sent)
    return answer, answer.json() if answer.content else None


class TestNamesInTheQuery:
    @EVERY
    async def test_an_unknown_name_is_refused_and_named(
        self, applications: dict[str, FastAPI], operation: Operation
    ) -> None:
        answer, body = await send(
            applications[operation.service], operation.method, operation.path, {"Preview": "true"}
        )
        assert (answer.status_code, body["code"]) == (422, "validation_failed")
        assert [each["pointer"] for each in body["errors"]] == ["/query/Preview"]

    @pytest.mark.parametrize("name", NAMES)
    async def test_what_can_be_a_name_is_repeated(self, applications: dict[str, FastAPI], name: str) -> None:
        _, body = await send(applications["orders"], "GET", "/v1/listings", {name: "1"})
        assert body["errors"][0]["pointer"] == f"/query/{name}"
        assert "category, currency" in body["errors"][0]["detail"]

    @pytest.mark.parametrize("name", SECRETS)
    async def test_what_cannot_be_one_is_not(self, applications: dict[str, FastAPI], name: str) -> None:
        answer, body = await send(applications["orders"], "GET", "/v1/listings", {name: "1"})
        assert (answer.status_code, body["errors"][0]["pointer"]) == (422, "/query")
        assert not name or name not in answer.text

    async def test_a_name_that_comes_twice_is_refused_and_named(self, applications: dict[str, FastAPI]) -> None:
        answer, body = await send(applications["orders"], "GET", "/v1/listings?limit=1&limit=2")
        assert (answer.status_code, body["errors"]) == (
            422,
            [{"pointer": "/query/limit", "detail": "given more than once"}],
        )


class TestTheTypeOfABody:
    @EVERY_BODY
    @pytest.mark.parametrize("kind", OTHER_TYPES)
    async def test_what_is_not_declared_as_json_is_415(
        self, applications: dict[str, FastAPI], operation: Operation, kind: str | None
    ) -> None:
        headers = {} if kind is None else {"Content-Type": kind}
        sent: dict[str, Any] = {"content": orjson.dumps(operation.body), "headers": headers}
        answer, body = await send(applications[operation.service], operation.method, operation.path, **sent)
        if (operation.path, kind) == FORM:
            assert (answer.status_code, body["code"]) == (403, "form_invalid")
        else:
            assert (answer.status_code, body["code"]) == (415, "unsupported_media_type")

    @pytest.mark.parametrize("kind", ["application/json", "Application/JSON; charset=UTF-8", "application/json;"])
    async def test_json_is_read(self, applications: dict[str, FastAPI], kind: str) -> None:
        sent: dict[str, Any] = {"content": b"{", "headers": {"Content-Type": kind}}
        _, body = await send(applications["scheduler"], "POST", "/v1/sandbox/clock/advance", **sent)
        assert body["code"] == "malformed_json"

    def test_the_documents_say_so_where_there_is_a_body(self) -> None:
        reads_bytes = "POST /v1/webhooks/{provider}"
        result = {str(each) for each in OPERATIONS if "415" in _operation(each)["responses"]} - {reads_bytes}
        assert result == {str(each) for each in WITH_BODY}


class TestFaultsInABody:
    @pytest.mark.parametrize("name", NAMES)
    async def test_a_misspelt_field_is_named(self, applications: dict[str, FastAPI], name: str) -> None:
        body = {"lines": [{"listing_id": "x", "quantity": 1, name: 1}]}
        _, result = await send(applications["orders"], "POST", "/v1/checkouts", json=body)
        assert [each["pointer"] for each in result["errors"]] == [f"/body/lines/0/{name}"]

    @pytest.mark.parametrize("name", SECRETS)
    async def test_a_secret_in_its_place_is_not(self, applications: dict[str, FastAPI], name: str) -> None:
        body = {"lines": [{"listing_id": "x", "quantity": 1, name: 1}]}
        answer, result = await send(applications["orders"], "POST", "/v1/checkouts", json=body)
        assert (answer.status_code, [each["pointer"] for each in result["errors"]]) == (422, ["/body/lines/0"])
        assert not name or name not in answer.text

    async def test_of_a_list_of_values_all_are_named(self, applications: dict[str, FastAPI]) -> None:
        _, result = await send(applications["orders"], "POST", "/v1/orders/{number}/decision", json={"outcome": "none"})
        assert [(each["pointer"], each["allowed"]) for each in result["errors"]] == [
            ("/body/outcome", ["refund", "complete"])
        ]

    async def test_also_in_a_query(self, applications: dict[str, FastAPI]) -> None:
        _, result = await send(applications["orders"], "GET", "/v1/orders", {"status": "gone"})
        assert (result["errors"][0]["pointer"], len(result["errors"][0]["allowed"])) == ("/query/status", 10)
        _, result = await send(applications["orders"], "GET", "/v1/listings", {"category": "weapon"})
        assert result["errors"][0]["allowed"] == ["item", "currency", "account", "top_up", "gift_card"]


class TestMethods:
    @pytest.mark.parametrize("path", sorted({each.path for each in OPERATIONS}))
    async def test_a_405_says_which_methods_the_path_takes(self, applications: dict[str, FastAPI], path: str) -> None:
        here = [each for each in OPERATIONS if each.path == path]
        taken = (
            {each.method for each in here} | {"OPTIONS"} | ({"HEAD"} if "GET" in {e.method for e in here} else set())
        )
        answer, _ = await send(applications[here[0].service], "PATCH", path)
        assert (answer.status_code, answer.headers["allow"]) == (405, ", ".join(sorted(taken)))


def _operation(operation: Operation) -> Any:
    return document(operation.service)["paths"][operation.path][operation.method.lower()]

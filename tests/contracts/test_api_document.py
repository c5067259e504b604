"""The merged API document tells clients what they generate from: one name per operation, values, times and keys."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from deploy.docs import openapi
from deploy.docs.pages import DOCS
from deploy.gateway.routes import ROUTES
from deploy.gateway.surface import FILES, methods
from deploy.services import refusals
from services.orders.domain.actions import BUYER, SELLER, SUPPORT
from services.orders.domain.order import Status
from services.orders.domain.policy import BUYER_REASONS, SELLER_REASONS

DOCUMENT: dict[str, Any] = json.loads((DOCS / "openapi.json").read_text())
SCHEMAS = DOCUMENT["components"]["schemas"]
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
}
PAGE = (DOCS / "api.html").read_text()


def inside(value: Any, key: str) -> Iterator[Any]:
    """Every value under this key, however deep."""
    if isinstance(value, dict):
        yield from ([value[key]] if key in value else [])
        for inner in value.values():
            yield from inside(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from inside(inner, key)


def values(schema: str, field: str) -> set[str]:
    """The values that the document lists for a field."""
    result = SCHEMAS[schema]["properties"][field]
    found = [result, *(SCHEMAS[each.rpartition("/")[2]] for each in inside(result, "$ref"))]
    return {value for each in found for listed in inside(each, "enum") for value in listed}


class TestWhatItHolds:
    def test_everything_that_the_gateway_answers_and_nothing_else(self) -> None:
        assert set(DOCUMENT["paths"]) == {route.path for route in ROUTES} | set(FILES) == set(methods())

    def test_it_is_one_version_served_from_one_place(self) -> None:
        assert DOCUMENT["openapi"].startswith("3.1")
        assert [each["url"] for each in DOCUMENT["servers"]] == ["/"]

    def test_every_reference_leads_somewhere(self) -> None:
        assert {each.rpartition("/")[2] for each in inside(DOCUMENT, "$ref")} <= set(SCHEMAS)

    def test_what_two_services_call_alike_and_mean_otherwise_is_renamed(self) -> None:
        assert {name for name in SCHEMAS if name.endswith("ClockView")} == {
            "DisputesClockView",
            "OrdersClockView",
            "SchedulerClockView",
        }
        assert [name for name, each in SCHEMAS.items() if each["title"] != name] == []

    def test_a_renamed_schema_renames_who_refers_to_it(self) -> None:
        leaf, ref = {"type": "string"}, {"properties": {"a": {"$ref": "#/components/schemas/Leaf"}}}
        found = openapi._renamed(
            {"one": {"Leaf": leaf, "Same": leaf, "User": ref}, "two": {"Leaf": {}, "Same": leaf, "User": ref}}
        )
        assert [new for _, new, _ in found["one"]] == ["OneLeaf", "Same", "OneUser"]
        assert found["two"][2][2]["properties"]["a"]["$ref"].endswith("/TwoLeaf")


class TestNames:
    def test_every_operation_has_one_of_its_own(self) -> None:
        ids = Counter(each["operationId"] for each in OPERATIONS.values())
        assert {name for name, count in ids.items() if count > 1} == set()
        assert [name for name in ids if not re.fullmatch("[a-z][a-z_]*", name)] == []

    @pytest.mark.parametrize("action", [*BUYER, *SELLER, *SUPPORT])
    def test_an_action_of_an_order_is_an_operation(self, action: str) -> None:
        (found,) = [name for name, each in OPERATIONS.items() if each["operationId"] == action]
        assert found.startswith(("POST ", "DELETE "))


class TestValues:
    def test_status_action_and_deadline_are_listed(self) -> None:
        assert values("OrderView", "status") == set(Status)
        assert values("ActionView", "name") == {*BUYER, *SELLER, *SUPPORT}
        assert values("OrdersDeadlineView", "kind") == {f"D{number}" for number in range(1, 8)}
        assert values("OrdersDeadlineView", "outcome") == set(Status)
        assert values("ActionView", "code") == values("Problem", "code") == set(refusals())

    def test_reasons_are_listed_where_they_are_asked_and_answered(self) -> None:
        assert values("RefundRequestIn", "reason") == values("RequestView", "reason") == BUYER_REASONS
        assert values("RefundIn", "reason") == SELLER_REASONS

    def test_every_time_is_a_date_time(self) -> None:
        fields = [
            (name, field, result)
            for name, each in SCHEMAS.items()
            for field, result in each.get("properties", {}).items()
        ]
        times = [(name, field, kind) for name, field, kind in fields if field == "at" or field.endswith("_at")]
        assert len(times) > 30
        assert [f"{name}.{field}" for name, field, result in times if "date-time" not in inside(result, "format")] == []


class TestKeys:
    @pytest.mark.parametrize("name", OPERATIONS)
    def test_the_key_is_required_where_a_command_is_refused_without_it(self, name: str) -> None:
        operation = OPERATIONS[name]
        keys = [each["required"] for each in operation["parameters"] if each["name"] == "Idempotency-Key"]
        if name.startswith("GET ") or {} in operation["security"]:
            assert keys == []
        else:
            assert keys == [not name.startswith("PUT ")]


class TestThePage:
    def test_it_shows_every_operation_every_schema_and_every_problem(self) -> None:
        anchors = set(re.findall(r'id="([^"]+)"', PAGE))
        assert {each["operationId"] for each in OPERATIONS.values()} <= anchors
        assert {f"schema-{name}" for name in SCHEMAS} <= anchors
        assert {f"problem-{code}" for code in refusals()} <= anchors

    def test_every_link_of_it_leads_somewhere(self) -> None:
        anchors = set(re.findall(r'id="([^"]+)"', PAGE))
        links = set(re.findall(r'href="([^"]+)"', PAGE))
        assert {each for each in links if not each.startswith("#")} == {"/v1/openapi.json"}
        assert {each.removeprefix("#") for each in links if each.startswith("#")} <= anchors

    def test_it_needs_nothing_from_elsewhere(self) -> None:
        assert re.findall(r"<(script|link|img|iframe)|\bsrc=|@import|url\(", PAGE) == []

"""The gateway's table and the services' OpenAPI documents are the same set of paths, each with one answerer."""

import re
from typing import Any

import pytest

from deploy.gateway.routes import ROUTES, in_order, resolve
from deploy.services import SERVICES
from tests.support.documents import document

EXAMPLES = {"failed_id": "7", "number": "K5657777893", "payment_number": "P5657777893"}
EVERY_SERVICE = pytest.mark.parametrize("service", SERVICES)


@pytest.fixture(scope="module")
def paths() -> dict[str, set[str]]:
    """The paths in every service's OpenAPI document."""
    return {service: set(document(service)["paths"]) for service in SERVICES}


def concrete(path: str) -> str:
    """The path with its parameters filled in."""
    segments = path.split("/")
    return "/".join(EXAMPLES.get(each.strip("{}"), "x") if each.startswith("{") else each for each in segments)


class TestDoesEveryPathHaveOneAnswerer:
    @EVERY_SERVICE
    def test_every_path_of_a_service_is_in_the_table_under_its_name(
        self, paths: dict[str, set[str]], service: str
    ) -> None:
        assert paths[service] == {route.path for route in ROUTES if route.service == service}

    def test_no_path_is_in_the_table_twice(self) -> None:
        assert len({route.path for route in ROUTES}) == len(ROUTES)

    @pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
    def test_a_call_reaches_the_route_that_it_means(self, route: Any) -> None:
        assert resolve(concrete(route.path)) == route

    @pytest.mark.parametrize("route", [each for each in ROUTES if not each.exact], ids=lambda route: route.path)
    def test_a_line_feed_in_a_parameter_is_for_the_service_to_refuse(self, route: Any) -> None:
        assert resolve(re.sub(r"\{[a-z_]+\}", "x\ny", route.path)) == route

    def test_a_written_out_segment_is_tried_before_a_parameter(self) -> None:
        order = [route.path for route in in_order()]
        assert order.index("/v1/sandbox/clock/advance") < order.index("/v1/orders/{number}")


class TestWhatDoesTheOutsideNotSee:
    @pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics", "/openapi.json", "/docs", "/", "/v1", "/v1/"])
    def test_what_the_platform_reads_on_the_services_own_ports(self, path: str) -> None:
        assert resolve(path) is None

    @pytest.mark.parametrize(
        "path",
        [
            "/v1/orders/",
            "//v1/orders",
            "/v1//orders",
            "/V1/orders",
            "/v1/orders/K1/deliver/",
            "/v1/orders/K1/../K2x/y",
            "/v2/orders",
        ],
    )
    def test_other_spellings_of_a_path(self, path: str) -> None:
        assert resolve(path) is None

    def test_only_version_one_is_public(self) -> None:
        assert [route.path for route in ROUTES if not route.path.startswith("/v1/")] == []


class TestIsEveryRouteDescribed:
    @EVERY_SERVICE
    def test_the_platforms_own_routes_are_not_described(self, paths: dict[str, set[str]], service: str) -> None:
        assert not paths[service] & {"/livez", "/readyz", "/metrics"}

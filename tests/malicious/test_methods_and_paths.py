"""One spelling and the documented methods lead to a route; everything else is a 404 or a 405 and gets past nobody."""

import pytest

from tests.support.malicious.attacks import complaints, launch
from tests.support.malicious.ground import Ground, unharmed
from tests.support.malicious.routes import Route
from tests.support.malicious.wire import Reply, request

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "FOO", "get", "PROPFIND")
OVERRIDES = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
INSIDE = ("metrics", "livez", "readyz", "openapi.json", "docs", "redoc")
ROUNDABOUT = (
    "/{0}", "//{0}", "/./{0}", "/v1/../{0}", "/v1/%2e%2e/{0}", "/v1/orders/../../{0}", "/v1/orders/%2e%2e/%2e%2e/{0}",
    "/v1/orders/..%2f..%2f{0}", "/v1/listings/x%2f..%2f..%2f..%2f{0}", "/v1/orders/K1/..;/..;/{0}", "/%2f{0}",
    "/v1%2f..%2f{0}", "/v1/listings/%252e%252e/%252e%252e/{0}", "/V1/../{0}", "/v1/listings/\\..\\..\\{0}",
    "http://market/{0}", "/{0}/", "/{0}%00", "/v1/listings?/../{0}", "/v1/listings#/../{0}",
)  # fmt: skip
"""Ways to what only the platform may ask."""


def spellings(target: str) -> list[str]:
    """The same path, written otherwise."""
    head, _, last = target.rpartition("/")
    return [
        target + "/", target + "//", "/" + target, target.replace("/v1/", "/v1//"), target.upper(), target.title(),
        target + "/.", f"{head}/x/../{last}", f"{head}/%2e/{last}", f"{head}%2f{last}", target + "%2f", target + "%20",
        target + "%00", target + ";a=b", target + ".json", target + "%3f", target.replace("/v1/", "/v1/%2e%2e/v1/"),
        target.replace("/v1/", "/v2/"), target.replace("/v1/", "/"), target.replace("o", "%6f", 1), "http://x" + target,
    ]  # fmt: skip


def declared(ground: Ground, route: Route) -> set[str]:
    """The methods that the document knows for this path, and HEAD wherever there is a GET."""
    known = {each.method for each in ground.routes if each.path == route.path}
    return known | ({"HEAD"} if "GET" in known else set())


async def answers(ground: Ground, probes: list[tuple[str, str]], **headers: bytes) -> list[tuple[str, Reply]]:
    """Ask each (method, target), with the attacker's token unless headers are given; answers by what was asked."""
    given = headers or {"Authorization": ground.attacker.token.encode()}
    sent = {f"{method} {target}": request(method, target, given) for method, target in probes}
    return await launch(ground.address, sent)


class TestMethods:
    async def test_a_method_that_a_path_does_not_take_is_405_and_says_which_it_does(self, ground: Ground) -> None:
        probes = [
            (method, route.target())
            for route in ground.routes
            for method in METHODS
            if method not in declared(ground, route) | {"OPTIONS"}
        ]
        async with unharmed(ground):
            found = await answers(ground, probes)
        assert [line for name, reply in found for line in complaints(name, reply)] == []
        refused = {name: reply for name, reply in found if not name.startswith(("CONNECT", "get"))}
        assert {
            name for name, reply in refused.items() if reply.status != 405 or not reply.headers.get("allow")
        } == set()

    @pytest.mark.parametrize("header", OVERRIDES)
    async def test_no_header_makes_another_method_of_it(self, ground: Ground, header: str) -> None:
        (listing,) = [route for route in ground.routes if route.name == "GET /v1/listings/{listing_id}"]
        async with unharmed(ground):
            for method in ("DELETE", "PUT", "POST"):
                found = await answers(
                    ground, [("GET", listing.target()), ("POST", listing.target())], **{header: method.encode()}
                )
                assert {name.split()[0]: reply.status for name, reply in found} == {"GET": 200, "POST": 405}


class TestSpellings:
    async def test_another_spelling_never_gets_further_than_the_right_one(self, ground: Ground) -> None:
        """Without a token: what the right spelling refuses, no other spelling of it gives away."""
        probes = [
            (route.method, each) for route in ground.routes if not route.anonymous for each in spellings(route.target())
        ]
        async with unharmed(ground):
            found = await answers(ground, probes, Accept=b"*/*")
        assert [line for name, reply in found for line in complaints(name, reply)] == []
        assert [name for name, reply in found if reply.status < 400] == []

    async def test_what_the_platform_reads_is_not_reached_from_outside_by_any_way(self, ground: Ground) -> None:
        found = await answers(ground, [("GET", way.format(name)) for name in INSIDE for way in ROUNDABOUT])
        listings = ("/v1/listings?", "/v1/listings#")
        assert [
            name for name, reply in found if reply.status < 400 and not any(each in name for each in listings)
        ] == []
        assert [line for name, reply in found for line in complaints(name, reply)] == []

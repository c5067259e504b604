"""A page in a browser calls the gateway: allowed origins read every answer, others none; paths list their methods."""

from typing import Any
from uuid import uuid4

import pytest

from deploy.gateway.surface import DOCS, EXPOSED, methods, origins
from tests.support.market import Market

LOOPBACK = [
    "http://localhost:5173",
    "http://127.0.0.1:3000",
    "https://localhost",
    "http://[::1]:8000",
    "http://a.localhost",
]
FOREIGN = [
    "https://evil.example",
    "null",
    "http://localhost.evil.example",
    "http://evil.example:80/http://localhost",
    "http://127.0.0.1.evil.example",
    "file://localhost",
    "http://localhost:99999999",
    "",
]
READABLE = {"ETag", "Idempotency-Replayed", "Retry-After", "X-Request-Id", "Location"}


async def sent(market: Market, method: str, path: str, origin: str, **headers: str) -> Any:
    """One request as a browser sends it for a page of this origin."""
    given = {"Origin": origin, **market.buyer.headers, **headers}
    return await market.client.request(method, f"{market.stack.url}/v1{path}", headers=given)


async def preflight(market: Market, path: str, origin: str, method: str = "POST") -> Any:
    """What a browser asks before a request with a token; it sends none itself."""
    headers = {"Origin": origin, "Access-Control-Request-Method": method}
    headers["Access-Control-Request-Headers"] = "authorization,content-type,idempotency-key,if-match"
    return await market.client.request("OPTIONS", f"{market.stack.url}/v1{path}", headers=headers)


def cors_headers(answer: Any) -> dict[str, str]:
    """The CORS headers of an answer."""
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}


class TestAPageOnTheOwnMachine:
    @pytest.mark.parametrize("origin", LOOPBACK)
    async def test_may_ask_for_everything_and_read_every_answer(self, market: Market, origin: str) -> None:
        before = await preflight(market, "/checkouts", origin)
        assert (before.status_code, before.content) == (204, b"")
        assert cors_headers(before)["access-control-allow-origin"] == origin
        assert "POST" in cors_headers(before)["access-control-allow-methods"].split(", ")
        allowed = {name.lower() for name in cors_headers(before)["access-control-allow-headers"].split(", ")}
        assert allowed >= {"authorization", "content-type", "idempotency-key", "if-match", "if-none-match"}
        for method, path, status in (
            ("GET", "/listings", 200),
            ("GET", "/orders/K1", 404),
            ("GET", "/nothing", 404),
            ("POST", "/checkouts", 422),
            ("PATCH", "/checkouts", 405),
            ("GET", "/orders?x=1", 422),
        ):
            answer = await sent(market, method, path, origin)
            assert (answer.status_code, cors_headers(answer)["access-control-allow-origin"]) == (status, origin)
            assert set(cors_headers(answer)["access-control-expose-headers"].split(", ")) >= READABLE
            assert "Origin" in answer.headers["vary"]

    async def test_a_command_of_it_is_done_once(self, market: Market) -> None:
        key = {"Idempotency-Key": str(uuid4())}
        first, again = [await sent(market, "POST", "/orders/K0000000000/confirm", LOOPBACK[0], **key) for _ in range(2)]
        assert again.headers["idempotency-replayed"] == "true"
        assert first.content == again.content
        assert cors_headers(again) == cors_headers(first)


class TestAPageFromElsewhere:
    @pytest.mark.parametrize("origin", FOREIGN)
    async def test_reads_nothing(self, market: Market, origin: str) -> None:
        before = await preflight(market, "/checkouts", origin)
        after = await sent(market, "GET", "/listings", origin)
        assert (cors_headers(before), cors_headers(after)) == ({}, {})
        assert (before.status_code, after.status_code) == (204, 200)


class TestOptions:
    async def test_every_path_lists_its_methods_and_an_unknown_one_is_404(self, market: Market) -> None:
        for path, allowed in methods().items():
            known = path.removeprefix("/v1").replace("{", "").replace("}", "")
            answer = await market.client.request("OPTIONS", f"{market.stack.url}/v1{known}")
            assert (path, answer.status_code, answer.headers["allow"]) == (path, 204, allowed)
        assert (await preflight(market, "/nothing", LOOPBACK[0])).status_code == 404

    async def test_a_method_that_is_none_gets_the_same_list(self, market: Market) -> None:
        for method in ("FOO", "TRACE"):
            answer = await market.client.request(method, f"{market.stack.url}/v1/orders/K1?x=1")
            assert (answer.status_code, answer.headers["allow"]) == (405, methods()["/v1/orders/{number}"])


class TestTheDocument:
    async def test_it_and_its_page_are_served_to_anyone_as_committed(self, market: Market) -> None:
        for path, name in (("/openapi.json", "openapi.json"), ("/docs", "api.html")):
            answer = await market.client.get(f"{market.stack.url}/v1{path}")
            assert answer.status_code == 200
            assert answer.content == (DOCS / name).read_bytes()
        page = (await market.client.get(f"{market.stack.url}/v1/docs")).headers
        assert page["content-type"] == "text/html; charset=utf-8"
        assert "default-src 'none'" in page["content-security-policy"]


class TestTheSetting:
    def test_it_takes_origins_only(self) -> None:
        assert origins(" https://shop.example , http://10.0.0.1:8080 ") == (
            "https://shop.example",
            "http://10.0.0.1:8080",
        )
        assert origins("") == ()
        for wrong in (
            "*",
            "shop.example",
            "https://shop.example/",
            "https://Shop.example",
            'https://a.example";',
            "null",
        ):
            with pytest.raises(ValueError, match="no origin"):
                origins(wrong)

    def test_what_clients_need_to_read_is_exposed(self) -> None:
        assert set(EXPOSED) >= READABLE

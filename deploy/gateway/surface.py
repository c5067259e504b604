"""What the gateway answers by itself: the API document, the methods of a path (OPTIONS), and CORS.

The document is docs/openapi.json, which a test keeps fresh: what is served and allowed, and what CORS says, agree.
"""

import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from shared.http.semantics import allow

DOCS = Path(__file__).resolve().parents[2] / "docs"
LOOPBACK = (
    r"^https?://([a-z0-9-]+\.)*localhost(:[0-9]{1,5})?$",
    r"^https?://(127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]{1,5})?$",
)
"""Origins of pages that a developer serves on the own machine."""
ORIGIN = re.compile(r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?")
"""An origin as browsers send it: no path, no upper case."""
NOT_TAKEN = (
    ('"~^[^|]*[|][^|]*[|]/problems/"', '""'),
    ('"~^[^|]*[|][|]"', '""'),
    ('"~^([A-Z]+)[|](.*, )?\\1(, .*)?[|]"', '""'),
    ("default", "1"),
)
"""Of method|Allow|path, whether the path is known and does not take the method; an error page takes any.

Only the gateway can say so: for a service /orders/summary is also the order with the number "summary".
"""
REQUEST_HEADERS = (
    "Accept",
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "X-Request-Id",
)
"""Headers that a page of another origin may send."""
EXPOSED = (
    "Allow",
    "Content-Disposition",
    "ETag",
    "Idempotency-Replayed",
    "Link",
    "Location",
    "Retry-After",
    "WWW-Authenticate",
    "X-Request-Id",
)
"""Headers of an answer that a page of another origin may read."""
PREFLIGHT_SECONDS = 600
"""How long a browser may remember what it may do."""
FILES = {"/v1/openapi.json": ("openapi.json", "application/json"), "/v1/docs": ("api.html", "text/html; charset=utf-8")}
"""The pages that the gateway serves by itself: the file in docs/ and its type."""


@cache
def methods() -> dict[str, str]:
    """The Allow header of every path in the document."""
    paths = json.loads((DOCS / "openapi.json").read_text())["paths"]
    return {path: allow(item) for path, item in paths.items()}


def origins(text: str) -> tuple[str, ...]:
    """The origins in a comma-separated setting; what a browser would never send is refused (ValueError)."""
    found = tuple(each.strip() for each in text.split(",") if each.strip())
    for each in found:
        if not ORIGIN.fullmatch(each):
            raise ValueError(f"{each!r} is no origin; one looks like https://shop.example or http://127.0.0.1:5173")
    return found


def maps(allowed: tuple[str, ...], *, loopback: bool) -> str:
    """The variables for the http block that the headers and the answers to OPTIONS are made of."""
    return "\n".join(
        [
            _map("$request_uri", "$market_allow", _paths()),
            _map('"$request_method $market_allow"', "$market_options", [('"~^OPTIONS ."', "1")]),
            _map('"$request_method|$market_allow|$uri"', "$market_no_method", NOT_TAKEN, "volatile"),
            _map("$market_options", "$market_allow_told", [("1", "$market_allow")]),
            _map("$http_origin", "$market_origin", _origins(allowed, loopback)),
            _map("$market_origin", "$market_exposed", [('"~."', f'"{", ".join(EXPOSED)}"')]),
            _map(
                '"$market_options $http_access_control_request_method $market_origin"',
                "$market_preflight",
                [('"~^1 [A-Z]+ ."', "1")],
            ),
            _map("$market_preflight", "$market_methods", [("1", "$market_allow")]),
            _map("$market_preflight", "$market_asked", [("1", f'"{", ".join(REQUEST_HEADERS)}"')]),
            _map("$market_preflight", "$market_remembered", [("1", str(PREFLIGHT_SECONDS))]),
        ]
    )


def headers() -> str:
    """The headers of every answer; a location with headers of its own includes them, since it inherits none."""
    headers = {
        "X-Request-Id": "$market_request_id",
        "Vary": "Origin",
        "Access-Control-Allow-Origin": "$market_origin",
        "Access-Control-Expose-Headers": "$market_exposed",
        "Access-Control-Allow-Methods": "$market_methods",
        "Access-Control-Allow-Headers": "$market_asked",
        "Access-Control-Max-Age": "$market_remembered",
        "Allow": "$market_allow_told",
    }
    return "".join(f"add_header {name} {value} always;\n" for name, value in headers.items())


def locations(directory: Path) -> Iterator[str]:
    """The pages that are files; they name nothing from elsewhere."""
    for path, (name, kind) in FILES.items():
        yield (
            f'location = {path} {{ alias {directory}/{name}; types {{ }} default_type "{kind}"; include headers.conf; '
            "add_header Content-Security-Policy \"default-src 'none'; style-src 'unsafe-inline'\" always; "
            "add_header Cache-Control no-cache always; include problems.conf; }"
        )


def files(folder: Path) -> str:
    """The pictures of chat, which a service leads to with X-Accel-Redirect; from outside there is nothing here.

    Type, name and Cache-Control are the service's; its other headers are lost on the way and set again.
    """
    return (
        f"location /-/files/ {{ internal; alias {folder}/; include headers.conf; "
        "add_header X-Content-Type-Options nosniff always; "
        "add_header Content-Security-Policy \"default-src 'none'; sandbox\" always; "
        "add_header Cross-Origin-Resource-Policy cross-origin always; etag off; if_modified_since off; "
        "include problems.conf; }"
    )


def _paths() -> list[tuple[str, str]]:
    """By the path as it was sent, which an internal redirect does not change; written-out segments come first."""
    known = sorted(methods().items(), key=lambda each: [part.startswith("{") for part in each[0].split("/")])
    return [
        (f'"~^{re.sub(r"{[a-z_]+}", "[^/?]+", path.replace(".", r"[.]"))}([?]|$)"', f'"{allowed}"')
        for path, allowed in known
    ]


def _origins(allowed: tuple[str, ...], loopback: bool) -> list[tuple[str, str]]:
    patterns = LOOPBACK if loopback else ()
    return [
        *((f'"~{each}"', "$http_origin") for each in patterns),
        *((f'"{each}"', "$http_origin") for each in allowed),
    ]


def _map(source: str, name: str, lines: Sequence[tuple[str, str]], how: str = "") -> str:
    """`volatile` asks again after an internal redirect, which makes a GET of every method."""
    otherwise = {"default": '""'} | dict(lines)
    inside = "".join(f"    {given} {found};\n" for given, found in otherwise.items())
    inside += f"    {how};\n" if how else ""
    return f"map {source} {name} {{\n{inside}}}"

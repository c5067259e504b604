"""Writes the nginx configuration from the table of routes.

What nginx answers by itself (unknown path, body too large, service away) is problem+json like any other refusal.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.gateway import surface
from deploy.gateway.limits import Limits, Pace
from deploy.gateway.routes import ROUTES, SOCKETS, Route, in_order
from shared.refusals import Refusal, RefusalCode


@dataclass(frozen=True, slots=True)
class Place:
    """Where this gateway runs: its own folder, its own address, and the addresses of the services."""

    directory: Path
    listen: str
    upstreams: Mapping[str, str]
    user: str | None
    """The account of the workers; needed when started by root, else they could not enter a directory of root's."""
    limits: Limits | None = field(default_factory=Limits)
    """Rate limits; None in a sandbox, so that tests are not slowed down."""
    timeout_seconds: int = 10
    """How long the gateway waits for the next bytes of a request."""
    origins: tuple[str, ...] = ()
    """Whose pages may call from a browser."""
    loopback_origins: bool = False
    """Whether pages that are served on the own machine may, too: in a sandbox."""
    files: Path | None = None
    """The folder of chat's pictures (MARKET_FILES), readable here; None when they lie in an object store."""


def configuration(place: Place, routes: tuple[Route, ...] = ROUTES) -> str:
    """The whole nginx.conf."""
    blocks = [_locations(route, place.limits) for route in in_order(routes)]
    writes = [_write_location(lane, place.limits) for lane in sorted({_lane(route) for route in routes})]
    pages = [*(each.location() for each in _PROBLEMS), *surface.locations(place.directory)]
    sockets = [_socket_location(path, service) for path, service in SOCKETS.items()]
    files = [surface.files(place.files)] if place.files else []
    inside = _indented("\n".join([*pages, *files, *sockets, *blocks, *writes]))
    zones = place.limits.zones() if place.limits else ""
    maps = surface.maps(place.origins, loopback=place.loopback_origins)
    values = {"listen": place.listen, "directory": place.directory, "timeout": place.timeout_seconds}
    body = _HTTP.format(**values, zones=zones, maps=maps, forwarded="\n".join(_FORWARDED))
    return "\n".join([_main(place), "http {", _indented(_upstreams(place)), _indented(body + inside + "\n}"), "}", ""])


def problem_pages() -> str:
    """The error pages; every location includes them, because one error_page of its own would hide all inherited."""
    # Not named locations: nginx cannot send a request whose path it could not read to one of those.
    lines = [
        f"error_page {' '.join(map(str, each.caught))} = /problems/{each.name};" for each in _PROBLEMS if each.caught
    ]
    return "\n".join([*lines, ""])


@dataclass(frozen=True, slots=True)
class _Problem:
    """What nginx answers by itself for some statuses, in the services' own form (shared/http/problems.py)."""

    name: str
    caught: tuple[int, ...]
    status: int
    code: RefusalCode
    detail: str

    def location(self) -> str:
        body = {
            "type": f"/problems/{self.code}",
            "title": self.code.replace("_", " ").capitalize(),
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
        }
        more = {405: "add_header Allow $market_allow always; "}
        extra = more.get(self.status, "add_header Retry-After 1 always; " if self.status in {429, 503, 504} else "")
        return (
            f"location = /problems/{self.name} {{ internal; {extra}include headers.conf; "
            f"default_type application/problem+json; return {self.status} '{json.dumps(body)}'; }}"
        )


_PROBLEMS = (
    _Problem("malformed", (400, 494, 501, 505), 400, Refusal.MALFORMED_REQUEST, "The request could not be read."),
    _Problem("not_found", (403, 404), 404, Refusal.NOT_FOUND, "There is nothing at this path."),
    _Problem("method", (405,), 405, Refusal.METHOD_NOT_ALLOWED, "This path does not take this method."),
    _Problem("origin", (), 403, Refusal.FORBIDDEN, "Pages of this origin may not open a socket."),
    _Problem("large", (413,), 413, Refusal.PAYLOAD_TOO_LARGE, "The body is larger than this path takes."),
    _Problem("long", (414,), 414, Refusal.URI_TOO_LONG, "The path or the query is too long."),
    _Problem("often", (429,), 429, Refusal.RATE_LIMITED, "Too many requests; come again later."),
    _Problem("internal", (500,), 500, Refusal.INTERNAL, "The gateway could not handle the request."),
    _Problem("away", (502, 503), 503, Refusal.UNAVAILABLE, "The service is away; come again with the same key."),
    _Problem("late", (504,), 504, Refusal.UNAVAILABLE, "No answer in time; come again with the same key."),
)


def _main(place: Place) -> str:
    user = f"user {place.user};\n" if place.user else ""
    return (
        f"# Written by deploy/gateway/nginx.py from the table of routes; changes here are lost.\n{user}"
        f"daemon off;\nworker_processes 2;\nworker_rlimit_nofile 8192;\n"
        f"pid {place.directory}/nginx.pid;\nerror_log {place.directory}/error.log warn;\n"
        "events { worker_connections 2048; }"
    )


def _upstreams(place: Place) -> str:
    # Idle connections are dropped before uvicorn drops them (75 s), so that no command meets a closing one.
    return "\n".join(
        f"upstream {service} {{ server {address} max_fails=0; keepalive 32; keepalive_timeout 60s; }}"
        for service, address in place.upstreams.items()
    )


@dataclass(frozen=True, slots=True, order=True)
class _Lane:
    """What the writes of several routes have in common."""

    service: str
    body_limit_kb: int
    read_timeout_seconds: int
    pace: Pace

    @property
    def name(self) -> str:
        return f"@{self.service}_{self.pace}_{self.body_limit_kb}k_{self.read_timeout_seconds}s"

    @property
    def settings(self) -> str:
        size, timeout = (
            f"client_max_body_size {self.body_limit_kb}k",
            f"proxy_read_timeout {self.read_timeout_seconds}s",
        )
        return f"{size}; {timeout}; include problems.conf;"


def _lane(route: Route) -> _Lane:
    return _Lane(route.service, route.body_limit_kb, route.read_timeout_seconds, route.pace)


def _locations(route: Route, limits: Limits | None) -> str:
    match = f"= {route.path}" if route.exact else f'~ "{route.pattern}"'
    lane = _lane(route)
    lines = [
        lane.settings,
        *(limits.rules(Pace.READS) if limits else ()),
        f"error_page 418 = {lane.name};",
        "if ($market_changes) { return 418; }",
        f"proxy_pass http://{route.service};",
    ]
    return "\n".join([f"location {match} {{", *(f"    {line}" for line in lines), "}"])


def _write_location(lane: _Lane, limits: Limits | None) -> str:
    """Where everything but GET goes: sent once, whatever happens; the client tries again with its own key."""
    lines = [
        lane.settings,
        *(limits.rules(lane.pace) if limits else ()),
        "proxy_next_upstream off;",
        f"proxy_pass http://{lane.service};",
    ]
    return "\n".join([f"location {lane.name} {{", *(f"    {line}" for line in lines), "}"])


def _socket_location(path: str, service: str) -> str:
    """A WebSocket: no page of a foreign origin opens it, nothing is sent twice; the service pings every 20 s."""
    lines = [
        "if ($market_foreign) { rewrite ^ /problems/origin last; }",
        "include problems.conf;",
        *_FORWARDED,
        "proxy_set_header Upgrade $http_upgrade;",
        "proxy_set_header Connection $market_connection;",
        "proxy_next_upstream off;",
        "proxy_read_timeout 60s;",
        "proxy_buffering off;",
        f"proxy_pass http://{service};",
    ]
    return "\n".join([f"location = {path} {{", *(f"    {line}" for line in lines), "}"])


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" if line else line for line in text.splitlines())


_FORWARDED = (
    "proxy_set_header Host $http_host;",
    "proxy_set_header X-Forwarded-For $remote_addr;",
    "proxy_set_header X-Forwarded-Proto $scheme;",
    "proxy_set_header X-Request-Id $market_request_id;",
)
"""A location with one such header of its own inherits none."""

_HTTP = """
log_format market escape=json '{{"at":"$time_iso8601","request_id":"$market_request_id","method":"$market_method",'
    '"path":"$market_path","status":$status,"bytes":$body_bytes_sent,"seconds":$request_time,'
    '"upstream":"$upstream_addr","upstream_seconds":"$upstream_response_time"}}';
access_log {directory}/access.log market;
server_tokens off;
default_type application/octet-stream;
tcp_nodelay on;
client_header_timeout {timeout}s;
client_body_timeout {timeout}s;
client_body_buffer_size 64k;
merge_slashes off;
client_body_temp_path {directory}/temp/body;
proxy_temp_path {directory}/temp/proxy;
fastcgi_temp_path {directory}/temp/fastcgi;
uwsgi_temp_path {directory}/temp/uwsgi;
scgi_temp_path {directory}/temp/scgi;

proxy_http_version 1.1;
proxy_connect_timeout 2s;
proxy_next_upstream error timeout;
proxy_next_upstream_tries 2;
{forwarded}
proxy_set_header Connection "";
proxy_hide_header X-Request-Id;
recursive_error_pages on;

map $http_x_request_id $market_request_id {{
    "~^[A-Za-z0-9._-]{{8,64}}$" $http_x_request_id;
    default $request_id;
}}
# A refusal of the gateway's own is an internal redirect, after which $uri and $request_method are the page's.
map $request_uri $market_path {{ "~^(?<asked>[^?]*)" $asked; default ""; }}
map $request $market_method {{ "~^(?<verb>[A-Za-z]+) " $verb; default ""; }}
map $request_method $market_changes {{ GET ""; HEAD ""; default 1; }}
map $http_upgrade $market_connection {{ "" close; default upgrade; }}
map "$http_origin|$market_origin" $market_foreign {{ "~^[^|]+[|]$" 1; default ""; }}
{zones}
{maps}

server {{
    listen {listen};
    server_name _;
    client_max_body_size 64k;
    include headers.conf;
    include problems.conf;
    if ($market_no_method) {{ return 405; }}
    if ($market_options) {{ return 204; }}
    location / {{ return 404; }}
"""

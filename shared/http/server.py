"""Uvicorn as every service uses it: what it refuses before the application sees it is a problem like any other."""

import re
from uuid import uuid4

import structlog
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from shared.http.problems import body_of, problem
from shared.refusals import Refusal, Refused
from shared.service.settings import Settings

CONCURRENT_MAX = 500
FRAME_MAX = 64 * 1024
"""Bytes of one WebSocket frame; more closes the socket with 1009."""
PLATFORM = frozenset({"/livez", "/readyz", "/metrics"})


class Server(uvicorn.Server):
    """Uvicorn without its own signal handling: the supervisor decides when to stop."""

    def __init__(self, app: ASGIApp, settings: Settings, *, sockets: bool = False) -> None:
        super().__init__(
            uvicorn.Config(
                Identified(Bounded(app)),
                host=settings.host,
                port=settings.port,
                http=Protocol,
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=10,
                timeout_keep_alive=75,
                lifespan="off",
                ws="websockets-sansio" if sockets else "none",
                ws_max_size=FRAME_MAX,
                ws_per_message_deflate=False,
                ws_ping_interval=20,
                ws_ping_timeout=20,
            )
        )

    def install_signal_handlers(self) -> None:
        """Nothing: SIGTERM belongs to the supervisor."""


class Protocol(HttpToolsProtocol):
    """HTTP as httptools reads it; a request that it can't read is answered like any other refusal."""

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the answer is a problem of ours
        """Answer bytes that are no request, and close: where the next request begins can't be known."""
        body = body_of(Refused(Refusal.MALFORMED_REQUEST))
        head = (
            f"HTTP/1.1 {Refusal.MALFORMED_REQUEST.status} Bad Request\r\ncontent-type: application/problem+json\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()


_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")


class Identified:
    """Gives each request an id, its own or a new one: it is in every line that is logged for it, and in the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under its id."""
        if scope["type"] != "http" or scope["path"] in PLATFORM:
            await self._app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        own = given if _REQUEST_ID.fullmatch(given) else uuid4().hex.encode()
        others = [pair for pair in scope["headers"] if pair[0] != b"x-request-id"]

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), (b"x-request-id", own)]}
            await send(message)

        route = f"{scope['method']} {scope['path']}"
        with structlog.contextvars.bound_contextvars(request_id=own.decode(), request=route):
            await self._app({**scope, "headers": [*others, (b"x-request-id", own)]}, receive, answer)


class Bounded:
    """Answers 503 at once when too many requests are in flight; probes and metrics are always answered."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._busy = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, if there is room."""
        if scope["type"] == "http" and self._busy >= CONCURRENT_MAX and scope["path"] not in PLATFORM:
            await problem(Refused(Refusal.UNAVAILABLE))(scope, receive, send)
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self._busy += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._busy -= 1

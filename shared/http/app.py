"""The FastAPI application of a service: routes, handlers that turn every fault into a problem, health and metrics."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import orjson
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from shared.db.errors import Contention, DatabaseUnavailable
from shared.db.unit_of_work import Database
from shared.http.auth import Tokens
from shared.http.document import Documented
from shared.http.pointers import pointer
from shared.http.problems import RefusedError, problem
from shared.http.strict import ERRORS_MAX
from shared.refusals import Refusal, Refused
from shared.service.in_flight import InFlight
from shared.service.readiness import Found
from shared.service.settings import Settings
from shared.telemetry import metrics
from shared.telemetry.logs import logger

BODY_MAX = 64 * 1024

_SAFE = {"uuid_parsing": "Input should be a valid UUID"}
"""Replaces pydantic's message where it would repeat a part of the input."""

Checks = Callable[[], Awaitable[Found]]
"""Looks at everything that the service needs for its work."""
Scrape = Callable[[], Awaitable[bytes]]
"""Answers the page of metrics; it never fails."""


def build(
    name: str,
    settings: Settings,
    database: Database[Any],
    routers: Sequence[APIRouter],
    checks: Checks,
    scrape: Scrape,
    version: str,
) -> FastAPI:
    """Put the service's routes behind the common handlers."""
    app = Documented(
        title=f"Holdfast {name}",
        version=version,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        redirect_slashes=False,
        max_body_size=BODY_MAX,
        telemetry={"operation_spans": False},
        generate_unique_id_function=lambda route: route.name,
        exception_handlers=_handlers(),
    )
    app.state.tokens = Tokens(settings.token_keys, settings.token_issuer, settings.token_audience)
    app.state.database, app.state.settings, app.state.commands = database, settings, InFlight()
    for router in routers:
        app.include_router(router)
    app.include_router(_platform(checks, scrape))
    return app


def _platform(checks: Checks, scrape: Scrape) -> APIRouter:
    """The platform's probes and metrics, on the service's own port; the gateway does not route them."""
    router = APIRouter(include_in_schema=False)

    @router.get("/livez")
    async def livez() -> Response:
        """The process and its event loop run; dependencies are not checked."""
        return Response(b'{"alive":true}', media_type="application/json")

    @router.get("/readyz")
    async def readyz() -> Response:
        """Whether the service can do its whole job now, and what is wrong if not."""
        found = await checks()
        body = orjson.dumps({"ready": not found.wrong, "wrong": found.wrong, "state": found.state})
        return Response(body, 503 if found.wrong else 200, media_type="application/json")

    @router.get("/metrics")
    async def metrics_() -> Response:
        """The metrics in Prometheus' text format."""
        return Response(await scrape(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return router


def _handlers() -> dict[int | type[Exception], Any]:
    return {
        RefusedError: _refused,
        RequestValidationError: _invalid,
        HTTPException: _http,
        DatabaseUnavailable: _unavailable,
        Contention: _unavailable,
        Exception: _fault,
    }


async def _refused(_request: Request, error: RefusedError) -> Response:
    return _counted(error.refused)


async def _invalid(_request: Request, error: RequestValidationError) -> Response:
    """Names each place and its fault, never the input: echoing NaN or a surrogate would break the answer."""
    if any(fault["type"] == "json_invalid" for fault in error.errors()):
        return _counted(Refused(Refusal.MALFORMED_JSON))
    found = [_place(fault) for fault in error.errors()[:ERRORS_MAX]]
    return _counted(Refused(Refusal.VALIDATION_FAILED, {"errors": found}))


def _place(fault: Mapping[str, Any]) -> dict[str, Any]:
    """One fault; of a list of allowed values all are named."""
    found = {"pointer": pointer(*fault["loc"]), "detail": _SAFE.get(fault["type"], str(fault["msg"]))}
    if fault["type"] not in ("enum", "literal_error"):
        return found
    return {**found, "allowed": re.findall(r"'([^']*)'", fault["ctx"]["expected"])}


async def _http(request: Request, error: HTTPException) -> Response:
    codes = {404: Refusal.NOT_FOUND, 405: Refusal.METHOD_NOT_ALLOWED, 413: Refusal.PAYLOAD_TOO_LARGE}
    code = codes.get(error.status_code, Refusal.VALIDATION_FAILED if error.status_code < 500 else Refusal.INTERNAL)
    allow = {"Allow": request.app.allowed(request.url.path)} if error.status_code == 405 else {}
    return _counted(Refused(code), {**(error.headers or {}), **allow})


async def _unavailable(request: Request, error: Exception) -> Response:
    logger().warning("request.unavailable", path=request.url.path, reason=f"{type(error).__name__}: {error}")
    return _counted(Refused(Refusal.UNAVAILABLE))


async def _fault(request: Request, error: Exception) -> Response:
    logger().error("request.failed", path=request.url.path, exc_info=error)
    return _counted(Refused(Refusal.INTERNAL))


def _counted(refused: Refused, headers: Mapping[str, str] | None = None) -> Response:
    metrics.REFUSED.labels(refused.code).inc()
    return problem(refused, headers)

"""Refuses impossible requests: the token is checked first, then the bytes of the body, then FastAPI's own checks.

Python's and pydantic's JSON readers accept NaN, repeated keys, lone surrogates and UTF-16; a marketplace does not.
"""

import json
import math
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn

from fastapi import Request, Response
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from fastapi.routing import APIRoute

from shared.http import access, conditions, paths
from shared.http.pointers import pointer
from shared.http.problems import RefusedError
from shared.http.semantics import is_json
from shared.refusals import Refusal

CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
"""The methods whose body means something; that of a read is ignored, as HTTP says."""
DEPTH_MAX = 32
QUERY_LENGTH_MAX = 2048
ERRORS_MAX = 20
"""How many faults of one request are named."""


def parse(body: bytes) -> Any:
    """Parse strict JSON: UTF-8, no repeated key, 32 levels at most, no NaN, Infinity, NUL or surrogate.

    Raises RefusedError: 400 for the first three, 422 for the others.
    """
    try:
        value = json.loads(
            body.decode("utf-8"),
            parse_constant=_impossible,
            object_pairs_hook=_no_repeats,
            parse_int=_bounded,
            parse_float=_finite,
        )
    except (ValueError, RecursionError):
        raise RefusedError(Refusal.MALFORMED_JSON) from None
    _check(value, 1)
    return value


class StrictRoute(APIRoute):
    """Every route of ours: 401 and 403 before anything else, then malformed bodies, then what the schema says.

    Who may use it is what the route declares with `allowed`; a route that declares nobody is for nobody.

    A command without a body model takes no body, or the empty object `{}`: what is sent is never ignored. A route that
    describes a `requestBody` of its own in `openapi_extra` reads the bytes itself (a signed webhook).
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap FastAPI's handler."""
        original = super().get_route_handler()

        parameters = get_flat_params(self.dependant)
        known = frozenset(each.alias for each in parameters if isinstance(each.field_info, Query))

        async def handler(request: Request) -> Response:
            request.state.caller = request.app.state.tokens.caller(request.headers.get("authorization"))
            self._admit(request)
            if len(request.url.query) > QUERY_LENGTH_MAX:
                raise RefusedError(Refusal.URI_TOO_LONG)
            _check_query(request, known)
            await self._read(request)
            response = await original(request)
            return conditions.shown(request, response) if request.method == "GET" else response

        return handler

    def _admit(self, request: Request) -> None:
        """Raises RefusedError for a caller who may not use the route, or not with these parameters.

        A preview answers this refusal to those who may see the object: it finds it in `request.state.denied`.
        """
        extra, caller = self.openapi_extra or {}, request.state.caller
        denied = access.refusal(frozenset(extra.get("x-allowed", ())), caller, paths.read(_user(request)))
        denied = denied or access.refusal_of_given(extra, caller, request.query_params)
        wants_preview = request.query_params.get("preview", "").lower() in access.TRUE
        is_preview = wants_preview and any(each.name == "preview" for each in self.dependant.query_params)
        if denied is not None and not (is_preview and denied is Refusal.FORBIDDEN):
            raise RefusedError(denied)
        request.state.denied = denied

    async def _read(self, request: Request) -> None:
        """Raises RefusedError for an impossible body, or a field that is not for the caller; an empty one passes."""
        if "requestBody" in (self.openapi_extra or {}) or request.method not in CHANGES:
            return
        if not (body := await request.body()):
            return
        if not is_json(request.headers.get("content-type")):
            raise RefusedError(Refusal.UNSUPPORTED_MEDIA_TYPE)
        sent = parse(body)
        if sent != {} and self.body_field is None:
            errors = [{"pointer": "/body", "detail": "This takes no body, or an empty object."}]
            raise RefusedError(Refusal.VALIDATION_FAILED, errors=errors)
        fields = sent if isinstance(sent, dict) else {}
        if (denied := access.refusal_of_given(self.openapi_extra or {}, request.state.caller, fields)) is not None:
            raise RefusedError(denied)


def _user(request: Request) -> str:
    """The account in the path, empty when it names none."""
    user: str = request.path_params.get("user", "")
    return user


def _check_query(request: Request, known: frozenset[str]) -> None:
    """Raises RefusedError for an unknown name, and for one that comes twice: readers differ in which they take."""
    given = [name for name, _ in request.query_params.multi_items()]
    unknown = [name for name in dict.fromkeys(given) if name not in known]
    detail = f"unknown name; known here: {', '.join(sorted(known)) or 'none'}"
    errors = [{"pointer": pointer("query", name), "detail": detail} for name in unknown[:ERRORS_MAX]]
    twice = [name for name in dict.fromkeys(given) if name in known and given.count(name) > 1]
    errors += [{"pointer": pointer("query", name), "detail": "given more than once"} for name in twice]
    if errors:
        raise RefusedError(Refusal.VALIDATION_FAILED, errors=errors)


def _not_storable(detail: str) -> RefusedError:
    return RefusedError(Refusal.VALIDATION_FAILED, errors=[{"pointer": "/body", "detail": detail}])


def _impossible(_text: str) -> NoReturn:
    raise _not_storable("a number that can't be stored")


def _bounded(digits: str) -> int:
    return int(digits) if len(digits) <= 20 else _impossible(digits)


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _impossible(text)


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("repeated key")
    return found


def _check(value: Any, depth: int) -> None:
    if depth > DEPTH_MAX:
        raise RefusedError(Refusal.MALFORMED_JSON)
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, dict):
        for name, inner in value.items():
            _check_text(name)
            _check(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, depth + 1)


def _check_text(value: str) -> None:
    if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise _not_storable("a character that can't be stored")

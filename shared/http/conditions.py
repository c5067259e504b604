"""Entity tags and preconditions (RFC 9110, 8.8.3 and 13): bind a change to what was read, spare a read of the same.

The tag is a hash of exactly the bytes that this caller is shown, so it changes whenever anything shown changes, also
what time alone changes (an order's next actions). It is always strong.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Generic, TypeVar

from fastapi import Request, Response
from pydantic import BaseModel
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.datastructures import Headers

from shared.db.unit_of_work import Work
from shared.http import problems
from shared.refusals import Refusal, Refused

IF_MATCH, IF_NONE_MATCH = "If-Match", "If-None-Match"
Result = TypeVar("Result")

_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_ONE = re.compile(_TAG)
_LIST = re.compile(rf"[ \t,]*{_TAG}(?:[ \t]*,[ \t,]*{_TAG})*[ \t,]*")


@dataclass(frozen=True, slots=True)
class Thing(Generic[Work, Result]):
    """What a request is about: how its GET finds and renders it for this caller, and how a command locks it."""

    query: Callable[[AsyncSession], Awaitable[Result | Refused]]
    render: Callable[[Result], BaseModel]
    lock: Callable[[Work], Awaitable[object]]

    async def tag(self, session: AsyncSession) -> str | None:
        """The tag that a GET would answer now; None where this caller is shown nothing."""
        found = await self.query(session)
        return None if isinstance(found, Refused) else tag(rendered(self.render(found)))


def rendered(view: BaseModel) -> bytes:
    """An answer body as bytes."""
    return view.model_dump_json(by_alias=True).encode()


def tag(body: bytes) -> str:
    """The strong entity tag of these bytes, with its quotes."""
    return f'"{blake2b(body, digest_size=16).hexdigest()}"'


def are_given(headers: Headers) -> bool:
    """Whether a request has preconditions."""
    return IF_MATCH in headers or IF_NONE_MATCH in headers


def hold(headers: Headers, current: str | None) -> bool:
    """Whether a change may be made while `current` is the tag of what its caller is shown; None: nothing is shown."""
    match, none_match = _given(headers, IF_MATCH), _given(headers, IF_NONE_MATCH)
    if match is not None and not _names(match, current, weakly=False):
        return False
    return none_match is None or not _names(none_match, current, weakly=True)


def shown(request: Request, response: Response) -> Response:
    """The answer to a read with its tag: 304 if the caller has it already, 412 if the precondition fails."""
    body = getattr(response, "body", None)
    if response.status_code != 200 or not isinstance(body, bytes):
        return response
    current = tag(body)
    match, none_match = _given(request.headers, IF_MATCH), _given(request.headers, IF_NONE_MATCH)
    if match is not None and not _names(match, current, weakly=False):
        return problems.problem(Refused(Refusal.VERSION_CONFLICT))
    response.headers["ETag"] = current
    if none_match is not None and _names(none_match, current, weakly=True):
        about_body = ("content-type", "content-length")
        others = {name: value for name, value in response.headers.items() if name not in about_body}
        return Response(status_code=304, headers=others)
    return response


def document(paths: dict[str, dict[str, Any]]) -> None:
    """Write the tags and preconditions of every route into its document: all GETs, and the commands of their things."""
    for path, item in paths.items():
        for method, operation in item.items():
            if method == "get":
                operation.setdefault("parameters", []).extend([_parameter(IF_NONE_MATCH)])
                operation["responses"]["304"] = {"description": "The caller has exactly this already.", **_HEADERS}
                operation["responses"]["200"] |= _HEADERS
            elif _is_about_a_thing(method, path, paths):
                operation.setdefault("parameters", []).append(_parameter(IF_MATCH))
                operation["responses"].setdefault("412", {"description": str(Refusal.VERSION_CONFLICT)})


def _is_about_a_thing(method: str, path: str, paths: dict[str, dict[str, Any]]) -> bool:
    """Whether a command is about something that can be read: what a PUT or DELETE names, or what its path begins with.

    A POST to a list makes something new.
    """
    parts = path.split("/")
    starts = ["/".join(parts[:end]) for end in range(len(parts), 0, -1) if parts[end - 1].startswith("{")]
    return any("get" in paths.get(start, {}) for start in (*starts, *(() if method == "post" else (path,))))


def _parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "schema": {"type": "string"}, "description": _WORDS[name]}


def _given(headers: Headers, name: str) -> str | None:
    """All lines of this header as one; None without any."""
    return ", ".join(headers.getlist(name)) if name in headers else None


def _names(text: str, current: str | None, *, weakly: bool) -> bool:
    """Whether the tags of a header name the current one; what is not a list of tags names nothing."""
    if current is None:
        return False
    if text.strip() == "*":
        return True
    found = _ONE.findall(text) if _LIST.fullmatch(text) else []
    return any((each.removeprefix("W/") if weakly else each) == current for each in found)


_HEADERS = {"headers": {"ETag": {"schema": {"type": "string"}, "description": "Changes with whatever is shown."}}}
_WORDS = {
    IF_MATCH: "Do it only if the thing is still shown as it was read: its ETag, several of them, or *; else 412.",
    IF_NONE_MATCH: "Answer 304 without a body if it is still shown as it was read: its ETag, several of them, or *.",
}

"""The command executor of HTTP: idempotency, one transaction, one rendering, one commit (architecture 8).

`execute` stores the answer's bytes under the caller's Idempotency-Key in the command's transaction: a repeated request
gets exactly the same bytes, and nothing is done twice. What is secret is never stored: `Secrecy` names it.
"""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b, sha256
from typing import Annotated, Any, Generic, TypeVar

import orjson
from fastapi import Depends, Header, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.clock import monotonic
from shared.db.outbox import Correlation, correlated
from shared.db.repeating import retry_on_contention
from shared.db.unit_of_work import Database, UnitOfWork, Work
from shared.http import conditions, problems
from shared.http.auth import Caller
from shared.http.conditions import Thing
from shared.http.fields import Whole
from shared.http.problems import RefusedError
from shared.ids import new_id
from shared.refusals import Refusal, RefusalCode, Refused
from shared.service.in_flight import InFlight
from shared.telemetry import metrics
from shared.telemetry.logs import logger

CONTENTION_TRIES = 3
KEY_LENGTH_MAX = 200

_LOCK = "select pg_try_advisory_xact_lock($1)"
_FIND = "select fingerprint, status, headers, body from answers where caller = $1 and route = $2 and key = $3"
_STORE = """
insert into answers (caller, route, key, fingerprint, status, headers, body) values ($1, $2, $3, $4, $5, $6, $7)
"""

Result = TypeVar("Result")
Prepared = TypeVar("Prepared")
Outcome = TypeVar("Outcome")
Command = Callable[[Work], Awaitable[Result | Refused]]


@dataclass(frozen=True, slots=True)
class Secrecy:
    """What of a command's exchange is secret, so that nothing which tells it may be stored."""

    body_keys: tuple[bytes, ...] = ()
    """The body holds secrets: the fingerprint of the request is made with the first key and recognised with each.

    A plain hash of a password could be tried against guesses by whoever reads the database.
    """
    answer: bool = False
    """The answer holds secrets: neither it nor a refusal is stored under the key, and no cache may store it. The same
    request again runs the command again."""


NOTHING_SECRET = Secrecy()


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    headers: dict[str, str]
    body: bytes
    code: str

    def response(self, *, replayed: bool = False) -> Response:
        extra = {**self.headers, **({"Idempotency-Replayed": "true"} if replayed else {})}
        return Response(self.body, self.status, extra)


class RequestContext(Generic[Work]):
    """One authenticated request: its caller, and how a command or a read is executed for it."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.caller: Caller = request.state.caller
        self.denied: RefusalCode | None = request.state.denied
        self.settings: Any = request.app.state.settings
        self._database: Database[Work] = request.app.state.database

    async def execute(
        self,
        command: Command[Work, Result],
        render: Callable[[Result], BaseModel],
        status: int = 200,
        *,
        about: Thing[Work, Any] | None = None,
        secrecy: Secrecy = NOTHING_SECRET,
        body_digest: bytes | None = None,
    ) -> Response:
        """Run the command once for this caller, route and key, and answer its result or its refusal.

        Preconditions are about what the caller is shown of `about`; one that fails is 412 and is not stored under the
        key, for nothing was decided. Nor is a refusal whose cause may pass: the next time the command runs again.
        A route whose body is too large to be hashed here gives the hash that was made elsewhere (`body_digest`).
        Raises RefusedError, DatabaseUnavailable, and Contention after the last try.
        """
        guarded = self._guarded(command, about)
        return await self._counted(lambda: self._answer(guarded, render, status, secrecy, body_digest), secrecy)

    async def execute_around(
        self,
        prepare: Command[Work, Prepared],
        call: Callable[[Prepared], Awaitable[Outcome]],
        finish: Callable[[Work, Prepared, Outcome], Awaitable[Result | Refused]],
        render: Callable[[Result, Outcome], BaseModel],
        status: int = 200,
        *,
        about: Thing[Work, Any] | None = None,
    ) -> Response:
        """Run a command around a call to somebody outside, which no transaction may wait for.

        What `prepare` did is committed before `call` is made, and stays if that raises; `finish` decides what came of
        it, and only its answer is stored under the key. So a repeated request runs `prepare` again unless it was
        answered: it must find what it had prepared. Raises what `execute` and `call` raise.
        """
        prepared: list[Prepared] = []

        async def first(work: Work) -> Prepared | Refused:
            result = await self._guarded(prepare, about)(work)
            if not isinstance(result, Refused):
                prepared[:] = [result]
            return result

        async def both() -> tuple[_Reply, bool]:
            reply, replayed = await self._answer(first, None, status, NOTHING_SECRET, None)
            if reply is not None:
                return reply, replayed
            outcome = await call(prepared[0])
            rendered = partial(self._answer, status=status, secrecy=NOTHING_SECRET, body_digest=None)
            last = await rendered(
                lambda work: finish(work, prepared[0], outcome), lambda result: render(result, outcome)
            )
            assert last[0] is not None
            return last[0], last[1]

        return await self._counted(both, NOTHING_SECRET)

    async def _counted(self, answer: Callable[[], Awaitable[tuple[_Reply | None, bool]]], secrecy: Secrecy) -> Response:
        """Answer a command that is allowed to this caller, in flight and in the metrics."""
        if self.denied is not None:
            raise RefusedError(self.denied)
        in_flight: InFlight = self.request.app.state.commands
        started = monotonic()
        with in_flight.counted():
            reply, replayed = await answer()
        assert reply is not None
        route = f"{self.request.method} {getattr(self.request.scope.get('route'), 'path', '')}"
        metrics.COMMANDS.labels(route, reply.code).inc()
        metrics.COMMAND_SECONDS.labels(route).observe(monotonic() - started)
        response = reply.response(replayed=replayed)
        if secrecy.answer:
            response.headers["Cache-Control"] = "no-store"
        return response

    def check_key(self) -> None:
        """For a route that does much before its command. Raises RefusedError without a key that can be one."""
        _key(self.request)

    async def show(
        self, query: Callable[[AsyncSession], Awaitable[Result | Refused]], render: Callable[[Result], BaseModel]
    ) -> Response:
        """Answer a read: nothing is written."""
        return await show(self.request, query, render)

    async def preview(
        self,
        query: Callable[[AsyncSession], Awaitable[Result | Refused]],
        render: Callable[[Result], BaseModel],
        about: Thing[Work, Any],
    ) -> Response:
        """Answer what a command about this thing would do, under the preconditions that it would have."""

        async def query_if_they_hold(session: AsyncSession) -> Result | Refused:
            found = await query(session)
            if isinstance(found, Refused) or not conditions.are_given(self.request.headers):
                return found
            current = await about.tag(session)
            return found if conditions.hold(self.request.headers, current) else Refused(Refusal.VERSION_CONFLICT)

        return await show(self.request, query_if_they_hold, render)

    async def page(
        self,
        query: Callable[[AsyncSession], Awaitable[Result | Refused]],
        render: Callable[[Result], str],
        headers: Mapping[str, str],
    ) -> Response:
        """Answer a read as an HTML page."""
        async with self._database.reading() as session:
            result = await query(session)
        if isinstance(result, Refused):
            return problems.problem(result)
        return HTMLResponse(render(result), headers=headers)

    async def _answer(
        self,
        command: Command[Work, Result],
        render: Callable[[Result], BaseModel] | None,
        status: int,
        secrecy: Secrecy,
        body_digest: bytes | None,
    ) -> tuple[_Reply | None, bool]:
        """The reply, and whether it is an earlier one. Without `render` there is none to a result: more follows."""
        key = _key(self.request)
        fingerprints = await _fingerprints(self.request, secrecy.body_keys, body_digest)
        context = Correlation(self.request.headers.get("x-request-id") or str(new_id()))
        with correlated(context):
            once = partial(self._once, command, render, status, key, fingerprints, not secrecy.answer)
            return await retry_on_contention(once, CONTENTION_TRIES)

    async def _once(
        self,
        command: Command[Work, Result],
        render: Callable[[Result], BaseModel] | None,
        status: int,
        key: str | None,
        fingerprints: tuple[bytes, ...],
        stores: bool,
    ) -> tuple[_Reply | None, bool]:
        user, route = self.caller.sub, f"{self.request.method} {self.request.url.path}"
        async with self._database.transaction(querying=conditions.are_given(self.request.headers)) as work:
            if key is not None and (stored := await _stored(work, (user, route, key), fingerprints)) is not None:
                return stored, True
            result = await command(work)
            if isinstance(result, Refused):
                reply = _refusal(result)
            elif render is not None:
                reply = _rendered(render(result), status)
            else:
                return None, False
            passes = isinstance(result, Refused) and not result.code.is_stored
            if key is not None and stores and not passes:
                headers = orjson.dumps(reply.headers).decode()
                await work.sql.execute(_STORE, user, route, key, fingerprints[0], reply.status, headers, reply.body)
        logger().info("command.executed", route=route, user=user, status=reply.status, code=reply.code)
        return reply, False

    def _guarded(self, command: Command[Work, Result], about: Thing[Work, Any] | None) -> Command[Work, Result]:
        """The command under the request's preconditions; its own refusal comes before a failed precondition."""
        headers = self.request.headers
        if not conditions.are_given(headers):
            return command

        async def guarded(work: Work) -> Result | Refused:
            current = None
            if about is not None:
                await about.lock(work)
                async with work.querying() as session:
                    current = await about.tag(session)
            fits = conditions.hold(headers, current)
            if not fits and current is not None:
                raise RefusedError(Refusal.VERSION_CONFLICT)
            result = await command(work)
            if not fits and not isinstance(result, Refused):
                raise RefusedError(Refusal.VERSION_CONFLICT)
            return result

        return guarded


async def show(
    request: Request,
    query: Callable[[AsyncSession], Awaitable[Result | Refused]],
    render: Callable[[Result], BaseModel],
) -> Response:
    """Answer a read of a route that needs no token. Raises DatabaseUnavailable."""
    database: Database[Any] = request.app.state.database
    async with database.reading() as session:
        result = await query(session)
    if isinstance(result, Refused):
        return problems.problem(result)
    return _rendered(render(result), 200).response()


async def request_context(
    request: Request,
    idempotency_key: Annotated[str | None, Header(description="Needed on every POST and DELETE.")] = None,  # noqa: ARG001 - read by the executor, here for the document
) -> RequestContext[Any]:
    """The dependency of every route that needs a caller."""
    return RequestContext(request)


Context = Annotated[RequestContext[Any], Depends(request_context)]


async def _stored(work: UnitOfWork, scope: tuple[str, str, str], fingerprints: tuple[bytes, ...]) -> _Reply | None:
    """What this caller was answered under this key, if anything. Raises RefusedError for another request (422)."""
    if not await work.sql.fetchval(_LOCK, _lock_number(scope)):
        raise RefusedError(Refusal.REQUEST_IN_PROGRESS)
    found = await work.sql.fetchrow(_FIND, *scope)
    if found is None:
        return None
    if found["fingerprint"] not in fingerprints:
        raise RefusedError(Refusal.IDEMPOTENCY_CONFLICT)
    return _Reply(found["status"], found["headers"], found["body"], "replayed")


def _key(request: Request) -> str | None:
    """The key, bare or quoted; None for a PUT without one, which is harmless to repeat. Raises RefusedError."""
    if request.method == "PUT" and "idempotency-key" not in request.headers:
        return None
    key = request.headers.get("idempotency-key", "").strip()
    if len(key) > KEY_LENGTH_MAX:
        raise RefusedError(Refusal.IDEMPOTENCY_KEY_REQUIRED)
    if len(key) >= 2 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not key or not key.isascii() or not key.isprintable():
        raise RefusedError(Refusal.IDEMPOTENCY_KEY_REQUIRED)
    return key


async def _fingerprints(
    request: Request, keys: tuple[bytes, ...] = (), body_digest: bytes | None = None
) -> tuple[bytes, ...]:
    """What must be the same when a key is used again: method, path, query and body, or the given hash of the body;
    hashed, with each of these keys.
    """
    start = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    content = start + (await request.body() if body_digest is None else body_digest)
    return tuple(hmac.digest(key, content, "sha256") for key in keys) or (sha256(content).digest(),)


def _lock_number(scope: tuple[str, str, str]) -> int:
    return int.from_bytes(blake2b("\n".join(scope).encode(), digest_size=8).digest(), signed=True)


def _refusal(refused: Refused) -> _Reply:
    body = problems.body_of(refused)
    headers = {"Content-Type": "application/problem+json", **problems.headers_of(refused.code)}
    return _Reply(refused.code.status, headers, body, str(refused.code))


def _rendered(view: BaseModel, status: int) -> _Reply:
    body = conditions.rendered(view)
    tag = {"ETag": conditions.tag(body)} if isinstance(view, Whole) else {}
    return _Reply(status, {"Content-Type": "application/json", **tag}, body, "ok")

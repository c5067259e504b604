"""What providers tell, signed, and the sandbox's way to make its provider tell something."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from uuid import UUID

import httpx2
import orjson
from fastapi import APIRouter, Request, Response

from services.payments import commands, queries, schemas
from services.payments.api.paying import Offered
from services.payments.domain.attempt import Attempt
from services.payments.providers import EVENT_TYPES, Sandbox
from services.payments.unit_of_work import PaymentsWork
from shared.db.errors import Contention, DatabaseUnavailable
from shared.db.unit_of_work import Database
from shared.http.access import allowed
from shared.http.problems import RefusedError, refusals
from shared.http.strict import StrictRoute
from shared.ids import new_id
from shared.messaging.outbox import Correlation, correlated
from shared.refusals import Refusal, Refused

router = APIRouter(route_class=StrictRoute)

CONTENTION_TRIES = 3
SIGNED = {
    "required": True,
    "description": "The event's exact bytes, which the signature covers; each provider has its own fields.",
    "content": {"application/json": {"schema": {"type": "object"}}},
}
SEND_SECONDS = 20.0


@router.post(
    "/webhooks/{provider}",
    responses=refusals(
        Refusal.SIGNATURE_INVALID,
        Refusal.SIGNATURE_STALE,
        Refusal.NOT_FOUND,
    ),
    openapi_extra={**allowed("provider"), "requestBody": SIGNED},
)
async def webhook(provider: str, request: Request, desk: Offered) -> Response:
    """A provider tells what happened, under a Standard Webhooks signature over the raw bytes; a repeat changes nothing.

    The answer is 200 once it is stored and, for a capture, booked and said on. What is signed is never refused: what
    can't be read waits for support with its bytes.
    """
    teller = desk.providers.get(provider)
    if teller is None:
        raise RefusedError(Refusal.NOT_FOUND)
    body = await request.body()
    event_id = teller.check(request.headers, body)
    event = teller.read(event_id, body)
    await _committed(request, lambda work: commands.receive(work, teller.name, event_id, body, event))
    return Response(b'{"received":true}', media_type="application/json")


@router.post(
    "/sandbox/payments/{attempt_id}",
    response_model=schemas.SandboxView,
    status_code=202,
    responses=refusals(Refusal.NOT_FOUND, Refusal.VALIDATION_FAILED, Refusal.UNAVAILABLE),
    openapi_extra=allowed("anyone"),
)
async def play(attempt_id: UUID, body: schemas.SandboxIn, request: Request, desk: Offered) -> Response:
    """Say what the buyer's bank does: sends a signed webhook through the public route, answers after it is committed.

    The same event_id or transaction_id again is a repeat; a new pair on a captured attempt is a second payment.
    """
    database: Database[PaymentsWork] = request.app.state.database
    async with database.reading() as session:
        attempt = await queries.attempt(session, attempt_id)
        if desk.sandbox is None or isinstance(attempt, Refused) or attempt.provider != desk.sandbox.name:
            raise RefusedError(Refusal.NOT_FOUND)
        owed = (attempt.amount, attempt.currency)
        if body.action == "charge_back":
            owed = await queries.captured(session, attempt)
    event_id, transaction_id = body.event_id or f"evt_{new_id().hex}", body.transaction_id or f"txn_{new_id().hex}"
    message = _message(attempt, body, transaction_id, owed)
    await _send(desk.sandbox, request.app.state.settings.public_url, event_id, message)
    told = schemas.SandboxView(
        attempt_id=attempt_id, action=body.action, event_id=event_id, transaction_id=transaction_id
    )
    return Response(told.model_dump_json(), 202, media_type="application/json")


def _message(attempt: Attempt, body: schemas.SandboxIn, transaction_id: str, owed: tuple[int, str]) -> bytes:
    """The provider's message; the same request gives the same bytes, so that it can be told twice."""
    data = {
        "reference": str(attempt.id),
        "transaction_id": transaction_id,
        "amount": body.amount.amount if body.amount else owed[0],
        "currency": body.amount.currency if body.amount else owed[1],
        **_reason(body),
    }
    return orjson.dumps({"type": EVENT_TYPES[body.action], "data": data})


def _reason(body: schemas.SandboxIn) -> dict[str, str]:
    """Why it failed, or why the bank took the money back; nothing else needs a reason."""
    match body.action:
        case "fail":
            return {"reason": body.reason or "bank_declined"}
        case "charge_back" if body.reason:
            return {"reason": body.reason}
        case _:
            return {}


async def _send(provider: Sandbox, public_url: str, event_id: str, message: bytes) -> None:
    url = f"{public_url}/v1/webhooks/{provider.name}"
    headers = provider.signer.headers(event_id, message)
    try:
        secure = public_url.startswith("https")
        async with httpx2.AsyncClient(timeout=SEND_SECONDS, trust_env=False, verify=secure) as client:
            answer = await client.post(url, content=message, headers=headers)
    except httpx2.HTTPError:
        raise RefusedError(Refusal.UNAVAILABLE) from None
    if answer.status_code != 200:
        raise RefusedError(Refusal.UNAVAILABLE)


async def _committed(request: Request, command: Callable[[PaymentsWork], Awaitable[None]]) -> None:
    """Run a command of a caller without account in one transaction, again when two were in each other's way."""
    database: Database[PaymentsWork] = request.app.state.database
    with request.app.state.commands.holding():
        for attempt in range(CONTENTION_TRIES):
            try:
                with correlated(Correlation(request.headers.get("x-request-id") or str(new_id()))):
                    async with database.transaction() as work:
                        await command(work)
            except Contention:
                await asyncio.sleep(random.uniform(0.005, 0.03) * (attempt + 1))  # noqa: S311
            else:
                return
    raise DatabaseUnavailable("contention")

"""Where providers report what happened to an attempt, under their signature."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request, Response

from services.payments import commands
from services.payments.api.common import Providers
from services.payments.refusals import PaymentsRefusal
from services.payments.unit_of_work import PaymentsWork
from shared.db.outbox import Correlation, correlated
from shared.db.repeating import retry_on_contention
from shared.db.unit_of_work import Database
from shared.http.access import allowed
from shared.http.problems import RefusedError, refusals
from shared.http.strict import StrictRoute
from shared.ids import new_id
from shared.refusals import Refusal

router = APIRouter(route_class=StrictRoute)

CONTENTION_TRIES = 3
SIGNED = {
    "required": True,
    "description": "The event's exact bytes, which the signature covers; each provider has its own fields.",
    "content": {"application/json": {"schema": {"type": "object"}}},
}


@router.post(
    "/webhooks/{provider}",
    responses=refusals(PaymentsRefusal.SIGNATURE_INVALID, PaymentsRefusal.SIGNATURE_STALE, Refusal.NOT_FOUND),
    openapi_extra={**allowed("provider"), "requestBody": SIGNED},
)
async def webhook(provider: str, request: Request, providers: Providers) -> Response:
    """A provider reports what happened, under a Standard Webhooks signature over the raw bytes.

    The answer is 200 once it is stored and, for a capture, booked and its events written to the outbox; a repeat
    changes nothing. What is signed is never refused: what can't be read waits for support with its bytes.
    """
    sender = providers.providers.get(provider)
    if sender is None:
        raise RefusedError(Refusal.NOT_FOUND)
    body = await request.body()
    event_id = sender.check(request.headers, body)
    event = sender.read(event_id, body)
    await _committed(request, lambda work: commands.receive(work, provider, event_id, body, event))
    return Response(b'{"received":true}', media_type="application/json")


async def _committed(request: Request, command: Callable[[PaymentsWork], Awaitable[None]]) -> None:
    """Run a command of a caller without account in one transaction; tried again on contention.

    Raises DatabaseUnavailable after the last try.
    """
    database: Database[PaymentsWork] = request.app.state.database

    async def once() -> None:
        async with database.transaction() as work:
            await command(work)

    context = Correlation(request.headers.get("x-request-id") or str(new_id()))
    with request.app.state.commands.counted(), correlated(context):
        await retry_on_contention(once, CONTENTION_TRIES)

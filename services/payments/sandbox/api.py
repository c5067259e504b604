"""The routes that play the buyer's bank, which sends a signed webhook through the gateway, and that sell gift cards."""

from uuid import UUID

import httpx2
import orjson
from fastapi import APIRouter, Request, Response

from services.payments import commands
from services.payments.commands import NewCards
from services.payments.domain.attempt import Attempt, AttemptAction
from services.payments.pins import Pins, new_pin
from services.payments.sandbox import queries
from services.payments.sandbox.provider import EVENT_TYPES, SandboxProvider
from services.payments.sandbox.schemas import CardIn, CardView, SandboxIn, SandboxView
from services.payments.unit_of_work import PaymentsWork
from shared.db.unit_of_work import Database
from shared.http.access import allowed
from shared.http.problems import RefusedError, refusals
from shared.http.strict import StrictRoute
from shared.ids import new_id
from shared.refusals import Refusal

SEND_SECONDS = 20.0


def router(provider: SandboxProvider) -> APIRouter:
    """The sandbox's route for this provider; a production service does not have it."""
    routes = APIRouter(prefix="/v1", route_class=StrictRoute, tags=["payments"])

    @routes.post(
        "/sandbox/payments/{attempt_id}",
        response_model=SandboxView,
        status_code=202,
        responses=refusals(Refusal.NOT_FOUND),
        openapi_extra=allowed("anyone"),
    )
    async def play(attempt_id: UUID, body: SandboxIn, request: Request) -> Response:
        """Say what the buyer's bank does: sends a signed webhook through the public route, answers after its commit.

        The same event_id or transaction_id again is a repeat; a new pair on a captured attempt is a second payment.
        """
        attempt, owed = await _owed(request.app.state.database, attempt_id, body)
        if attempt.provider != provider.name:
            raise RefusedError(Refusal.NOT_FOUND)
        event_id, transaction_id = body.event_id or f"evt_{new_id().hex}", body.transaction_id or f"txn_{new_id().hex}"
        message = _message(attempt, body, transaction_id, owed)
        await provider.bank.record(attempt_id, AttemptAction(body.action), event_id, message)
        if not body.lost:
            await _send(provider, event_id, message)
        view = SandboxView(attempt_id=attempt_id, action=body.action, event_id=event_id, transaction_id=transaction_id)
        return Response(view.model_dump_json(), 202, media_type="application/json")

    return routes


def gift_cards(pins: Pins) -> APIRouter:
    """The sandbox's sale of gift cards, with the keys that hash PINs."""
    routes = APIRouter(prefix="/v1", route_class=StrictRoute, tags=["payments"])

    @routes.post("/sandbox/gift-cards", response_model=CardView, status_code=201, openapi_extra=allowed("anyone"))
    async def sell(body: CardIn, request: Request) -> Response:
        """Issue a gift card and answer its PIN, which is shown once."""
        pin = new_pin()
        cards = NewCards((pins.hashed(pin),), body.amount.amount, body.amount.currency, body.moment())
        async with request.app.state.database.transaction() as work:
            await commands.issue(work, cards)
        return Response(CardView(pin=pin).model_dump_json(), 201, media_type="application/json")

    return routes


async def _owed(database: Database[PaymentsWork], attempt_id: UUID, body: SandboxIn) -> tuple[Attempt, tuple[int, str]]:
    """The attempt, and the (amount, currency) its bank moves by default. Raises RefusedError without an attempt."""
    async with database.reading() as session:
        attempt = await queries.attempt(session, attempt_id)
        if attempt is None:
            raise RefusedError(Refusal.NOT_FOUND)
        if body.action == "charge_back":
            return attempt, await queries.captured(session, attempt)
    return attempt, (attempt.amount, attempt.currency)


def _message(attempt: Attempt, body: SandboxIn, transaction_id: str, owed: tuple[int, str]) -> bytes:
    """The provider's message; the same request gives the same bytes, so that it can be sent twice."""
    data = {
        "reference": str(attempt.id),
        "transaction_id": transaction_id,
        "amount": body.amount.amount if body.amount else owed[0],
        "currency": body.amount.currency if body.amount else owed[1],
        **_reason(body),
    }
    return orjson.dumps({"type": EVENT_TYPES[AttemptAction(body.action)], "data": data})


def _reason(body: SandboxIn) -> dict[str, str]:
    """Why it failed, or why the bank took the money back; nothing else has a reason."""
    match body.action:
        case "fail":
            return {"reason": body.reason or "bank_declined"}
        case "charge_back" if body.reason:
            return {"reason": body.reason}
        case _:
            return {}


async def _send(provider: SandboxProvider, event_id: str, message: bytes) -> None:
    """Post the webhook to the gateway; raises RefusedError `unavailable` unless it is answered 200."""
    url = f"{provider.public_url}/v1/webhooks/{provider.name}"
    headers = provider.signed(event_id, message)
    try:
        secure = url.startswith("https")
        async with httpx2.AsyncClient(timeout=SEND_SECONDS, trust_env=False, verify=secure) as client:
            answer = await client.post(url, content=message, headers=headers)
    except httpx2.HTTPError:
        raise RefusedError(Refusal.UNAVAILABLE) from None
    if answer.status_code != 200:
        raise RefusedError(Refusal.UNAVAILABLE)

"""The routes that play the buyer's bank, for programs (people use page.py), and that sell gift cards."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from services.payments import commands
from services.payments.commands import NewCards
from services.payments.domain.attempt import Attempt, AttemptAction
from services.payments.pins import Pins, new_pin
from services.payments.sandbox import queries
from services.payments.sandbox.api import page
from services.payments.sandbox.clerk import Clerk, Deed
from services.payments.sandbox.schemas import CardIn, CardView, SandboxIn, SandboxView
from services.payments.unit_of_work import PaymentsWork
from shared.db.unit_of_work import Database
from shared.http.access import allowed
from shared.http.problems import RefusedError, refusals
from shared.http.strict import StrictRoute
from shared.ids import new_id
from shared.refusals import Refusal


def router(clerk: Clerk) -> APIRouter:
    """The sandbox's routes for its bank; a production service does not have them."""
    provider = clerk.provider
    routes = APIRouter(prefix="/v1", route_class=StrictRoute, tags=["payments"])
    page.add(routes, clerk)

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
        ids = (body.event_id or f"evt_{new_id().hex}", body.transaction_id or f"txn_{new_id().hex}")
        amount = (body.amount.amount, body.amount.currency) if body.amount else owed
        deed = Deed(AttemptAction(body.action), *ids, *amount, _reason(body))
        await clerk.does(attempt, deed, is_lost=body.lost)
        view = SandboxView(attempt_id=attempt_id, action=body.action, event_id=ids[0], transaction_id=ids[1])
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


def _reason(body: SandboxIn) -> str | None:
    """Why it failed, or why the bank took the money back; nothing else has a reason."""
    match body.action:
        case "fail":
            return body.reason or "bank_declined"
        case "charge_back":
            return body.reason
        case _:
            return None

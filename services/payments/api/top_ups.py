"""A user tops the balance up with a gift card."""

from fastapi import APIRouter, Response

from services.payments import commands
from services.payments.refusals import PaymentsRefusal
from services.payments.schemas.top_ups import TopUpIn, TopUpView, top_up_view
from shared.http.access import allowed
from shared.http.executor import Context, Secrecy
from shared.http.problems import refusals
from shared.http.strict import StrictRoute
from shared.refusals import Refusal

router = APIRouter(route_class=StrictRoute)


@router.post(
    "/top-ups",
    response_model=TopUpView,
    status_code=201,
    responses=refusals(Refusal.ACCOUNT_SUSPENDED, PaymentsRefusal.GIFT_CARD_REFUSED),
    openapi_extra=allowed("user"),
)
async def top_up(body: TopUpIn, context: Context) -> Response:
    """Put the money of a gift card into the caller's balance, once.

    A card that is unknown, used, expired or in a currency other than those of the caller's wallets is
    `gift_card_refused`; after five of them within an hour every PIN is `rate_limited`, until the time in `current`.
    """
    pins, user = context.settings.pins, context.caller.actor.account
    hashes = pins.hashes(body.pin)
    return await context.execute(
        lambda work: commands.top_up(work, user, hashes), top_up_view, 201, secrecy=Secrecy(body_keys=pins.keys)
    )

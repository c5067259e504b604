"""Bank transfers that support has seen and claims for a payment or a user."""

from datetime import date

from fastapi import APIRouter, Response

from services.payments import commands
from services.payments.api.common import wait_until_known
from services.payments.commands import Seen
from services.payments.refusals import PaymentsRefusal
from services.payments.schemas.claims import ClaimIn, ClaimView, claim_view
from shared.http.access import allowed
from shared.http.executor import Context
from shared.http.problems import refusals
from shared.http.strict import StrictRoute
from shared.refusals import Refusal

router = APIRouter(route_class=StrictRoute)


@router.post(
    "/claims",
    response_model=ClaimView,
    status_code=201,
    responses=refusals(
        Refusal.NOT_A_PARTY, Refusal.NOT_FOUND, PaymentsRefusal.REFERENCE_CLAIMED, PaymentsRefusal.NOT_YET_KNOWN
    ),
    openapi_extra=allowed("support"),
)
async def claim(body: ClaimIn, context: Context) -> Response:
    """Support books a transfer that it has seen at the bank: it pays the payment's orders, or is credited to a user.

    A reference is booked once, whoever claims it or reports it: the earlier one is named in `current`.
    """
    if body.payment_number is not None:
        await wait_until_known(context.request, body.payment_number)
    money = (body.bank_reference, body.amount.amount, body.amount.currency, date.fromisoformat(body.value_date))
    seen = Seen(context.caller.actor, *money, body.payment_number, body.user)
    return await context.execute(lambda work: commands.claim(work, seen), claim_view, 201)

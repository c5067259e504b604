"""HTTP of paying: methods, what a checkout costs, and attempts."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from services.payments import commands
from services.payments.api.common import Providers, wait_until_known
from services.payments.commands import Choice
from services.payments.providers import ProviderRegistry
from services.payments.queries import payments as queries
from services.payments.queries.payments import PaymentShown
from services.payments.refusals import PaymentsRefusal
from services.payments.schemas.payments import (
    AttemptIn,
    AttemptView,
    MethodsView,
    PaymentView,
    attempt_view,
    method_view,
    payment_view,
)
from services.payments.unit_of_work import PaymentsWork
from shared.actor import Actor
from shared.http.access import allowed
from shared.http.conditions import Thing
from shared.http.executor import Context
from shared.http.fields import Currency
from shared.http.problems import refusals
from shared.http.strict import StrictRoute
from shared.money import AMOUNT_MAX
from shared.refusals import Refusal

router = APIRouter(route_class=StrictRoute)

AmountText = Annotated[str | None, Query(pattern=r"^[1-9][0-9]{0,12}$", description="In minor units.")]
Country = Annotated[str | None, Query(pattern="^[A-Z]{2}$", description="ISO 3166; reserved for later methods.")]


@router.get("/payment-methods", openapi_extra=allowed("anyone"))
async def payment_methods(
    providers: Providers,
    currency: Annotated[Currency | None, Query()] = None,
    country: Country = None,  # noqa: ARG001 - no method depends on the country yet
    amount: AmountText = None,
) -> MethodsView:
    """The ways to pay, with what they cost for an amount in a currency."""
    due = min(int(amount), AMOUNT_MAX) if amount else None
    fits = (each for each in providers.methods if currency is None or each.takes(due or each.amount_min, currency))
    return MethodsView(items=[method_view(each, due, currency) for each in fits])


@router.get(
    "/payments/{payment_number}",
    response_model=PaymentView,
    responses=refusals(Refusal.NOT_FOUND, PaymentsRefusal.NOT_YET_KNOWN),
    openapi_extra=allowed("buyer", "support"),
)
async def payment(payment_number: str, context: Context, providers: Providers) -> Response:
    """What one checkout costs, how it can be paid, and how it was tried."""
    await wait_until_known(context.request, payment_number)
    shown = _the_payment(payment_number, context.caller.actor, providers)
    return await context.show(shown.query, shown.render)


@router.post(
    "/payments/{payment_number}/attempts",
    response_model=AttemptView,
    status_code=201,
    responses=refusals(
        PaymentsRefusal.REAUTHENTICATION_REQUIRED,
        Refusal.NOT_A_PARTY,
        Refusal.NOT_FOUND,
        PaymentsRefusal.NOT_YET_KNOWN,
        Refusal.ACCOUNT_SUSPENDED,
        Refusal.DEADLINE_PASSED,
        Refusal.WRONG_STATUS,
        PaymentsRefusal.PAYMENT_METHOD_UNAVAILABLE,
        PaymentsRefusal.BALANCE_INSUFFICIENT,
    ),
    openapi_extra=allowed("buyer"),
)
async def pay(payment_number: str, body: AttemptIn, context: Context, providers: Providers) -> Response:
    """The buyer pays with one method; an earlier attempt that is still open is abandoned."""
    await wait_until_known(context.request, payment_number)
    caller = context.caller
    proved = bool(body.details.get("reauthentication")) if context.settings.sandbox else caller.is_fresh()
    choice = Choice(caller.actor, providers.method(body.method), proved)
    return await context.execute(
        lambda work: commands.attempt(work, payment_number, choice),
        lambda made: attempt_view(made, providers.next_step(made)),
        201,
        about=_the_payment(payment_number, caller.actor, providers),
    )


def _the_payment(number: str, actor: Actor, providers: ProviderRegistry) -> Thing[PaymentsWork, PaymentShown]:
    """The payment of a path as this caller reads it."""
    return Thing(
        lambda session: queries.payment(session, number, actor),
        lambda shown: payment_view(shown, providers.methods),
        lambda work: commands.lock(work, number),
    )

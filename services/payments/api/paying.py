"""HTTP of paying: methods, what a checkout costs, and attempts."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Response

from services.payments import commands
from services.payments.api.common import Providers, wait_until_known
from services.payments.commands import Choice
from services.payments.domain.attempt import OPEN, Attempt
from services.payments.providers import Begun, PayIn, ProviderRegistry, Silent
from services.payments.queries import payments as queries
from services.payments.queries.payments import PaymentShown
from services.payments.refusals import PaymentsRefusal
from services.payments.schemas import details
from services.payments.schemas.methods import Country, MethodsView, MethodView, method_view
from services.payments.schemas.payments import (
    AttemptIn,
    AttemptView,
    PaymentView,
    attempt_view,
    payment_view,
)
from services.payments.unit_of_work import PaymentsWork
from shared.actor import Actor
from shared.http.access import allowed
from shared.http.conditions import Thing
from shared.http.executor import Context
from shared.http.fields import Currency, MoneyView
from shared.http.problems import RefusedError, refusals
from shared.http.strict import StrictRoute
from shared.money import AMOUNT_MAX
from shared.refusals import Refusal

router = APIRouter(route_class=StrictRoute)

AmountText = Annotated[str | None, Query(pattern=r"^[1-9][0-9]{0,12}$", description="In minor units.")]
InCountry = Annotated[Country | None, Query(description="Where the buyer is, ISO 3166.")]


@router.get("/payment-methods", openapi_extra=allowed("anyone"))
async def payment_methods(
    providers: Providers,
    currency: Annotated[Currency | None, Query()] = None,
    country: InCountry = None,
    amount: AmountText = None,
) -> MethodsView:
    """The ways to pay in a currency and country; with an amount too, those that can pay it and the fee of an attempt.

    An amount without a currency says nothing.
    """
    items: list[MethodView] = []
    for each in providers.methods:
        if not any(tariff.is_for(currency, country) for tariff in each.tariffs):
            continue
        if amount is None or currency is None:
            items.append(method_view(each, None, currency, country))
        elif (fee := each.quote(min(int(amount), AMOUNT_MAX), currency, country)) is not None:
            items.append(method_view(each, MoneyView(amount=fee, currency=currency), currency, country))
    return MethodsView(items=items)


@router.get(
    "/payments/{payment_number}",
    response_model=PaymentView,
    responses=refusals(Refusal.NOT_FOUND, PaymentsRefusal.NOT_YET_KNOWN),
    openapi_extra=allowed("buyer", "support"),
)
async def payment(payment_number: str, context: Context, providers: Providers, country: InCountry = None) -> Response:
    """What one checkout costs, how it can be paid, and how it was tried."""
    await wait_until_known(context.request, payment_number)
    shown = _the_payment(payment_number, context.caller.actor, providers, country)
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
        PaymentsRefusal.INVALID_DETAILS,
        PaymentsRefusal.BALANCE_INSUFFICIENT,
    ),
    openapi_extra=allowed("buyer"),
)
async def pay(payment_number: str, body: AttemptIn, context: Context, providers: Providers) -> Response:
    """The buyer pays with one method; an earlier attempt that is still open is abandoned."""
    await wait_until_known(context.request, payment_number)
    caller = context.caller
    proved = bool(body.details.get("reauthentication")) if context.settings.sandbox else caller.is_fresh()
    method = providers.method(body.method)
    wrong = details.faults(method, body.details) if method is not None else ()
    choice = Choice(caller.actor, method, proved, body.country, wrong)
    about = _the_payment(payment_number, caller.actor, providers, body.country)
    provider = providers.of(choice.method)
    if provider is None:
        attempt = partial(commands.attempt, number=payment_number, choice=choice)
        return await context.execute(attempt, lambda made: attempt_view(made, None), 201, about=about)
    return await context.execute_around(
        lambda work: commands.attempt(work, payment_number, choice),
        lambda made: _begun(provider, made, body.details),
        lambda work, made, begun: commands.begin(work, made, begun.declined),
        lambda made, begun: attempt_view(made, begun.next_step if made.status in OPEN else None),
        201,
        about=about,
    )


async def _begun(provider: PayIn, made: Attempt, given: Mapping[str, str]) -> Begun:
    """What the provider answers to a new attempt. Raises RefusedError if it is silent: the buyer may try again."""
    try:
        return await provider.create(made, given)
    except Silent:
        raise RefusedError(Refusal.UNAVAILABLE) from None


def _the_payment(
    number: str, actor: Actor, providers: ProviderRegistry, country: str | None = None
) -> Thing[PaymentsWork, PaymentShown]:
    """The payment of a path as this caller reads it."""
    return Thing(
        lambda session: queries.payment(session, number, actor),
        lambda shown: payment_view(shown, shown.fees(providers.methods, country)),
        lambda work: commands.lock(work, number),
    )

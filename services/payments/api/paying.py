"""How a buyer sees what is to be paid, and pays it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from services.payments import commands, queries, schemas
from services.payments.commands import Choice
from services.payments.providers import ProviderRegistry
from services.payments.queries import PaymentShown, arrivals
from services.payments.unit_of_work import PaymentsWork
from shared.http.access import allowed
from shared.http.auth import Caller
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


async def offered(request: Request) -> ProviderRegistry:
    """The providers of this installation."""
    state = request.app.state
    if not hasattr(state, "desk"):
        state.desk = ProviderRegistry.of(state.settings)
    desk: ProviderRegistry = state.desk
    return desk


Offered = Annotated[ProviderRegistry, Depends(offered)]


@router.get(
    "/payment-methods",
    response_model=schemas.MethodsView,
    responses=refusals(Refusal.VALIDATION_FAILED),
    openapi_extra=allowed("anyone"),
)
async def payment_methods(
    desk: Offered,
    currency: Annotated[Currency | None, Query()] = None,
    country: Country = None,  # noqa: ARG001 - no method depends on the country yet
    amount: AmountText = None,
) -> schemas.MethodsView:
    """The ways to pay, with what they cost for an amount in a currency."""
    asked = min(int(amount), AMOUNT_MAX) if amount else None
    fits = (each for each in desk.methods if currency is None or each.takes(asked or each.amount_min, currency))
    return schemas.MethodsView(items=[schemas.method(each, asked, currency) for each in fits])


@router.get(
    "/payments/{payment_number}",
    response_model=schemas.PaymentView,
    responses=refusals(Refusal.UNAUTHENTICATED, Refusal.NOT_FOUND, Refusal.NOT_YET_KNOWN),
    openapi_extra=allowed("buyer", "support"),
)
async def payment(payment_number: str, request: Request, context: Context, desk: Offered) -> Response:
    """What one checkout costs, how it can be paid, and how it was tried."""
    await arrivals.wait(request.app.state.database, context.caller.sub, payment_number)
    shown = _the_payment(payment_number, context.caller, desk)
    return await context.show(shown.query, shown.render)


@router.post(
    "/payments/{payment_number}/attempts",
    response_model=schemas.AttemptView,
    status_code=201,
    responses=refusals(
        Refusal.IDEMPOTENCY_KEY_REQUIRED,
        Refusal.UNAUTHENTICATED,
        Refusal.REAUTHENTICATION_REQUIRED,
        Refusal.NOT_A_PARTY,
        Refusal.NOT_FOUND,
        Refusal.NOT_YET_KNOWN,
        Refusal.ACCOUNT_SUSPENDED,
        Refusal.DEADLINE_PASSED,
        Refusal.WRONG_STATUS,
        Refusal.PAYMENT_METHOD_UNAVAILABLE,
        Refusal.BALANCE_INSUFFICIENT,
    ),
    openapi_extra=allowed("buyer"),
)
async def pay(
    payment_number: str, body: schemas.AttemptIn, request: Request, context: Context, desk: Offered
) -> Response:
    """The buyer pays with one method; an earlier attempt that is still open is abandoned."""
    await arrivals.wait(request.app.state.database, context.caller.sub, payment_number)
    caller = context.caller
    given = bool(body.details.get("reauthentication"))
    proved = given if request.app.state.settings.sandbox else caller.is_fresh()
    choice = Choice(caller.user, desk.method(body.method), proved and not caller.acts_for, caller.has("support"))
    return await context.execute(
        lambda work: commands.attempt(work, payment_number, choice),
        lambda made: schemas.attempt(made, desk.next_step(made)),
        201,
        about=_the_payment(payment_number, caller, desk),
    )


def _the_payment(number: str, caller: Caller, desk: ProviderRegistry) -> Thing[PaymentsWork, PaymentShown]:
    """The payment of a path as this caller reads it."""
    return Thing(
        lambda session: queries.payment(session, number, caller),
        lambda shown: schemas.payment(shown, desk.methods),
        lambda work: commands.lock(work, number),
    )

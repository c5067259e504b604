"""HTTP of an order's actions: each belongs to one side; with ?preview=true it only answers what it would do."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from services.orders import queries
from services.orders.api.common import OF_ORDER, OrderNumber, the_order
from services.orders.commands import hand_over, orders
from services.orders.domain.request import Action, ActionInput, Outcome, Role
from services.orders.refusals import OrdersRefusal
from services.orders.schemas.actions import DecisionIn, RefundIn, RefundRequestIn, RefuseIn
from services.orders.schemas.hand_over import DeliverIn
from services.orders.schemas.orders import OrderView, PreviewView, preview_view, result_view
from shared.http.access import allowed
from shared.http.executor import Context, Secrecy
from shared.http.problems import refusals
from shared.http.strict import StrictRoute
from shared.refusals import Refusal

R = Refusal
router = APIRouter(prefix="/v1", route_class=StrictRoute, tags=["orders"], responses=refusals(*OF_ORDER))
Preview = Annotated[bool, Query(description="Only answer what would happen; needs no Idempotency-Key, writes nothing.")]
Answer = OrderView | PreviewView
NOTHING = DeliverIn()


@router.delete("/orders/{number}", response_model=Answer, openapi_extra=allowed("buyer"))
async def delete(number: OrderNumber, context: Context, preview: Preview = False) -> Response:
    """The buyer removes an order that was never paid."""
    return await _perform(context, number, ActionInput(Action.DELETE, Role.BUYER), preview)


@router.post("/orders/{number}/deliver", response_model=Answer, openapi_extra=allowed("seller", "assistant"))
async def deliver(
    number: OrderNumber, context: Context, body: DeliverIn = NOTHING, preview: Preview = False
) -> Response:
    """The seller marks the order as delivered; an account can be handed over with it, sealed for its buyer."""
    secrets = body.hand_over
    action = ActionInput(Action.DELIVER, Role.SELLER, sealed=secrets is not None)
    if secrets is None or preview:
        return await _perform(context, number, action, preview)
    who, about = context.caller.actor, the_order(context.caller, number, action.role)
    sealer = context.settings.hand_over_sealer
    return await context.execute(
        lambda work: hand_over.deliver(work, number, who, sealer, secrets),
        lambda result: result_view(result, action.role),
        about=about,
        secrecy=Secrecy(body_keys=sealer.digest_keys),
    )


@router.post("/orders/{number}/confirm", response_model=Answer, openapi_extra=allowed("buyer"))
async def confirm(number: OrderNumber, context: Context, preview: Preview = False) -> Response:
    """The buyer confirms receipt, and the seller is paid."""
    return await _perform(context, number, ActionInput(Action.CONFIRM, Role.BUYER), preview)


@router.post(
    "/orders/{number}/refund",
    response_model=Answer,
    responses=refusals(*OF_ORDER, OrdersRefusal.REFUND_REASON_REQUIRED),
    openapi_extra=allowed("seller", "assistant"),
)
async def refund(
    number: OrderNumber, context: Context, body: RefundIn | None = None, preview: Preview = False
) -> Response:
    """The seller gives the whole amount back to the buyer, before delivering."""
    why = body or RefundIn()
    action = ActionInput(Action.REFUND, Role.SELLER, reason=why.reason, description=why.description)
    return await _perform(context, number, action, preview)


@router.post(
    "/orders/{number}/refund-request",
    response_model=Answer,
    responses=refusals(
        *OF_ORDER,
        OrdersRefusal.REFUND_TOO_EARLY,
        OrdersRefusal.REFUND_ALREADY_USED,
        R.REFUND_AMOUNT_INVALID,
        OrdersRefusal.REFUND_REASON_REQUIRED,
    ),
    openapi_extra=allowed("buyer"),
)
async def request_refund(
    number: OrderNumber, context: Context, body: RefundRequestIn | None = None, preview: Preview = False
) -> Response:
    """The buyer asks for all or a part of the money back; the seller has 6 hours before delivery, 24 after."""
    why = body or RefundRequestIn()
    action = ActionInput(
        Action.REQUEST_REFUND,
        Role.BUYER,
        reason=why.reason,
        description=why.description,
        amount=why.amount.amount if why.amount else None,
        currency=why.amount.currency if why.amount else None,
    )
    return await _perform(context, number, action, preview)


@router.delete("/orders/{number}/refund-request", response_model=Answer, openapi_extra=allowed("buyer"))
async def cancel_refund_request(number: OrderNumber, context: Context, preview: Preview = False) -> Response:
    """The buyer takes the refund request back, and with it the right to make another."""
    return await _perform(context, number, ActionInput(Action.CANCEL_REFUND_REQUEST, Role.BUYER), preview)


@router.post(
    "/orders/{number}/refund-request/agree", response_model=Answer, openapi_extra=allowed("seller", "assistant")
)
async def agree_refund(number: OrderNumber, context: Context, preview: Preview = False) -> Response:
    """The seller gives the buyer what was asked for."""
    return await _perform(context, number, ActionInput(Action.AGREE_REFUND, Role.SELLER), preview)


@router.post(
    "/orders/{number}/refund-request/refuse",
    response_model=Answer,
    responses=refusals(*OF_ORDER, OrdersRefusal.REFUSAL_REASON_REQUIRED),
    openapi_extra=allowed("seller", "assistant"),
)
async def refuse_refund(
    number: OrderNumber, context: Context, body: RefuseIn | None = None, preview: Preview = False
) -> Response:
    """The seller refuses a refund after delivery, saying why; the buyer has 72 hours to ask for a dispute."""
    action = ActionInput(Action.REFUSE_REFUND, Role.SELLER, reason=body.reason if body else None)
    return await _perform(context, number, action, preview)


@router.post(
    "/orders/{number}/dispute",
    response_model=Answer,
    responses=refusals(*OF_ORDER, OrdersRefusal.ESCALATION_NOT_ALLOWED),
    openapi_extra=allowed("buyer"),
)
async def escalate(number: OrderNumber, context: Context, preview: Preview = False) -> Response:
    """The buyer asks support to decide after the seller refused."""
    return await _perform(context, number, ActionInput(Action.ESCALATE, Role.BUYER), preview)


@router.post(
    "/orders/{number}/decision",
    response_model=Answer,
    responses=refusals(*OF_ORDER, R.REASON_REQUIRED),
    openapi_extra=allowed("support"),
)
async def force_decision(number: OrderNumber, body: DecisionIn, context: Context, preview: Preview = False) -> Response:
    """Support ends an order that is not in dispute, with a reason that stays on record."""
    outcome = Outcome(body.outcome)
    return await _perform(
        context, number, ActionInput(Action.FORCE_DECISION, Role.SUPPORT, body.reason, outcome=outcome), preview
    )


async def _perform(context: Context, number: str, action: ActionInput, preview: bool) -> Response:
    who, about = context.caller.actor, the_order(context.caller, number, action.role)
    if preview:
        return await context.preview(
            lambda session: queries.preview(session, number, who, action, context.denied), preview_view, about
        )
    return await context.execute(
        lambda work: orders.perform(work, number, who, action),
        lambda result: result_view(result, action.role),
        about=about,
    )

"""The decision about a request, and what a row does: the facts after it, the money that moves, the stock. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.orders.domain import deadlines
from services.orders.domain.lifecycle import Moves, Row, find_row
from services.orders.domain.order import FINAL, Expiry, Order, RefundRequest, RequestState, Stage, Status
from services.orders.domain.request import Action, Request, Role
from shared.money import settle as shares
from shared.refusals import Refusal, RefusalCode


@dataclass(frozen=True, slots=True)
class Settlement:
    """What leaves escrow, in minor units: `to_buyer` goes back, `gross` = fee + tax + net goes to the seller's side."""

    to_buyer: int = 0
    gross: int = 0
    fee: int = 0
    tax: int = 0
    net: int = 0

    @property
    def moves(self) -> bool:
        """Whether any money moves."""
        return bool(self.to_buyer or self.gross)


@dataclass(frozen=True, slots=True)
class Step:
    """One transition of an order: all facts of its history line, its event and its log line.

    `at` is when it took effect, for an expiry the due time; `deadline` is the kind of the expired deadline.
    """

    row: Row
    request: Request
    before: Order
    after: Order
    settlement: Settlement
    at: datetime
    deadline: str | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What a request does to an order: the steps to record, in this order, and why the request is refused, if it is.

    A refused request may still have a step: the expiry of an overdue deadline (rules 3.3.9).
    """

    steps: tuple[Step, ...]
    refusal: RefusalCode | None

    def after(self, order: Order) -> Order:
        """The order, for which this was decided, after all steps."""
        return self.steps[-1].after if self.steps else order


def decide(order: Order, request: Request) -> Decision:
    """Expire an overdue deadline, then decide the request; commands, previews and next actions use this one value."""
    expiry = expire(order, request.at)
    steps = (expiry,) if expiry is not None else ()
    if steps and request.action is Action.TIME_OUT:
        return Decision(steps, None)
    if request.suspended and request.role in (Role.BUYER, Role.SELLER):
        return Decision(steps, Refusal.ACCOUNT_SUSPENDED)  # before the status is looked at (rules 3.3.11)
    now = expiry.after if expiry is not None else order
    row = find_row(now, request)
    if isinstance(row, RefusalCode):
        return Decision(steps, row)
    return Decision((*steps, step(now, request, row)), None)


def expire(order: Order, at: datetime) -> Step | None:
    """The expiry of the order's deadline if it is overdue at this moment; reads show it as pending (rules 3.3.1)."""
    request = Request(Action.TIME_OUT, Role.CLOCK, at)
    row = find_row(order, request)
    return step(order, request, row) if isinstance(row, Row) else None


def step(order: Order, request: Request, row: Row) -> Step:
    """Apply a row: the order after it, with the next timer generation if its deadline changes, and what moves."""
    deadline = deadlines.current(order)
    expired = deadline if request.role is Role.CLOCK else None
    at = expired.due_at if expired is not None else request.at
    settlement = settle(order, request, row)
    after = replace(
        order,
        status=row.target,
        version=order.version + 1,
        requests=_requests(order, request, row, at),
        held=_held(order, row, settlement),
        refunded_amount=order.refunded_amount + settlement.to_buyer,
        expiry=Expiry(expired.kind, order.status, order.stage) if expired is not None else None,
        **_facts(order, request, row, at),
    )
    if deadlines.current(after) != deadline:
        after = replace(after, generation=order.generation + 1)
    return Step(row, request, order, after, settlement, at, expired.kind if expired is not None else None)


def settle(order: Order, request: Request, row: Row) -> Settlement:
    """What moves out of escrow because of this row; fee and tax are on what the seller gets (rules 7.2)."""
    match row.moves:
        case Moves.ALL_TO_BUYER:
            to_buyer, gross = order.held, 0
        case Moves.REQUESTED_TO_BUYER:
            to_buyer, gross = order.requested_amount, 0
        case Moves.ALL_TO_SELLER:
            to_buyer, gross = 0, order.held
        case Moves.REQUEST_SPLIT:
            to_buyer, gross = order.requested_amount, order.held - order.requested_amount
        case Moves.SPLIT:
            ruled = request.amount or 0
            to_buyer, gross = ruled, order.held - ruled
        case _:
            return Settlement()
    parts = shares(gross, order.fee_rate or 0, order.tax_rate or 0)
    return Settlement(to_buyer, gross, parts.fee, parts.tax, parts.net)


def restock(step_: Step) -> int:
    """How many pieces go back on sale: an order that ends without ever having been delivered (rules 2.2)."""
    order, row = step_.before, step_.row
    freed = step_.after.status in (Status.EXPIRED, Status.DELETED) and order.status is Status.WAITING_PAYMENT
    undelivered = step_.after.status is Status.REFUNDED and order.delivered_at is None
    sold_out = row.action is Action.REFUND and step_.request.reason == "out_of_stock"
    return order.quantity if freed or (undelivered and not sold_out) else 0


def _held(order: Order, row: Row, settlement: Settlement) -> int:
    if row.moves is Moves.FUNDS:
        return order.amount
    return order.held - settlement.to_buyer - settlement.gross


def _facts(order: Order, request: Request, row: Row, at: datetime) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    if row.moves is Moves.FUNDS:
        facts |= {
            "paid_at": at,
            "fee_rate": request.fee_rate,
            "tax_rate": request.tax_rate,
            "capture_id": request.capture_id,
        }
    if row.action is Action.DELIVER:
        facts |= {"delivered_at": at, "sealed": request.sealed}
    if row.target in FINAL or row.target is Status.EXPIRED:
        facts["closed_at"] = at
    if row.target is Status.DISPUTED:
        facts["dispute_id"] = order.dispute_id or request.dispute_id
    if row.action is Action.CHARGE_BACK:
        facts["charged_back"] = True
    return facts


def _requests(order: Order, request: Request, row: Row, at: datetime) -> tuple[RefundRequest, ...]:
    if row.request is None:
        return order.requests
    if row.request is RequestState.OPEN:
        return (*order.requests, _opened(order, request))
    latest = order.request
    open_states = (RequestState.OPEN, RequestState.REFUSED, RequestState.ESCALATED)
    if latest is None or latest.state not in open_states:
        return order.requests
    refusal = request.reason if row.request is RequestState.REFUSED else latest.refusal_reason
    answered = latest.answered_at or at
    return (*order.requests[:-1], replace(latest, state=row.request, refusal_reason=refusal, answered_at=answered))


def _opened(order: Order, request: Request) -> RefundRequest:
    return RefundRequest(
        stage=Stage.PRE_DELIVERY if order.delivered_at is None else Stage.POST_DELIVERY,
        state=RequestState.OPEN,
        requested_amount=order.held if request.amount is None else request.amount,
        reason=request.reason or "",
        description=request.description or "",
        requested_at=request.at,
    )

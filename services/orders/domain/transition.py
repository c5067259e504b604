"""What a row does to an order: the facts after it, the money that moves, the stock that comes back. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.orders.domain import deadlines, lifecycle
from services.orders.domain.lifecycle import Judgement, Moves, Row
from services.orders.domain.order import FINAL, Order, Rang, RefundRequest, RequestState, Stage, Status
from services.orders.domain.request import Action, Request, Role
from shared.money import settle as shares


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
    """One transition that happened: all that history, event and log line tell."""

    row: Row
    request: Request
    before: Order
    after: Order
    settlement: Settlement
    at: datetime
    deadline: str | None


def judge(order: Order, request: Request) -> Judgement:
    """Let an overdue clock ring, then decide: what a command, a preview and a read all do."""
    return lifecycle.judge(order, request, lambda *given: step(*given).after)


def step(order: Order, request: Request, row: Row) -> Step:
    """The order after the row, and everything that is told about it."""
    rung = deadlines.current(order) if request.role is Role.CLOCK else None
    at = rung.due_at if rung is not None else request.at
    settlement = settle(order, request, row)
    after = replace(
        order,
        status=row.target,
        version=order.version + 1,
        requests=_requests(order, request, row, at),
        held=_held(order, row, settlement),
        refunded_amount=order.refunded_amount + settlement.to_buyer,
        rang=Rang(rung.kind, order.status, order.stage) if rung is not None else None,
        **_facts(order, request, row, at),
    )
    return Step(row, request, order, after, settlement, at, rung.kind if rung is not None else None)


def settle(order: Order, request: Request, row: Row) -> Settlement:
    """What moves out of escrow because of this row; fee and tax are on what the seller gets (rules 7.2)."""
    match row.moves:
        case Moves.ALL_TO_BUYER:
            to_buyer, gross = order.held, 0
        case Moves.ASKED_TO_BUYER:
            to_buyer, gross = order.asked, 0
        case Moves.ALL_TO_SELLER:
            to_buyer, gross = 0, order.held
        case Moves.ASKED_TO_BUYER_REST_TO_SELLER:
            to_buyer, gross = order.asked, order.held - order.asked
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
        facts["delivered_at"] = at
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

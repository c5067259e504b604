"""Orders in every situation that the rules know, each reached by playing its commands from the beginning."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from services.orders.domain import deadlines
from services.orders.domain.order import Order
from services.orders.domain.policy import WINDOWS
from services.orders.domain.request import Action, Outcome, Request, Role
from services.orders.domain.transition import Step, decide
from shared.refusals import RefusalCode

T0 = datetime(2026, 3, 2, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
CAPTURE = UUID("01960000-0000-7000-8000-000000000001")
DISPUTE = UUID("01960000-0000-7000-8000-000000000002")
A, R = Action, Role


def hours(count: float) -> datetime:
    """So many hours after T0, the moment of placing and paying."""
    return T0 + timedelta(hours=count)


def an_order(**facts: Any) -> Order:
    """An order of MYR 100.00 as it is placed at T0."""
    agreed: dict[str, Any] = {
        "number": "K1000001",
        "payment_number": "P1000001",
        "buyer": "alice",
        "seller": "bob",
        "listing_id": "gold",
        "title": "1000 gold",
        "category": "item",
        "quantity": 1,
        "unit_price": 100_00,
        "amount": 100_00,
        "currency": "MYR",
        "delivery_method": "in_game_trade",
        "delivery_hours": 24,
        "details": {"server": "Asia 1"},
        "windows": WINDOWS,
        "policy_version": 1,
        "placed_at": T0,
    }
    return Order(**agreed | facts)


def pays(order: Order, at: float = 0) -> Request:
    """The payment of the whole order is confirmed."""
    exact = {"amount": order.amount, "currency": order.currency, "capture_id": CAPTURE}
    rates = {"fee_rate": 1000 if order.category == "account" else 500, "tax_rate": 800}
    return Request(A.CONFIRM_PAYMENT, R.PROVIDER, hours(at), **exact, **rates)  # type: ignore[arg-type]


def a_request(action: Action, role: Role, at: float, **more: Any) -> Request:
    """A request filled in correctly, but for what `more` says."""
    given: dict[str, Any] = {"reason": "other", "description": "as agreed", "dispute_id": DISPUTE}
    return Request(action, role, hours(at), **given | more)


def wants_back(at: float, amount: int | None = None) -> Request:
    """The buyer asks for all or some of the money."""
    return a_request(A.REQUEST_REFUND, R.BUYER, at, amount=amount)


def take(order: Order, request: Request) -> Step:
    """The step that this request makes; it must be allowed."""
    decision = decide(order, request)
    assert decision.refusal is None, f"{request.action} is refused: {decision.refusal}"
    return decision.steps[-1]


def refused(order: Order, request: Request) -> RefusalCode:
    """The code with which this request is refused; it must be."""
    decision = decide(order, request)
    assert decision.refusal is not None, f"{request.action} is allowed: {decision.steps[-1].row.id}"
    return decision.refusal


def play(order: Order, *requests: Request) -> Order:
    """The order after all of these."""
    for request in requests:
        order = take(order, request).after
    return order


def due(order: Order) -> datetime:
    """When the order's deadline is due."""
    deadline = deadlines.current(order)
    assert deadline is not None
    return deadline.due_at


def expired(order: Order) -> Order:
    """The order after its deadline expired exactly on time."""
    return take(order, Request(A.TIME_OUT, R.CLOCK, due(order))).after


def examples(**facts: Any) -> dict[str, Order]:
    """One order for every situation, by the name of the situation."""
    placed = an_order(**facts)
    paid = play(placed, pays(placed))
    requested, some = play(paid, wants_back(2)), paid.held * 3 // 10
    delivered = play(paid, a_request(A.DELIVER, R.SELLER, 10))
    requested_after = play(delivered, wants_back(20))
    refused_ = play(requested_after, a_request(A.REFUSE_REFUND, R.SELLER, 30))
    part_after = play(delivered, wants_back(20, some))
    part_refused = play(part_after, a_request(A.REFUSE_REFUND, R.SELLER, 30))
    charged_back = a_request(A.CHARGE_BACK, R.PROVIDER, 40)
    return {
        "placed": placed,
        "expired": expired(placed),
        "deleted": play(placed, a_request(A.DELETE, R.BUYER, 0.5)),
        "paid": paid,
        "refund requested": requested,
        "part requested": play(paid, wants_back(2, some)),
        "request cancelled": play(requested, a_request(A.CANCEL_REFUND_REQUEST, R.BUYER, 3)),
        "part given back": play(paid, wants_back(2, some), a_request(A.AGREE_REFUND, R.SELLER, 3)),
        "not delivered": expired(paid),
        "delivered": delivered,
        "delivered instead": play(requested, a_request(A.DELIVER, R.SELLER, 4)),
        "refund requested after delivery": requested_after,
        "part requested after delivery": part_after,
        "request cancelled after delivery": play(requested_after, a_request(A.CANCEL_REFUND_REQUEST, R.BUYER, 21)),
        "refused": refused_,
        "part refused": part_refused,
        "disputed": play(refused_, a_request(A.ESCALATE, R.BUYER, 40)),
        "part disputed": play(part_refused, a_request(A.ESCALATE, R.BUYER, 40)),
        "charged back": play(delivered, charged_back),
        "charged back in dispute": play(refused_, a_request(A.ESCALATE, R.BUYER, 35), charged_back),
        "waived": expired(refused_),
        "silence refunded": expired(requested_after),
        "refunded": play(paid, a_request(A.REFUND, R.SELLER, 0.5)),
        "confirmed": play(delivered, a_request(A.CONFIRM, R.BUYER, 11)),
        "completed by silence": expired(delivered),
    }


def moments(order: Order) -> list[datetime]:
    """Just before, at and just after every edge that this order can have, and somewhere in between."""
    edges = [T0 + timedelta(hours=1), T0 + timedelta(hours=72)]
    clock, gate = deadlines.current(order), deadlines.gate(order)
    edges += [clock.due_at] if clock is not None else []
    edges += [gate] if gate is not None else []
    edges += [deadlines.confirmation(order).due_at] if order.delivered_at is not None else []
    return sorted({edge + shift for edge in edges for shift in (-MILLISECOND, timedelta(0), MILLISECOND)})


def questions(order: Order) -> list[Request]:
    """Every command by every role at every moment with every kind of amount, reason and ruling."""
    base = a_request(A.TIME_OUT, R.CLOCK, 0, currency=order.currency, fee_rate=500, tax_rate=800)
    return [
        replace(base, action=action, at=at, role=role, **variant)
        for action in Action
        for variant in _variants(order, action)
        for at in moments(order)
        for role in Role
    ]


def _variants(order: Order, action: Action) -> list[dict[str, Any]]:
    amounts = (None, -1, 0, 1, order.held, order.held + 1)
    match action:
        case A.REQUEST_REFUND:
            return [{"amount": amount} for amount in amounts]
        case A.CONFIRM_PAYMENT:
            return [{"amount": order.amount + more} for more in (-1, 0, 1)]
        case A.DECIDE | A.FORCE_DECISION:
            splits = [{"outcome": Outcome.SPLIT, "amount": amount} for amount in amounts]
            return splits + [{"outcome": outcome} for outcome in (*Outcome, None)]
        case _:
            return [{}, {"reason": None}]

"""Commands of an order. Each locks it and goes through `execute`: decide, record every step, publish."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.orders import publishers
from services.orders.domain import fees, history, parties
from services.orders.domain.order import Order, Status
from services.orders.domain.policy import BUYER_REASONS, SELLER_REASONS
from services.orders.domain.request import Action, ActionInput, Outcome, Request, Role
from services.orders.domain.review import Review
from services.orders.domain.seller import level_of
from services.orders.domain.transition import Step, decide, expire, restock
from services.orders.refusals import OrdersRefusal
from services.orders.repository import Entry, Locked
from services.orders.unit_of_work import OrdersWork
from shared.actor import Actor
from shared.ids import is_number, new_id
from shared.refusals import Refusal, RefusalCode, Refused
from shared.telemetry import metrics


@dataclass(frozen=True, slots=True)
class OrderResult:
    """An order after a command, with the business time of the command and the order's review."""

    order: Order
    at: datetime
    review: Review | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """What support decided in a dispute; `buyer_amount` in minor units."""

    outcome: Outcome
    buyer_amount: int
    reason: str
    by: str


async def lock(work: OrdersWork, number: str) -> Locked | None:
    """Load the order of a path for change; None if there is none, or the text can't be an order number."""
    return await work.orders.lock(number) if is_number(number, "K") else None


async def perform(work: OrdersWork, number: str, actor: Actor, action: ActionInput) -> OrderResult | Refused:
    """Perform an action of one side of an order (T5 to T27), for whoever is this side."""
    locked = await lock(work, number)
    if locked is None:
        return Refused(Refusal.ORDER_NOT_FOUND)
    if (stranger := parties.refusal(locked.order, actor, action.role)) is not None:
        return Refused(stranger)
    suspended = await is_suspended(work, locked, actor)
    return await execute(work, locked.order, action.request(actor, locked.at, new_id(), suspended=suspended))


async def is_suspended(work: OrdersWork, locked: Locked, actor: Actor) -> bool:
    """Whether this side of the order, or the assistant who acts for it, is suspended."""
    if actor.acting_for is not None and await work.account_statuses.is_suspended(actor.user):
        return True
    return actor.account in locked.suspended


async def confirm_payment(
    work: OrdersWork, number: str, capture_id: UUID, amount: int, currency: str
) -> OrderResult | Refused:
    """Confirm the captured payment of an order (T3), or publish why the order can't take it (T6).

    Raises LookupError for an unknown order, ValueError for an amount that is not the order's.
    """
    locked = await work.orders.lock(number)
    if locked is None:
        raise LookupError(f"payment for the unknown order {number}")
    order, at = locked.order, locked.at
    if order.capture_id == capture_id:
        return OrderResult(order, at)
    request = Request(
        Action.CONFIRM_PAYMENT,
        Role.PROVIDER,
        at,
        amount=amount,
        currency=currency,
        capture_id=capture_id,
        fee_rate=fees.fee_rate(order, await _level(work, order.seller, at), at, fees.FEES),
        tax_rate=fees.tax_rate(at),
        suspended=bool(locked.suspended),
    )
    answer = await execute(work, order, request)
    if isinstance(answer, Refused):
        after = (await _again(work, number)) if order.status is Status.WAITING_PAYMENT else order
        if after.status is Status.WAITING_PAYMENT and answer.code is not Refusal.ACCOUNT_SUSPENDED:
            raise ValueError(f"{number} can't be paid with {amount} {currency}")
        reason = _REASONS.get(after.status, "already_paid")
        work.outbox.add(publishers.payment_refused(after, reason, capture_id, amount, at))
        work.log("order.payment_refused", number=number, reason=reason)
    return answer


async def _level(work: OrdersWork, seller: str, at: datetime) -> int:
    """The seller's level as far as a fee depends on it: sales are counted only up to the highest level of a rule."""
    enough = fees.sales_that_matter(at, fees.FEES)
    return level_of(await work.orders.completed_of(seller, enough) if enough else 0)


async def rule(work: OrdersWork, number: str, ruling: Ruling) -> OrderResult | Refused:
    """Execute support's ruling of a dispute (T26); one that was overtaken is refused. Raises LookupError."""
    locked = await work.orders.lock(number)
    if locked is None:
        raise LookupError(f"ruling about the unknown order {number}")
    request = Request(
        Action.DECIDE,
        Role.SUPPORT,
        locked.at,
        user=ruling.by,
        amount=ruling.buyer_amount,
        reason=ruling.reason,
        outcome=ruling.outcome,
    )
    return await execute(work, locked.order, request)


async def charge_back(work: OrdersWork, number: str, amount: int, reason: str) -> OrderResult | Refused:
    """Open a dispute because the buyer's bank took money back: support decides what escrow still holds (T29).

    `amount` is in minor units and includes what the bank took before. Raises LookupError for an unknown order.
    """
    locked = await work.orders.lock(number)
    if locked is None:
        raise LookupError(f"charge-back of the unknown order {number}")
    request = Request(
        Action.CHARGE_BACK,
        Role.PROVIDER,
        locked.at,
        amount=amount,
        currency=locked.order.currency,
        reason=reason,
        dispute_id=new_id(),
    )
    return await execute(work, locked.order, request)


async def time_out(work: OrdersWork, number: str, kind: str, due_at: datetime) -> OrderResult | Refused:
    """Expire the order's deadline on a notification of the scheduler, if it is still the current deadline.

    A notification that comes too early sets the timer again. Raises LookupError for an unknown order.
    """
    locked = await work.orders.lock(number)
    if locked is None:
        raise LookupError(f"deadline of the unknown order {number}")
    order, at = locked.order, locked.at
    if not await publishers.DEADLINES.has_expired(work, work.orders, order, kind, due_at, at):
        return Refused(Refusal.WRONG_STATUS, {"status": str(order.status)})
    return OrderResult(await expire_overdue(work, order, at, fired=True), at)


async def mark_settled(work: OrdersWork, number: str, version: int, at: datetime) -> None:
    """Mark a line of the history as settled: payments has moved the money of this transition."""
    await work.orders.mark_settled(number, version, at)


async def sweep(work: OrdersWork) -> int:
    """Republish deadlines that are overdue by more than 2 minutes, for their timers may be lost; returns how many."""
    return await publishers.DEADLINES.sweep(work, work.orders)


async def execute(work: OrdersWork, order: Order, request: Request) -> OrderResult | Refused:
    """Decide the request and record every step; `order` is locked, `request.at` was read under the lock.

    The expiry of an overdue deadline is recorded even if the request is refused (rules 3.3.9).
    """
    decision = decide(order, request)
    for step in decision.steps:
        await record(work, step)
    after = decision.after(order)
    if decision.refusal is not None:
        facts = {"status": str(after.status), "version": after.version}
        return Refused(decision.refusal, facts | _invalid_field(decision.refusal, request))
    return OrderResult(after, request.at)


async def expire_overdue(work: OrdersWork, order: Order, at: datetime, *, fired: bool = False) -> Order:
    """Record the expiry of a locked order's deadline if it is overdue; returns the order after it.

    `fired`: the scheduler's timer is gone, so that there is nothing to withdraw.
    """
    step = expire(order, at)
    if step is None:
        return order
    await record(work, step, fired=fired)
    return step.after


def _invalid_field(code: RefusalCode, request: Request) -> dict[str, Any]:
    """Which field is wrong: sealed data for what is no account; for a refund without a reason the one that lacks it."""
    if code is Refusal.VALIDATION_FAILED and request.sealed:
        return {"errors": [{"pointer": "/body/hand_over", "detail": "only for orders of accounts"}]}
    if code is not OrdersRefusal.REFUND_REASON_REQUIRED:
        return {}
    reasons = SELLER_REASONS if request.action is Action.REFUND else BUYER_REASONS
    if request.reason in reasons:
        return {"errors": [{"pointer": "/body/description", "detail": "says in words why"}]}
    return {"errors": [{"pointer": "/body/reason", "detail": "one of these", "allowed": sorted(reasons)}]}


async def record(work: OrdersWork, step: Step, *, fired: bool = False) -> None:
    """Write one step: order, history, stock, events, log line and metric, all with the row's number."""
    after, recorded_at = step.after, step.request.at
    await work.orders.save(step.before, after, _entry(step, recorded_at))
    if pieces := restock(step):
        await work.listings.add_stock(after.listing_id, pieces)
    so_far = await work.orders.history(after.number) if after.status is Status.DISPUTED else []
    work.outbox.add(publishers.step_event(step, recorded_at, so_far))
    if (deadline := publishers.deadline_of_step(step, fired=fired)) is not None:
        work.outbox.add(deadline)
    work.on_commit(metrics.TRANSITIONS.labels("order", step.row.id).inc)
    fields = {"number": after.number, "row": step.row.id, "status": str(after.status), "version": after.version}
    work.log("order.transition", **fields, deadline=step.deadline)


async def _again(work: OrdersWork, number: str) -> Order:
    locked = await work.orders.lock(number)
    assert locked is not None
    return locked.order


def _entry(step: Step, recorded_at: datetime) -> Entry:
    by_clock = step.request.role is Role.CLOCK
    return Entry(
        row=step.row.id,
        by_user=step.request.user,
        by_role=None if by_clock else str(step.request.role),
        acting_for=step.request.acting_for,
        deadline=step.deadline,
        source=str(step.before.status),
        target=str(step.after.status),
        at=step.at,
        recorded_at=recorded_at,
        why=history.why(step),
    )


_REASONS = {Status.WAITING_PAYMENT: "suspended", Status.EXPIRED: "expired", Status.DELETED: "deleted"}

"""What can be asked of an order. Every command goes through `take`: lock, ring, decide, record, announce."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.orders import publishers
from services.orders.domain import deadlines, history, parties
from services.orders.domain.order import Order, Status
from services.orders.domain.policy import BUYER_REASONS, SELLER_REASONS, fee_rate, tax_rate
from services.orders.domain.request import Action, Asked, By, Outcome, Request, Role
from services.orders.domain.review import Review
from services.orders.domain.transition import Step, judge, restock, step
from services.orders.repository import Entry, Locked
from services.orders.unit_of_work import OrdersWork
from shared.ids import is_number, new_id
from shared.refusals import Refusal, Refused
from shared.telemetry import metrics
from shared.telemetry.logs import logger

OVERDUE_SECONDS = 120
SWEEP_BATCH = 200


@dataclass(frozen=True, slots=True)
class Told:
    """An order as a command leaves it, with the business time of the command and its review."""

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
    """Load the order of a path for change; what can't be a number is not looked for."""
    return await work.orders.lock(number) if is_number(number, "K") else None


async def press(work: OrdersWork, number: str, by: By, asked: Asked) -> Told | Refused:
    """A button of an order, pressed by whoever may be the side that has it (T5 to T27)."""
    locked = await lock(work, number)
    if locked is None:
        return Refused(Refusal.ORDER_NOT_FOUND)
    if (stranger := parties.refusal(locked.order, by, asked.role)) is not None:
        return Refused(stranger)
    barred = await is_barred(work, locked, by)
    return await take(work, locked.order, asked.by(by, locked.at, new_id(), suspended=barred))


async def is_barred(work: OrdersWork, locked: Locked, by: By) -> bool:
    """Whether this side of the order, or the assistant who acts for it, is suspended."""
    if by.acting_for is not None and await work.standings.is_suspended(by.sub):
        return True
    return by.user in locked.suspended


async def confirm_payment(
    work: OrdersWork, number: str, capture_id: UUID, amount: int, currency: str
) -> Told | Refused:
    """The order's money is captured (T3), or can't be taken any more: payments is answered either way."""
    locked = await work.orders.lock(number)
    if locked is None:
        raise LookupError(f"payment for the unknown order {number}")
    order, at = locked.order, locked.at
    if order.capture_id == capture_id:
        return Told(order, at)
    request = Request(
        Action.CONFIRM_PAYMENT,
        Role.PROVIDER,
        at,
        amount=amount,
        currency=currency,
        capture_id=capture_id,
        fee_rate=fee_rate(order.category),
        tax_rate=tax_rate(at),
        suspended=bool(locked.suspended),
    )
    answer = await take(work, order, request)
    if isinstance(answer, Refused):
        after = (await _again(work, number)) if order.status is Status.WAITING_PAYMENT else order
        if after.status is Status.WAITING_PAYMENT and answer.code is not Refusal.ACCOUNT_SUSPENDED:
            raise ValueError(f"{number} can't be paid with {amount} {currency}")
        reason = _REASONS.get(after.status, "already_paid")
        publishers.refuse_payment(work, after, reason, capture_id, amount, at, at)
        logger().info("order.payment_refused", number=number, reason=reason)
    return answer


async def rule(work: OrdersWork, number: str, ruling: Ruling) -> Told | Refused:
    """Support has decided the order's dispute (T26); a ruling that was overtaken changes nothing."""
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
    return await take(work, locked.order, request)


async def charge_back(work: OrdersWork, number: str, amount: int, reason: str) -> Told | Refused:
    """The buyer's bank took an amount of the order's money back: support decides what escrow still holds (T29).

    `amount` is in minor units, with all that the bank took before.
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
    return await take(work, locked.order, request)


async def time_out(work: OrdersWork, number: str, kind: str, due_at: datetime) -> Told | Refused:
    """The scheduler says that a clock has run out: a hint, which acts only if the clock is still the current one."""
    locked = await work.orders.lock(number)
    if locked is None:
        raise LookupError(f"deadline of the unknown order {number}")
    order, at = locked.order, locked.at
    deadline = deadlines.current(order)
    if deadline is None or (deadline.kind, deadline.due_at) != (kind, due_at):
        return Refused(Refusal.WRONG_STATUS, {"status": str(order.status)})
    if at < due_at:
        generation = await work.orders.say_again(number)
        publishers.set_deadline(work, replace(order, generation=generation))
        return Refused(Refusal.WRONG_STATUS, {"status": str(order.status)})
    return await take(work, order, Request(Action.TIME_OUT, Role.CLOCK, at), hinted=True)


async def settled(work: OrdersWork, number: str, version: int, at: datetime) -> None:
    """Payments has moved the money of this transition; the history shows it."""
    await work.orders.settled(number, version, at)


async def sweep(work: OrdersWork) -> int:
    """Say every deadline again that is more than two minutes overdue: a lost timer heals itself; answers how many."""
    late = await work.orders.overdue(OVERDUE_SECONDS, SWEEP_BATCH)
    for order in late:
        publishers.set_deadline(work, order)
        work.on_commit(metrics.OVERDUE_SAID_AGAIN.inc)
        logger().warning("deadline.said_again", number=order.number, status=str(order.status))
    return len(late)


async def take(work: OrdersWork, order: Order, request: Request, *, hinted: bool = False) -> Told | Refused:
    """Let an overdue clock ring first, decide, record, announce; `order` is locked, `request.at` read under the lock.

    A refusal leaves a time-out that rang committed (rules 3.3.9).
    """
    judged = judge(order, request)
    now = order
    if judged.rang is not None:
        clock = Request(Action.TIME_OUT, Role.CLOCK, request.at)
        now = await record(work, step(order, clock, judged.rang), hinted=hinted)
        if request.action is Action.TIME_OUT:
            return Told(now, request.at)
    if isinstance(judged.answer, Refusal):
        facts = {"status": str(now.status), "version": now.version}
        return Refused(judged.answer, facts | _where(judged.answer, request))
    return Told(await record(work, step(now, request, judged.answer)), request.at)


def _where(code: Refusal, request: Request) -> dict[str, Any]:
    """Which field gives no reason for a refund, and the reasons that there are."""
    if code is not Refusal.REFUND_REASON_REQUIRED:
        return {}
    reasons = SELLER_REASONS if request.action is Action.REFUND else BUYER_REASONS
    if request.reason in reasons:
        return {"errors": [{"pointer": "/body/description", "detail": "says in words why"}]}
    return {"errors": [{"pointer": "/body/reason", "detail": "one of these", "allowed": sorted(reasons)}]}


async def ring(work: OrdersWork, order: Order, at: datetime) -> Order:
    """Let an overdue clock of a locked order ring, and answer the order after it."""
    clock = Request(Action.TIME_OUT, Role.CLOCK, at)
    judged = judge(order, clock)
    return await record(work, step(order, clock, judged.rang)) if judged.rang is not None else order


async def record(work: OrdersWork, done: Step, *, hinted: bool = False) -> Order:
    """Write one transition: order, history, stock, event, timer, log line and metric, all with the row's number."""
    after, timer = _with_timer(done, hinted=hinted)
    done = replace(done, after=after)
    recorded_at = done.request.at
    await work.orders.save(done.before, after, _entry(done, recorded_at))
    if pieces := restock(done):
        await work.listings.add_stock(after.listing_id, pieces)
    so_far = await work.orders.history(after.number) if after.status is Status.DISPUTED else []
    publishers.announce_step(work, done, recorded_at, so_far)
    if timer is not None:
        timer(work, after)
    work.on_commit(metrics.TRANSITIONS.labels("order", done.row.id).inc)
    fields = {"number": after.number, "row": done.row.id, "status": str(after.status), "version": after.version}
    logger().info("order.transition", **fields, deadline=done.deadline)
    return after


def _with_timer(done: Step, *, hinted: bool) -> tuple[Order, Callable[[OrdersWork, Order], None] | None]:
    """The order with its timer's next generation, and what to tell the scheduler: nobody remembers to cancel."""
    before, after = deadlines.current(done.before), deadlines.current(done.after)
    if before == after or (after is None and hinted):
        return done.after, None
    raised = replace(done.after, generation=done.after.generation + 1)
    return raised, publishers.set_deadline if after is not None else publishers.withdraw_deadline


async def _again(work: OrdersWork, number: str) -> Order:
    locked = await work.orders.lock(number)
    assert locked is not None
    return locked.order


def _entry(done: Step, recorded_at: datetime) -> Entry:
    by_clock = done.request.role is Role.CLOCK
    return Entry(
        row=done.row.id,
        by_user=done.request.user,
        by_role=None if by_clock else str(done.request.role),
        acting_for=done.request.acting_for,
        deadline=done.deadline,
        source=str(done.before.status),
        target=str(done.after.status),
        at=done.at,
        recorded_at=recorded_at,
        why=history.why(done),
    )


_REASONS = {Status.WAITING_PAYMENT: "suspended", Status.EXPIRED: "expired", Status.DELETED: "deleted"}

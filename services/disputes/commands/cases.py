"""Commands of a case. Each locks it and goes through `_execute`: decide, record the step, publish the deadline."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.disputes import publishers
from services.disputes.domain import case as rules
from services.disputes.domain.case import Action, Case, Opening, Outcome, Request, Role
from services.disputes.repository import Evidence, Locked, Step
from services.disputes.unit_of_work import DisputesWork
from shared.actor import Actor
from shared.ids import new_id
from shared.refusals import Refusal, RefusalCode, Refused, conflict_of_interest
from shared.telemetry import metrics

CLOSED_BY = frozenset({"T24", "T25", "T26"})
"""The rows of the order's table that close a case."""


@dataclass(frozen=True, slots=True)
class Ruled:
    """What support wants to rule; `buyer_amount` in minor units, only for a split."""

    outcome: Outcome
    buyer_amount: int | None
    currency: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Statement:
    """What somebody wants to add to a case."""

    text: str
    video: str | None
    """The reference of a video that came by e-mail."""
    attachments: tuple[UUID, ...]
    """Pictures that were uploaded for this case, by their ids at chat."""


async def open_case(work: DisputesWork, opening: Opening, snapshot: dict[str, Any]) -> None:
    """Open the case of an order (C0); if there is one, a charge-back becomes its cause (C7).

    `snapshot` is the order's event. A closing that was consumed before its opening closes the case at once (C4).
    """
    locked = await work.cases.lock_of(opening.number)
    if locked is not None:
        request = Request(Action.CHARGE_BACK, Role.ORDER, opening.at, cause=opening.cause, held=opening.held)
        after = await _execute(work, locked, request, "The payment was charged back.")
        if isinstance(after, Case):
            await work.cases.put_snapshot(after.id, snapshot)
        return
    case = rules.opened(opening)
    deadline = rules.current(case, work.timeouts)
    assert deadline is not None
    await work.cases.open(case, deadline.due_at, snapshot)
    why = f"The case was opened: {case.cause}."
    await work.excerpts.case_opened(case.number)
    await work.cases.add_step(case, Step(rules.OPENED.id, None, str(Role.ORDER), opening.at, why))
    work.outbox.add(publishers.opened(case), publishers.deadlines(work.timeouts).event(case))
    work.log("case.opened", number=case.number, dispute_id=str(case.id), cause=case.cause)
    if (closing := await work.cases.take_closing(case.number)) is not None:
        await _close(work, Locked(case, opening.at), *closing)


async def add_evidence(work: DisputesWork, case_id: UUID, actor: Actor, given: Statement) -> Case | Refused:
    """Add a text, pictures, or the reference of a video that came by e-mail, of a party or of support (C1, rules 5.4).

    Chat has the pictures, and shows those that the same account uploaded for this case.
    """
    locked = await work.cases.lock(case_id)
    role = locked.case.role_of(actor) if locked is not None else None
    if locked is None or (role is None and not actor.is_support):
        return Refused(Refusal.NOT_FOUND)
    if role is None and (conflict := _conflict(locked.case, actor)) is not None:
        return Refused(conflict)
    # A suspended party may add evidence (rules 1.2); a suspended assistant or member of support may not.
    acts_for_others = role is None or actor.acting_for is not None
    if acts_for_others and await work.conduct.is_suspended(actor.user):
        return Refused(Refusal.ACCOUNT_SUSPENDED)
    role = role or Role.SUPPORT
    request = Request(Action.ADD_EVIDENCE, role, locked.at, actor.account)
    after = await _execute(work, locked, request, f"The {role} added evidence.")
    if isinstance(after, Case):
        evidence = Evidence(new_id(), actor.account, str(role), given.text, given.video, locked.at, given.attachments)
        await work.cases.add_evidence(case_id, evidence)
        work.outbox.add(publishers.evidence_added(after, evidence))
    return after


async def assign(work: DisputesWork, case_id: UUID, actor: Actor) -> Case | Refused:
    """Assign the case to this member of support (C2)."""
    locked = await _lock_for_support(work, case_id, actor)
    if isinstance(locked, Refused):
        return locked
    request = Request(Action.ASSIGN, Role.SUPPORT, locked.at, actor.account)
    return await _execute(work, locked, request, "Support took the case.")


async def rule(work: DisputesWork, case_id: UUID, actor: Actor, ruled: Ruled) -> Case | Refused:
    """Record support's ruling, once; orders executes it under the order's own lock (C3, rules 5.11)."""
    locked = await _lock_for_support(work, case_id, actor)
    if isinstance(locked, Refused):
        return locked
    request = Request(
        Action.DECIDE,
        Role.SUPPORT,
        locked.at,
        actor.account,
        ruled.outcome,
        ruled.buyer_amount,
        ruled.currency,
        ruled.reason,
    )
    after = await _execute(work, locked, request, f"Support decided: {ruled.outcome}. {ruled.reason or ''}")
    if isinstance(after, Case):
        work.outbox.add(publishers.decided(after))
    return after


async def close(work: DisputesWork, number: str, version: int, row: str, at: datetime) -> Case | Refused | None:
    """Close the case of a closed order (C4); the order's `row` says how it ended. Most closed orders have no case."""
    locked = await work.cases.lock_of(number)
    if locked is None:
        if row in CLOSED_BY:
            await work.cases.remember_closing(number, version, row, at)
        return None
    return await _close(work, locked, row, at)


async def expire(work: DisputesWork, case_id: UUID, kind: str, due_at: datetime) -> Refused | None:
    """Remind support of an idle case (C5), or escalate it (C6); a case does not end by itself (rules 5.7)."""
    locked = await work.cases.lock(case_id)
    if locked is None:
        return Refused(Refusal.WRONG_STATUS)
    deadlines = publishers.deadlines(work.timeouts)
    if not await deadlines.has_expired(work, work.cases, locked.case, kind, due_at, locked.at):
        return Refused(Refusal.WRONG_STATUS)
    action = Action.REMIND if kind == "reminder" else Action.ESCALATE
    after = await _execute(work, locked, Request(action, Role.CLOCK, due_at), _WHY[action])
    if isinstance(after, Refused):
        return after
    work.log_warning("case.idle", number=locked.case.number, dispute_id=str(case_id), kind=kind)
    return None


async def sweep(work: DisputesWork) -> int:
    """Republish deadlines that are overdue by more than 2 minutes, for their timers may be lost; returns how many."""
    return await publishers.deadlines(work.timeouts).sweep(work, work.cases)


async def _close(work: DisputesWork, locked: Locked, row: str, at: datetime) -> Case | Refused:
    request = Request(Action.CLOSE, Role.ORDER, at, by_row=row)
    after = await _execute(work, locked, request, f"The order was closed ({row}).")
    if isinstance(after, Case):
        work.outbox.add(publishers.closed(after, at))
    return after


async def _execute(work: DisputesWork, locked: Locked, request: Request, why: str) -> Case | Refused:
    """Decide the request and record its step; `why` is the sentence of the audit trail."""
    case = locked.case
    row = rules.decide(case, request)
    if isinstance(row, RefusalCode):
        return Refused(row, {"state": str(case.state)})
    after, event = publishers.deadlines(work.timeouts).follow(case, rules.apply(case, request, row))
    if event is not None:
        work.outbox.add(event)
    deadline = rules.current(after, work.timeouts)
    step = Step(row.id, request.user, str(request.role), request.at, why.strip())
    await work.cases.save(case, after, deadline.due_at if deadline is not None else None, step)
    work.on_commit(metrics.TRANSITIONS.labels("case", row.id).inc)
    work.log("case.transition", number=case.number, row=row.id, state=str(after.state), user=request.user)
    return after


async def _lock_for_support(work: DisputesWork, case_id: UUID, actor: Actor) -> Locked | Refused:
    locked = await work.cases.lock(case_id)
    if locked is None:
        return Refused(Refusal.NOT_FOUND)
    conflict = _conflict(locked.case, actor)
    return Refused(conflict) if conflict is not None else locked


def _conflict(case: Case, actor: Actor) -> RefusalCode | None:
    return conflict_of_interest(actor.accounts, case.buyer, case.seller)


_WHY = {
    Action.REMIND: "Nothing has happened for a day: support is reminded.",
    Action.ESCALATE: "Open for too long: an operator is notified.",
}

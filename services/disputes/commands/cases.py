"""What can be asked of a case: every step locks it, decides by its table, records, announces."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.disputes import publishers
from services.disputes.domain import case as life
from services.disputes.domain.case import Action, Case, CaseTimeouts, Opening, Outcome, Request, Role
from services.disputes.repository import Evidence, Locked, Step
from services.disputes.unit_of_work import DisputesWork
from shared.ids import new_id
from shared.refusals import Refusal, Refused, conflict_of_interest
from shared.telemetry import metrics

CLOSED_BY = frozenset({"T24", "T25", "T26"})
"""The rows of the order's table that close a case."""


@dataclass(frozen=True, slots=True)
class By:
    """Who asks, whether support asks, and the assistant who acts for the user, if the user does not ask."""

    user: str
    support: bool
    sub: str = ""
    """The assistant who asks for `user`; empty or the same for oneself."""

    @property
    def persons(self) -> tuple[str, str]:
        """The person who asks and the account acted for."""
        return (self.sub or self.user, self.user)

    @property
    def assistant(self) -> str | None:
        """Who acts for the user, None for oneself."""
        return self.sub if self.sub not in ("", self.user) else None

    def side_of(self, case: Case) -> Role | None:
        """As what a party they have this case; an assistant has what its seller sells (rules 1.4)."""
        role = case.role_of(self.user)
        return None if self.assistant is not None and role is not Role.SELLER else role


@dataclass(frozen=True, slots=True)
class Ruled:
    """What support wants to rule."""

    outcome: Outcome
    buyer_amount: int | None
    currency: str | None
    reason: str | None


async def open_case(work: DisputesWork, opening: Opening, snapshot: dict[str, Any], timeouts: CaseTimeouts) -> None:
    """The buyer escalated, or the payment was charged back; a second time it only updates the open case (T22, T29)."""
    locked = await work.cases.lock_of(opening.number)
    if locked is not None:
        await _update(work, locked, opening, snapshot, timeouts)
        return
    case = life.opened(opening)
    deadline = life.current(case, timeouts)
    assert deadline is not None
    await work.cases.open(case, deadline.due_at, snapshot)
    why = f"The case was opened: {case.cause}."
    await work.cases.add_step(case, Step(life.OPENED.id, None, str(Role.ORDER), opening.at, why))
    publishers.opened(work, case)
    work.outbox.add(publishers.deadlines(timeouts).event(case))
    work.log("case.opened", number=case.number, dispute_id=str(case.id), cause=case.cause)
    if (closing := await work.cases.take_closing(case.number)) is not None:
        await _close(work, Locked(case, opening.at), closing[0], closing[1], timeouts)


async def add_evidence(
    work: DisputesWork, case_id: UUID, by: By, text: str, video: str | None, timeouts: CaseTimeouts
) -> Case | Refused:
    """A party or support adds a text, or the reference of a video that came by e-mail (rules 5.4)."""
    found = await _lock(work, case_id, by)
    if isinstance(found, Refused):
        return found
    role = by.side_of(found.case)
    if role is None and (own := _own(found.case, by)) is not None:
        return Refused(own)
    # A suspended party may still be heard (rules 1.2); nobody who is suspended may be heard for others.
    helper = by.assistant or (by.user if role is None else None)
    if helper is not None and await work.conduct.is_suspended(helper):
        return Refused(Refusal.ACCOUNT_SUSPENDED)
    role = role or Role.SUPPORT
    request = Request(Action.ADD_EVIDENCE, role, found.at, by.user)
    after = await _take(work, found, request, timeouts, f"The {role} added evidence.")
    if isinstance(after, Case):
        evidence = Evidence(new_id(), by.user, str(role), text, video, found.at)
        await work.cases.add_evidence(case_id, evidence)
        publishers.evidence_added(work, after, evidence.id, by.user, str(role), found.at)
    return after


async def assign(work: DisputesWork, case_id: UUID, by: By, timeouts: CaseTimeouts) -> Case | Refused:
    """Somebody of support takes the case."""
    found = await _lock_for_support(work, case_id, by)
    if isinstance(found, Refused):
        return found
    request = Request(Action.ASSIGN, Role.SUPPORT, found.at, by.user)
    return await _take(work, found, request, timeouts, "Support took the case.")


async def rule(work: DisputesWork, case_id: UUID, by: By, ruled: Ruled, timeouts: CaseTimeouts) -> Case | Refused:
    """Support decides, once; orders applies it under the order's own lock (rules 5.11)."""
    found = await _lock_for_support(work, case_id, by)
    if isinstance(found, Refused):
        return found
    request = Request(
        Action.DECIDE,
        Role.SUPPORT,
        found.at,
        by.user,
        ruled.outcome,
        ruled.buyer_amount,
        ruled.currency,
        ruled.reason,
    )
    after = await _take(work, found, request, timeouts, f"Support decided: {ruled.outcome}. {ruled.reason or ''}")
    if isinstance(after, Case):
        publishers.decided(work, after)
    return after


async def close(
    work: DisputesWork, number: str, version: int, row: str, at: datetime, timeouts: CaseTimeouts
) -> Case | Refused | None:
    """The order is closed; its row says how the case ended. Most closed orders have no case."""
    locked = await work.cases.lock_of(number)
    if locked is None:
        if row in CLOSED_BY:
            await work.cases.remember_closing(number, version, row, at)
        return None
    return await _close(work, locked, row, at, timeouts)


async def expire(
    work: DisputesWork, case_id: UUID, kind: str, due_at: datetime, timeouts: CaseTimeouts
) -> Refused | None:
    """A case was idle for too long: notify support or an operator; it does not end by itself (rules 5.7)."""
    locked = await work.cases.lock(case_id)
    if locked is None:
        return Refused(Refusal.WRONG_STATUS)
    deadlines = publishers.deadlines(timeouts)
    if not await deadlines.has_expired(work, work.cases, locked.case, kind, due_at, locked.at):
        return Refused(Refusal.WRONG_STATUS)
    action = Action.REMIND if kind == "reminder" else Action.ESCALATE
    why = "Nothing has happened for a day: support is reminded." if action is Action.REMIND else _ESCALATED
    taken = await _take(work, locked, Request(action, Role.CLOCK, due_at), timeouts, why)
    if isinstance(taken, Refused):
        return taken
    work.log_warning("case.idle", number=locked.case.number, dispute_id=str(case_id), kind=kind)
    return None


async def sweep(work: DisputesWork, timeouts: CaseTimeouts) -> int:
    """Republish the deadlines of cases that are overdue; answers how many."""
    return await publishers.deadlines(timeouts).sweep(work, work.cases)


async def _update(
    work: DisputesWork, locked: Locked, opening: Opening, snapshot: dict[str, Any], timeouts: CaseTimeouts
) -> None:
    """A charge-back during a dispute: the case goes on under its new cause (C7)."""
    request = Request(Action.CHARGE_BACK, Role.ORDER, opening.at, cause=opening.cause, held=opening.held)
    after = await _take(work, locked, request, timeouts, "The payment was charged back.")
    if isinstance(after, Case):
        await work.cases.put_snapshot(after.id, snapshot)


async def _close(work: DisputesWork, locked: Locked, row: str, at: datetime, timeouts: CaseTimeouts) -> Case | Refused:
    request = Request(Action.CLOSE, Role.ORDER, at, by_row=row)
    after = await _take(work, locked, request, timeouts, f"The order was closed ({row}).")
    if isinstance(after, Case):
        publishers.closed(work, after, at)
    return after


async def _take(
    work: DisputesWork, locked: Locked, request: Request, timeouts: CaseTimeouts, why: str
) -> Case | Refused:
    """Decide, record, keep the timer: the same for every step of a case."""
    case = locked.case
    row = life.decide(case, request)
    if isinstance(row, Refusal):
        return Refused(row, {"state": str(case.state)})
    after, event = publishers.deadlines(timeouts).follow(case, life.apply(case, request, row))
    if event is not None:
        work.outbox.add(event)
    deadline = life.current(after, timeouts)
    step = Step(row.id, request.user, str(request.role), request.at, why.strip())
    await work.cases.save(case, after, deadline.due_at if deadline is not None else None, step)
    work.on_commit(metrics.TRANSITIONS.labels("case", row.id).inc)
    work.log("case.transition", number=case.number, row=row.id, state=str(after.state), user=request.user)
    return after


async def _lock(work: DisputesWork, case_id: UUID, by: By) -> Locked | Refused:
    locked = await work.cases.lock(case_id)
    if locked is None or (by.side_of(locked.case) is None and not by.support):
        return Refused(Refusal.NOT_FOUND)
    return locked


async def _lock_for_support(work: DisputesWork, case_id: UUID, by: By) -> Locked | Refused:
    locked = await work.cases.lock(case_id)
    if locked is None:
        return Refused(Refusal.NOT_FOUND)
    own = _own(locked.case, by)
    return Refused(own) if own is not None else locked


def _own(case: Case, by: By) -> Refusal | None:
    return conflict_of_interest(by.persons, case.buyer, case.seller)


_ESCALATED = "Open for too long: an operator is told."

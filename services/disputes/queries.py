"""Reads of cases, conduct and flags; nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, tuple_
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.disputes.commands.conduct import Flag
from services.disputes.domain import case as rules
from services.disputes.domain.case import Case, CaseTimeouts, Deadline
from services.disputes.domain.conduct import Account
from services.disputes.tables import (
    AccountRow,
    AccountStepRow,
    CaseRow,
    CaseStepRow,
    EntryRow,
    EvidenceRow,
    ExcerptPartRow,
    FlagRow,
    OffenceRow,
    to_account,
    to_case,
)
from shared.actor import Actor
from shared.refusals import Refusal, Refused


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What the parties wrote to each other and the order's log: the newest entries, oldest first."""

    entries: Sequence[EntryRow]
    total: int
    """How many there are."""
    complete: bool
    """Whether all parts have arrived."""
    omitted: bool
    """Whether chat has still older ones, which are in no case."""


@dataclass(frozen=True, slots=True)
class CaseFile:
    """Everything about a case: the order as orders published it, evidence, steps, excerpt, deadline and ruling."""

    case: Case
    snapshot: dict[str, Any]
    evidence: Sequence[EvidenceRow]
    steps: Sequence[CaseStepRow]
    clock: Deadline | None
    excerpt: Excerpt


@dataclass(frozen=True, slots=True)
class ConductFile:
    """The status of an account, its offences and, for support, its changes."""

    account: Account
    offences: Sequence[OffenceRow]
    steps: Sequence[AccountStepRow]


async def case_file(
    session: AsyncSession, case_id: UUID, actor: Actor, timeouts: CaseTimeouts, entries: int
) -> CaseFile | Refused:
    """A case, for a party or support, with so many of the newest entries of its excerpt."""
    row = await session.get(CaseRow, case_id)
    if row is None or not _may_see(row, actor):
        return Refused(Refusal.NOT_FOUND)
    evidence = select(EvidenceRow).where(col(EvidenceRow.case_id) == case_id).order_by(col(EvidenceRow.id))
    steps = select(CaseStepRow).where(col(CaseStepRow.case_id) == case_id).order_by(col(CaseStepRow.version))
    case = to_case(row.model_dump())
    clock = rules.current(case, timeouts)
    added, taken = (await session.exec(evidence)).all(), (await session.exec(steps)).all()
    return CaseFile(case, row.snapshot, added, taken, clock, await _excerpt(session, case.number, entries))


async def entries(
    session: AsyncSession, case_id: UUID, actor: Actor, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[EntryRow] | Refused:
    """Messages and log lines of a case, oldest first, from the one behind `after` on, for a party or support."""
    row = await session.get(CaseRow, case_id)
    if row is None or not _may_see(row, actor):
        return Refused(Refusal.NOT_FOUND)
    time = (col(EntryRow.at), col(EntryRow.id))
    query = select(EntryRow).where(col(EntryRow.number) == row.number).order_by(*time).limit(limit)
    if after is not None:
        query = query.where(tuple_(*time) > after)
    return (await session.exec(query)).all()


async def cases(
    session: AsyncSession, actor: Actor, order: str | None, state: str | None, after: UUID | None, limit: int
) -> list[Case]:
    """One's own cases, or for support all of them, oldest first, from the one behind `after` on."""
    query = select(CaseRow).order_by(col(CaseRow.id)).limit(limit)
    if not actor.is_support:
        sells, buys = col(CaseRow.seller) == actor.account, col(CaseRow.buyer) == actor.account
        query = query.where(sells if actor.acting_for is not None else or_(buys, sells))
    if order is not None:
        query = query.where(col(CaseRow.number) == order)
    if state is not None:
        query = query.where(col(CaseRow.state) == state)
    if after is not None:
        query = query.where(col(CaseRow.id) > after)
    return [to_case(row.model_dump()) for row in await session.exec(query)]


async def conduct(session: AsyncSession, user: str, actor: Actor) -> ConductFile:
    """The status of an account, for itself and for support; an account without offences is active."""
    row = await session.get(AccountRow, user)
    offences = select(OffenceRow).where(col(OffenceRow.user) == user).order_by(col(OffenceRow.at), col(OffenceRow.id))
    steps = select(AccountStepRow).where(col(AccountStepRow.user) == user).order_by(col(AccountStepRow.version))
    account = to_account(row.model_dump()) if row is not None else Account(user)
    trail = (await session.exec(steps)).all() if actor.is_support else ()
    return ConductFile(account, (await session.exec(offences)).all(), trail)


async def flags(
    session: AsyncSession, user: str | None, kind: str | None, open_: bool | None, after: UUID | None, limit: int
) -> list[Flag]:
    """Records that support works through, oldest first, from the one behind `after` on."""
    query = select(FlagRow).order_by(col(FlagRow.id)).limit(limit)
    if user is not None:
        query = query.where(col(FlagRow.user) == user)
    if kind is not None:
        query = query.where(col(FlagRow.kind) == kind)
    if open_ is not None:
        query = query.where(col(FlagRow.resolved_at).is_(None) == open_)
    if after is not None:
        query = query.where(col(FlagRow.id) > after)
    return [_flag(row) for row in await session.exec(query)]


async def _excerpt(session: AsyncSession, number: str, newest: int) -> Excerpt:
    time = (col(EntryRow.at).desc(), col(EntryRow.id).desc())
    shown = select(EntryRow).where(col(EntryRow.number) == number).order_by(*time).limit(newest)
    counted = select(func.count()).select_from(EntryRow).where(col(EntryRow.number) == number)
    parts = (await session.exec(select(ExcerptPartRow).where(col(ExcerptPartRow.number) == number))).all()
    complete = bool(parts) and len(parts) == parts[0].parts
    rows, total = (await session.exec(shown)).all(), (await session.exec(counted)).one()
    return Excerpt(rows[::-1], total, complete, any(part.omitted for part in parts))


def _may_see(row: CaseRow, actor: Actor) -> bool:
    return actor.is_support or to_case(row.model_dump()).role_of(actor) is not None


def _flag(row: FlagRow) -> Flag:
    settled: tuple[datetime | None, str | None, str | None] = (row.resolved_at, row.resolved_by, row.resolution)
    return Flag(row.id, row.user, row.kind, row.text, row.by_user, row.at, *settled)

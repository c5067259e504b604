"""Cases with their evidence and their trail. `lock` is the only way to load one for change."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from services.disputes.domain.case import Case
from services.disputes.tables import from_case, to_case
from shared.db.repository import Repository

_CHANGING = (
    "held",
    "cause",
    "version",
    "generation",
    "active_at",
    "assigned_to",
    "overtaken",
    "reminders",
    "escalated_at",
    "closed_at",
    "state",
    "ruled_outcome",
    "ruled_amount",
    "ruled_reason",
    "ruled_by",
    "ruled_at",
    "outcome",
)
_LOCK = """
with c as materialized (select * from cases where id = $1 for update) select c.*, market_now() as read_at from c
"""
_LOCK_OF = """
with c as materialized (select * from cases where number = $1 for update) select c.*, market_now() as read_at from c
"""
_OPEN = """
insert into cases (id, number, buyer, seller, held, currency, cause, state, version, generation, opened_at, active_at,
                   overtaken, reminders, due_at, snapshot)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, false, 0, $12, $13)
on conflict do nothing returning true
"""
_SAVE = f"""
update cases set {", ".join(f"{name} = ${n + 3}" for n, name in enumerate(_CHANGING))}, due_at = ${len(_CHANGING) + 3}
where id = $1 and version = $2 returning true
"""
_SNAPSHOT = "update cases set snapshot = $2 where id = $1"
_STEP = """
insert into case_steps (case_id, version, row, by_user, by_role, at, why) values ($1, $2, $3, $4, $5, $6, $7)
"""
_EVIDENCE = """
insert into evidence (id, case_id, by_user, by_role, text, video_reference, at, attachments)
values ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_NEXT_GENERATION = "update cases set generation = generation + 1 where id = $1 returning generation"
_OVERDUE = """
with late as materialized (
    select id from cases where due_at < market_now() - make_interval(secs => $1)
    order by due_at limit $2 for update skip locked)
update cases c set generation = generation + 1 from late where c.id = late.id returning c.*
"""
_CLOSING = """
insert into closings (number, version, row, at) values ($1, $2, $3, $4) on conflict do nothing
"""
CLOSING_DAYS = 35
"""How long a closing waits for its case: as long as a message may be delivered again. Most such orders have no case."""
FORGOTTEN = (
    f"""delete from closings where number in (
            select number from closings where at < clock_timestamp() - interval '{CLOSING_DAYS} days' limit 1000)""",
)
_TAKE_CLOSING = "delete from closings where number = $1 returning row, at"


@dataclass(frozen=True, slots=True)
class Locked:
    """A case locked for change, with the time read under the lock."""

    case: Case
    at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """A line of a case's audit trail."""

    row: str
    user: str | None
    role: str
    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something added to a case."""

    id: UUID
    user: str
    role: str
    text: str
    video_reference: str | None
    at: datetime
    attachments: tuple[UUID, ...] = ()
    """Its pictures, by their ids at chat."""


class Cases(Repository):
    """Cases, their evidence and their trail."""

    async def lock(self, case_id: UUID) -> Locked | None:
        """Load a case for change."""
        return _locked(await self._sql.fetchrow(_LOCK, case_id))

    async def lock_of(self, number: str) -> Locked | None:
        """Load an order's case for change."""
        return _locked(await self._sql.fetchrow(_LOCK_OF, number))

    async def open(self, case: Case, due_at: datetime, snapshot: dict[str, Any]) -> bool:
        """Write a new case; False when the order has one already."""
        given = (case.id, case.number, case.buyer, case.seller, case.held, case.currency, case.cause)
        stands = (str(case.state), case.version, case.generation, case.opened_at)
        return await self._sql.fetchval(_OPEN, *given, *stands, due_at, _text(snapshot)) is not None

    async def save(self, before: Case, after: Case, due_at: datetime | None, step: Step) -> None:
        """Write a step of a case and its line in the trail. Raises RuntimeError for a stale case."""
        columns = from_case(after)
        values = [columns[name] for name in _CHANGING]
        if await self._sql.fetchval(_SAVE, before.id, before.version, *values, due_at) is None:
            raise RuntimeError(f"case {before.id} changed under its own lock")
        await self.add_step(after, step)

    async def add_step(self, case: Case, step: Step) -> None:
        """Write a line of the trail."""
        await self._sql.execute(_STEP, case.id, case.version, step.row, step.user, step.role, step.at, step.why)

    async def put_snapshot(self, case_id: UUID, snapshot: dict[str, Any]) -> None:
        """Save the latest event of the order in dispute."""
        await self._sql.execute(_SNAPSHOT, case_id, _text(snapshot))

    async def add_evidence(self, case_id: UUID, evidence: Evidence) -> None:
        """Write a piece of evidence; it is never changed."""
        given = (evidence.id, case_id, evidence.user, evidence.role, evidence.text, evidence.video_reference)
        await self._sql.execute(_EVIDENCE, *given, evidence.at, list(evidence.attachments))

    async def next_generation(self, case: Case) -> Case:
        """Raise the generation of a locked case, so that the same deadline can be set once more."""
        return replace(case, generation=await self._sql.fetchval(_NEXT_GENERATION, case.id))

    async def overdue(self, seconds: int, limit: int) -> list[Case]:
        """Lock cases whose deadline is overdue by this many seconds, and raise their generation; skips locked rows."""
        return [to_case(dict(row)) for row in await self._sql.fetch(_OVERDUE, seconds, limit)]

    async def remember_closing(self, number: str, version: int, row: str, at: datetime) -> None:
        """Remember that an order was closed before the event of its dispute was consumed."""
        await self._sql.execute(_CLOSING, number, version, row, at)

    async def take_closing(self, number: str) -> tuple[str, datetime] | None:
        """By which row and when the order was closed before its case was opened; None if it was not."""
        row = await self._sql.fetchrow(_TAKE_CLOSING, number)
        return (row["row"], row["at"]) if row is not None else None


def _locked(row: asyncpg.Record | None) -> Locked | None:
    return Locked(to_case(dict(row)), row["read_at"]) if row is not None else None


def _text(snapshot: dict[str, Any]) -> str:
    return orjson.dumps(snapshot).decode()

"""Disputes' storage in memory: cases with their trail and evidence, accounts, offences and flags."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

import asyncpg

from services.disputes.domain.case import Case, CaseTimeouts
from services.disputes.domain.conduct import Account
from services.disputes.domain.excerpt import Entry, Part
from services.disputes.repository import Cases, Conduct, Evidence, Excerpts, Locked, Step
from services.disputes.unit_of_work import DisputesWork
from shared.db.unit_of_work import UnitOfWork
from tests.support.memory.database import NO_SQL, BusinessClock, Tables

TIMEOUTS = CaseTimeouts(reminder=24 * 3600, escalation=14 * 24 * 3600)
_FIXED = ("id", "number", "buyer", "seller", "currency", "opened_at")


@dataclass(frozen=True)
class Offence:
    """An offence that was counted, and whether it still counts."""

    id: UUID
    user: str
    annulled: bool = False


@dataclass
class DisputesTables(Tables):
    """The tables of disputes."""

    cases: dict[UUID, Case] = field(default_factory=dict)
    due: dict[UUID, datetime | None] = field(default_factory=dict)
    snapshots: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    steps: dict[tuple[UUID, int], Step] = field(default_factory=dict)
    evidence: list[tuple[UUID, Evidence]] = field(default_factory=list)
    closings: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    parts: dict[tuple[str, int], Part] = field(default_factory=dict)
    entries: dict[tuple[str, UUID], Entry] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    """Orders of which parts or entries were stored before there was a case."""
    accounts: dict[str, Account] = field(default_factory=dict)
    offences: dict[tuple[str, str], Offence] = field(default_factory=dict)
    flags: dict[str, dict[str, Any]] = field(default_factory=dict)


class MemoryDisputesWork(DisputesWork):
    """One transaction of disputes over tables in memory."""

    def __init__(self, tables: DisputesTables, clock: BusinessClock) -> None:
        UnitOfWork.__init__(self, NO_SQL, "disputes")
        self._clock, self.timeouts = clock, TIMEOUTS
        self.cases = MemoryCases(tables, clock)
        self.excerpts = MemoryExcerpts(tables)
        self.conduct = MemoryConduct(tables, clock)

    async def now(self) -> datetime:
        return self._clock.now()


class MemoryCases(Cases):
    """Cases, their evidence and their trail."""

    def __init__(self, tables: DisputesTables, clock: BusinessClock) -> None:
        self._tables, self._clock = tables, clock

    async def lock(self, case_id: UUID) -> Locked | None:
        case = self._tables.cases.get(case_id)
        return Locked(case, self._clock.now()) if case is not None else None

    async def lock_of(self, number: str) -> Locked | None:
        case = next((each for each in self._tables.cases.values() if each.number == number), None)
        return Locked(case, self._clock.now()) if case is not None else None

    async def open(self, case: Case, due_at: datetime, snapshot: dict[str, Any]) -> bool:
        if case.id in self._tables.cases or await self.lock_of(case.number) is not None:
            return False
        self._tables.cases[case.id] = case
        self._tables.due[case.id] = due_at
        self._tables.snapshots[case.id] = snapshot
        return True

    async def save(self, before: Case, after: Case, due_at: datetime | None, step: Step) -> None:
        known = self._tables.cases.get(before.id)
        if known is None or known.version != before.version:
            raise RuntimeError(f"case {before.id} changed under its own lock")
        self._tables.cases[before.id] = replace(after, **{name: getattr(known, name) for name in _FIXED})
        self._tables.due[before.id] = due_at
        await self.add_step(after, step)

    async def add_step(self, case: Case, step: Step) -> None:
        assert (case.id, case.version) not in self._tables.steps, "one line of the trail per version"
        self._tables.steps[case.id, case.version] = step

    async def put_snapshot(self, case_id: UUID, snapshot: dict[str, Any]) -> None:
        self._tables.snapshots[case_id] = snapshot

    async def add_evidence(self, case_id: UUID, evidence: Evidence) -> None:
        self._tables.evidence.append((case_id, evidence))

    async def next_generation(self, case: Case) -> Case:
        known = self._tables.cases[case.id]
        raised = replace(known, generation=known.generation + 1)
        self._tables.cases[case.id] = raised
        return raised

    async def overdue(self, seconds: int, limit: int) -> list[Case]:
        edge = self._clock.now() - timedelta(seconds=seconds)
        late = sorted((due, case_id) for case_id, due in self._tables.due.items() if due is not None and due < edge)
        for _, case_id in late[:limit]:
            await self.next_generation(self._tables.cases[case_id])
        return [self._tables.cases[case_id] for _, case_id in late[:limit]]

    async def remember_closing(self, number: str, version: int, row: str, at: datetime) -> None:
        self._tables.closings.setdefault(number, (row, at))

    async def take_closing(self, number: str) -> tuple[str, datetime] | None:
        return self._tables.closings.pop(number, None)


class MemoryExcerpts(Excerpts):
    """Parts of excerpts, and messages and log lines as entries of a case."""

    def __init__(self, tables: DisputesTables) -> None:
        self._tables = tables

    async def add_part(self, number: str, part: Part) -> None:
        self._tables.parts.setdefault((number, part.part), part)
        self._wait(number)

    async def add(self, number: str, entries: Sequence[Entry]) -> int:
        before = len(self._tables.entries)
        for entry in entries:
            self._tables.entries.setdefault((number, entry.id), entry)
        self._wait(number)
        return len(self._tables.entries) - before

    async def case_opened(self, number: str) -> None:
        self._tables.waiting.discard(number)

    def _wait(self, number: str) -> None:
        if not any(case.number == number for case in self._tables.cases.values()):
            self._tables.waiting.add(number)


class MemoryConduct(Conduct):
    """Accounts, offences and flags."""

    def __init__(self, tables: DisputesTables, clock: BusinessClock) -> None:
        self._tables, self._clock = tables, clock

    async def lock(self, user: str) -> tuple[Account, datetime]:
        return self._tables.accounts.setdefault(user, Account(user)), self._clock.now()

    async def save(self, before: Account, after: Account, row: str, by: str | None) -> None:
        known = self._tables.accounts.get(before.user)
        if known is None or known.version != before.version:
            raise RuntimeError(f"{before.user} changed under its own lock")
        self._tables.accounts[before.user] = after

    async def add_offence(
        self, offence_id: UUID, user: str, source: tuple[str, str], kinds: list[str], at: datetime
    ) -> bool:
        if source in self._tables.offences:
            return False
        self._tables.offences[source] = Offence(offence_id, user)
        return True

    async def annul(self, offence_id: UUID, user: str, at: datetime, by: str, why: str) -> bool:
        wanted = Offence(offence_id, user)
        source = next((source for source, offence in self._tables.offences.items() if offence == wanted), None)
        if source is None:
            return False
        self._tables.offences[source] = replace(wanted, annulled=True)
        return True

    async def has_offence(self, offence_id: UUID, user: str) -> bool:
        return any((each.id, each.user) == (offence_id, user) for each in self._tables.offences.values())

    async def flag(self, flag_id: UUID, user: str, kind: str, text: str, by: str, source: str, at: datetime) -> bool:
        if source in self._tables.flags:
            return False
        row = {"id": flag_id, "user": user, "kind": kind, "text": text, "by_user": by, "source": source, "at": at}
        self._tables.flags[source] = {**row, "resolved_at": None, "resolved_by": None, "resolution": None}
        return True

    async def resolve(self, flag_id: UUID, at: datetime, by: str, resolution: str) -> asyncpg.Record | None:
        row = next((each for each in self._tables.flags.values() if each["id"] == flag_id), None)
        if row is None or row["resolved_at"] is not None:
            return None
        done = {**row, "resolved_at": at, "resolved_by": by, "resolution": resolution}
        self._tables.flags[row["source"]] = done
        return cast("asyncpg.Record", done)

    async def flagged(self, flag_id: UUID) -> str | None:
        return next((each["user"] for each in self._tables.flags.values() if each["id"] == flag_id), None)

    async def is_suspended(self, user: str) -> bool:
        account = self._tables.accounts.get(user)
        return account is not None and str(account.status) in ("suspended", "terminated")

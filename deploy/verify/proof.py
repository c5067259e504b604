"""Runs the invariants: each database in one snapshot, then all of them together once the system is idle."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

from deploy.verify import foreign
from deploy.verify.idle import IdleCheck, Report
from deploy.verify.invariants import Invariant, across, own
from shared.clock import monotonic

SHOWN_MAX = 20
"""Offending rows of one invariant that are fetched."""

IDLE = Invariant("I00", "Every event has arrived, and no deadline is due.", "across", "", "")
"""Not a rule of the books but the condition for comparing them: a system that never becomes idle is broken too."""

_UNREST = frozenset({"I16", "I18"})
"""Invariants that, when broken, already explain why the system does not become idle."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What the proof of one invariant showed."""

    invariant: Invariant
    looked_at: int
    rows: tuple[Mapping[str, Any], ...]
    """What breaks it; empty in sound books."""

    @property
    def ok(self) -> bool:
        """Whether it holds."""
        return not self.rows


def broken(findings: Iterable[Finding]) -> list[Finding]:
    """The findings of invariants that do not hold."""
    return [finding for finding in findings if not finding.ok]


async def prove(
    dsns: Mapping[str, str], verify_dsn: str, *, wait_seconds: float = 20, report: Report = lambda _: None
) -> list[Finding]:
    """Prove every invariant, waiting so many seconds until the system is idle; one finding for each."""
    async with AsyncExitStack() as stack:
        services = {name: await stack.enter_async_context(_connection(dsn)) for name, dsn in dsns.items()}
        books = await stack.enter_async_context(_connection(verify_dsn))
        await foreign.prepare(books, dsns)
        under_way = next(each.sql for each in across() if each.number == "I19")
        idle = IdleCheck(books, services, under_way)
        left = await idle.wait(wait_seconds, report)
        findings = [finding for name, sql in services.items() for finding in await _snapshot(sql, own(name))]
        if not left:
            return findings + await _compared(books, idle, wait_seconds, report)
    if not any(finding.invariant.number in _UNREST for finding in broken(findings)):
        findings.append(Finding(IDLE, 0, tuple({"left": what} for what in left)))
    return findings


async def _compared(
    books: "asyncpg.Connection[Any]", idle: IdleCheck, wait_seconds: float, report: Report
) -> list[Finding]:
    """Several databases have no common snapshot: what differs counts only if nothing moved while we looked."""
    until = monotonic() + wait_seconds
    while True:
        before = await idle.pulse()
        findings = await _snapshot(books, across())
        if not broken(findings) or before == await idle.pulse() or monotonic() >= until:
            return findings
        await idle.wait(until - monotonic(), report)


async def _snapshot(sql: "asyncpg.Connection[Any]", invariants: Iterable[Invariant]) -> list[Finding]:
    async with sql.transaction(isolation="repeatable_read", readonly=True):
        return [await _ask(sql, invariant) for invariant in invariants]


async def _ask(sql: "asyncpg.Connection[Any]", invariant: Invariant) -> Finding:
    looked_at = await sql.fetchval(f"select count(*) from {invariant.source}")
    rows = await sql.fetch(f"select * from ({invariant.sql}) as found limit {SHOWN_MAX}")
    return Finding(invariant, looked_at, tuple(dict(row) for row in rows))


@asynccontextmanager
async def _connection(dsn: str) -> AsyncIterator["asyncpg.Connection[Any]"]:
    # foreign tables have no statistics: without this, large ones would be compared row by row
    settings = {"application_name": "holdfast-verify", "jit": "off", "enable_nestloop": "off", "timezone": "UTC"}
    sql = await asyncpg.connect(dsn, timeout=10, server_settings=settings)
    try:
        yield sql
    finally:
        await sql.close()

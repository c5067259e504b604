"""Records the statements that one order costs in the services' databases, so that pgbench can run the same.

PostgreSQL logs every statement with its values during that order; a transaction belongs to the order when one
of its values names it. Polls that find nothing name nothing, so they are left out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from deploy.stack import Stack
from tests.bench.databases import Databases
from tests.bench.lifecycles import Load, Seen

_ENTRY = re.compile(r"^\S+ \S+ \S+ \[(?P<pid>\d+)\] (?P<role>\w+)@(?P<database>\w+) (?P<level>\w+):  (?P<text>.*)$")
_EXECUTE = re.compile(r"^(?:execute [^:]+|statement): (?P<sql>.*)$", re.DOTALL)
_VALUE = re.compile(r"\$(\d+) = (NULL|'(?:[^']|'')*')")
_BEGIN, _END = ("BEGIN", "START TRANSACTION"), ("COMMIT", "ROLLBACK")


@dataclass(slots=True)
class Statement:
    """One statement with the values it was executed with, as SQL literals; NULL stays NULL."""

    sql: str
    values: tuple[str, ...] = ()


@dataclass(slots=True)
class Transaction:
    """The statements of one connection between begin and commit."""

    database: str
    statements: list[Statement] = field(default_factory=list)

    def names(self, words: set[str]) -> bool:
        """Whether one of its values has one of these words in it."""
        return any(word in value for each in self.statements for value in each.values for word in words)


async def record(stack: Stack, databases: Databases, load: Load) -> list[Transaction]:
    """Plays one order and returns its transactions, of all services, in the order of their ends."""
    log = stack.layout.output("postgres")
    await databases.all_handled()
    await _log(databases, "all")
    begun = log.stat().st_size
    try:
        number = await load.one(Seen())
        await databases.all_handled()
    finally:
        await _log(databases, "none")
    with log.open() as file:
        file.seek(begun)
        found = list(_transactions(file.read()))
    sql = databases.of["orders"]
    words = await _words(sql, databases.of["payments"], number)
    return [each for each in found if each.names(words)]


async def _words(orders: "asyncpg.Connection[Any]", payments: "asyncpg.Connection[Any]", number: str) -> set[str]:
    """The ids of this order: its number, payment, listing at checkout, and attempt."""
    row = await orders.fetchrow("select payment_number, listing_id from orders where number = $1", number)
    assert row is not None
    attempt = await payments.fetchval("select id::text from attempts where payment_number = $1", row["payment_number"])
    return {number, row["payment_number"], row["listing_id"], attempt}


async def _log(databases: Databases, level: str) -> None:
    sql = databases.of["orders"]
    await sql.execute(f"alter system set log_statement = '{level}'")
    await sql.execute("select pg_reload_conf()")
    await sql.execute("select pg_sleep(0.2)")


def _transactions(text: str) -> Iterator[Transaction]:
    opened: dict[str, Transaction] = {}
    for entry, message in _entries(text):
        pid = entry["pid"]
        if entry["level"] == "DETAIL" and pid in opened and opened[pid].statements:
            values = _VALUE.findall(message)
            opened[pid].statements[-1].values = tuple(value for _, value in values)
        found = _EXECUTE.match(message) if entry["level"] == "LOG" else None
        if found is None or not entry["role"].endswith("_app"):
            continue
        sql = found["sql"].strip().rstrip(";")
        if sql.upper().startswith(_BEGIN):
            opened[pid] = Transaction(entry["database"])
        elif sql.upper().startswith(_END):
            if (done := opened.pop(pid, None)) is not None:
                yield done
        elif pid in opened:
            opened[pid].statements.append(Statement(sql))
        else:
            opened[pid] = Transaction(entry["database"], [Statement(sql)])


def _entries(text: str) -> Iterator[tuple[re.Match[str], str]]:
    """Each log entry with its whole text; what belongs to the one before begins with a tab."""
    entry: re.Match[str] | None = None
    lines: list[str] = []
    for line in text.split("\n"):
        if line.startswith("\t") and entry is not None:
            lines.append(line[1:])
            continue
        if entry is not None:
            yield entry, "\n".join(lines)
        entry = _ENTRY.match(line)
        lines = [entry["text"]] if entry is not None else []
    if entry is not None:
        yield entry, "\n".join(lines)

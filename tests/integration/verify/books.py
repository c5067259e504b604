"""Copies of a running market's books, in which a test may inject a fault."""

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

import asyncpg

from deploy.services import SERVICES
from deploy.stack import Stack
from deploy.verify import Finding, broken, prove

VERIFY = "copy_verify"
SPOILED: set[str] = set()
"""Services whose copies are not what the market was."""


@dataclass(frozen=True)
class Books:
    """A copy that is made anew for each test; `names` are orders and payments of the market by what became of them."""

    stack: Stack
    names: Mapping[str, str]

    async def inject(self, service: str, script: str) -> None:
        """Change rows as nothing in the product could: no trigger and no foreign key stands in the way."""
        SPOILED.add(service)
        sql = re.sub(r"(?<!:):([a-z]+)\b", lambda word: f"'{self.names[word[1]]}'", script)
        connection = await asyncpg.connect(self.stack.admin_dsn(_copy(service)))
        try:
            await connection.execute(f"set session_replication_role = replica; {sql}")
        finally:
            await connection.close()

    async def findings(self, wait_seconds: float = 0) -> list[Finding]:
        """The proof of the copy."""
        dsns = {service: self.stack.admin_dsn(_copy(service)) for service in SERVICES}
        return await prove(dsns, self.stack.admin_dsn(VERIFY), wait_seconds=wait_seconds)

    async def broken(self) -> dict[str, Finding]:
        """What does not hold, by number."""
        return {finding.invariant.number: finding for finding in broken(await self.findings())}


def take(stack: Stack) -> None:
    """Copy every database of the running stack, once: schema `public` is spoiled by tests, `seed` stays as it was."""
    _run(stack, "postgres", f"drop database if exists {VERIFY} with (force)", f"create database {VERIFY}")
    _run(stack, VERIFY, "create extension postgres_fdw")
    for service in SERVICES:
        copy = _copy(service)
        _run(stack, "postgres", f"drop database if exists {copy} with (force)", f"create database {copy}")
        options = ["--no-owner", "--no-privileges", "--dbname", stack.admin_dsn(service)]
        dump = subprocess.run(["pg_dump", *options], capture_output=True, text=True, check=True)
        _psql(stack, copy, dump.stdout)
        _run(stack, copy, "create schema seed", _EACH.format("create table seed.%1$I as table public.%1$I"))
    for service, statement in _REFUSED.items():
        _run(stack, _copy(service), statement)


async def fresh(stack: Stack) -> None:
    """Put the copies back to what the market was."""
    while SPOILED:
        connection = await asyncpg.connect(stack.admin_dsn(_copy(SPOILED.pop())))
        try:
            await connection.execute(f"set session_replication_role = replica; {_RESTORE}")
        finally:
            await connection.close()


_EACH = """
do $$ declare name text; begin
    for name in select tablename from pg_tables where schemaname = 'public' loop execute format('{}', name); end loop;
end $$
"""
_RESTORE = _EACH.format(
    "delete from public.%1$I; insert into public.%1$I overriding system value select * from seed.%1$I"
)
_REFUSED = {
    "orders": "alter table orders drop constraint orders_held",
    "payments": "alter table accounts drop constraint accounts_not_negative",
}
"""What the database itself refuses, whatever anybody tries: taken away, so that the proof can be seen without it."""


def _run(stack: Stack, database: str, *statements: str) -> None:
    for statement in statements:
        _psql(stack, database, statement)


def _psql(stack: Stack, database: str, script: str) -> None:
    command = ["psql", "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--dbname", stack.admin_dsn(database)]
    subprocess.run(command, input=script, capture_output=True, text=True, check=True)


def _copy(service: str) -> str:
    return f"copy_{service}"

"""Databases and roles: each service has a database of its own, a role that migrates and a role that runs.

Every statement can be repeated: a stack is provisioned at each start.
"""

import asyncio
import time
from collections.abc import Callable

import asyncpg

from deploy.local.errors import StackError
from deploy.local.postgres import SUPERUSER, Postgres
from deploy.services import SERVICES, named

VERIFIER = "verifier"
VERIFY_DATABASE = "verify"

_APP_SETTINGS = {"statement_timeout": "5s", "lock_timeout": "2s", "idle_in_transaction_session_timeout": "10s"}


def provision(postgres: Postgres, password: Callable[[str], str]) -> None:
    """Wait for the server, then make what is missing."""
    asyncio.run(_provision(postgres, password))


async def _provision(postgres: Postgres, password: Callable[[str], str]) -> None:
    connection = await _patiently(postgres.dsn("postgres", SUPERUSER))
    try:
        await connection.execute("revoke connect, temporary on database postgres, template1 from public")
        await _role(connection, VERIFIER, password(VERIFIER))
        await connection.execute(f"grant pg_read_all_data to {VERIFIER}")
        await _database(connection, VERIFY_DATABASE, VERIFIER)
        for service in SERVICES:
            await _role(connection, owner(service), password(owner(service)))
            await _role(connection, app(service), password(app(service)))
            for name, value in _APP_SETTINGS.items():
                await connection.execute(f"alter role {app(service)} set {name} = '{value}'")
            await _database(connection, service, owner(service))
            await connection.execute(f"grant connect on database {service} to {app(service)}, {VERIFIER}")
    finally:
        await connection.close()
    for service in SERVICES:
        await _inside(postgres.dsn(service, SUPERUSER), _service_grants(service))
    wrapper = (
        "create extension if not exists postgres_fdw",
        f"grant usage on foreign data wrapper postgres_fdw to {VERIFIER}",
    )
    await _inside(postgres.dsn(VERIFY_DATABASE, SUPERUSER), wrapper)


def owner(service: str) -> str:
    """The role that migrates the service's database."""
    return named(service).owner_role


def app(service: str) -> str:
    """The role that the service runs as: it reads and writes rows and changes no table."""
    return named(service).app_role


def _service_grants(service: str) -> tuple[str, ...]:
    future = f"alter default privileges for role {owner(service)} in schema public grant"
    return (
        f"alter schema public owner to {owner(service)}",
        f"grant usage on schema public to {app(service)}",
        f"{future} select, insert, update, delete on tables to {app(service)}",
        f"{future} usage, select on sequences to {app(service)}",
        f"{future} execute on functions to {app(service)}",
    )


async def _patiently(dsn: str, seconds: float = 30) -> asyncpg.Connection:
    deadline = time.monotonic() + seconds
    while True:
        try:
            return await asyncpg.connect(dsn)
        except (OSError, asyncpg.CannotConnectNowError) as error:
            if time.monotonic() > deadline:
                raise StackError(
                    f"PostgreSQL does not answer: {error}", "Look at its log: make logs SERVICE=postgres"
                ) from error
            await asyncio.sleep(0.05)


async def _inside(dsn: str, statements: tuple[str, ...]) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def _role(connection: asyncpg.Connection, name: str, password: str) -> None:
    if not await connection.fetchval("select 1 from pg_roles where rolname = $1", name):
        await connection.execute(f"create role {name}")
    await connection.execute(f"alter role {name} login password '{password}'")


async def _database(connection: asyncpg.Connection, name: str, owner_role: str) -> None:
    if not await connection.fetchval("select 1 from pg_database where datname = $1", name):
        await connection.execute(f"create database {name} owner {owner_role}")
    await connection.execute(f"revoke connect, temporary on database {name} from public")
    await connection.execute(f"grant connect on database {name} to {owner_role}")

"""A database of payments of its own beside the running stack's, so that tests can break and shuffle what they like."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from deploy.local.provision import app, owner
from deploy.stack import Stack
from shared.db.migrations import upgrade
from tests.integration.payments.books import Books

NAME, UNBROKEN = "payments_books", "payments_unbroken"


@pytest.fixture(scope="session")
async def dsns(stack: Stack) -> tuple[str, str]:
    """The ways of the owner and of the app role into the migrated database, with the rights that a real one has."""
    return await _migrated(stack, NAME)


async def _migrated(stack: Stack, name: str) -> tuple[str, str]:
    admin = await asyncpg.connect(stack.admin_dsn())
    await admin.execute(f"drop database if exists {name} with (force)")
    await admin.execute(f"create database {name} owner {owner('payments')}")
    await admin.close()
    inside = await asyncpg.connect(stack.admin_dsn(name))
    future = f"alter default privileges for role {owner('payments')} in schema public grant"
    await inside.execute(f"alter schema public owner to {owner('payments')}")
    await inside.execute(f"{future} select, insert, update, delete on tables to {app('payments')}")
    await inside.execute(f"{future} usage, select on sequences to {app('payments')}")
    await inside.close()
    owners, apps = (stack.dsn(name, role("payments")) for role in (owner, app))
    await upgrade("payments", owners)
    return owners, apps


@pytest.fixture
async def as_owner(dsns: tuple[str, str]) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """The role that owns the tables: more than the service itself may."""
    connection = await asyncpg.connect(dsns[0])
    yield connection
    await connection.close()


@pytest.fixture
async def as_app(dsns: tuple[str, str]) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """The role that the service runs as."""
    connection = await asyncpg.connect(dsns[1])
    yield connection
    await connection.close()


@pytest.fixture
async def books(dsns: tuple[str, str]) -> AsyncIterator[Books]:
    """Payments without HTTP and broker: commands, messages, and what they leave."""
    books = Books(dsns[1])
    yield books
    await books.close()


@pytest.fixture
async def unbroken(stack: Stack) -> AsyncIterator[Books]:
    """The same in a new database that no other test has touched, so that all of it can be proved."""
    _, app_dsn = await _migrated(stack, UNBROKEN)
    books = Books(app_dsn)
    yield books
    await books.close()

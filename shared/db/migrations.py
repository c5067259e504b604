"""Alembic per service: one history each, run by one process for all (deploy.migrate), checked against the models."""

import importlib
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import asyncpg
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, MetaData
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from shared.db.revisions import folder, head
from shared.db.tables import COMMON

Result = TypeVar("Result")
LOCK = "select pg_advisory_lock(hashtext('holdfast.migrations'))"


async def current(url: str) -> str | None:
    """The revision that the database has."""
    return await _run(url, lambda connection: MigrationContext.configure(connection).get_current_revision())


async def upgrade(service: str, owner_url: str) -> bool:
    """Bring the service's database to head; answers whether anything had to be done. Several at once are harmless."""

    def work(connection: Connection) -> bool:
        connection.exec_driver_sql(LOCK)
        before = MigrationContext.configure(connection).get_current_revision()
        connection.commit()
        if before == head(service):
            return False
        config = _config(service)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
        return True

    return await _run(owner_url, work)


async def differences(service: str, owner_url: str) -> list[object]:
    """How the migrated database differs from the models; empty means equal."""
    merged = MetaData()
    for metadata in models(service):
        for table in metadata.tables.values():
            table.to_metadata(merged)

    def work(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": False})
        return list(compare_metadata(context, merged))

    return await _run(owner_url, work)


def models(service: str) -> Iterable[MetaData]:
    """The metadata of the service's tables and of the common ones."""
    return COMMON, importlib.import_module(f"services.{service}.tables").METADATA


def _config(service: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(folder(service)))
    config.set_main_option("path_separator", "os")
    return config


async def _run(url: str, work: Callable[[Connection], Result]) -> Result:
    async def connected() -> "asyncpg.Connection[Any]":
        """Connects with the driver, as everywhere: SQLAlchemy would read other names from the URL, e.g. for TLS."""
        return await asyncpg.connect(url)

    engine = create_async_engine("postgresql+asyncpg://", poolclass=NullPool, async_creator=connected)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(work)
    finally:
        await engine.dispose()

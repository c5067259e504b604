"""Lets the database `verify` look into every service's database, read-only, through postgres_fdw."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import asyncpg

EVERYONE = ("outbox", "inbox", "kept_messages")
"""Tables that every service has, shown together in the schema `everyone`."""

_ALONE = "select pg_advisory_xact_lock(hashtext('holdfast.verify'))"


async def prepare(sql: "asyncpg.Connection[Any]", dsns: Mapping[str, str]) -> None:
    """Make servers, user mappings and foreign tables as the databases are now; harmless to repeat, also at once."""
    async with sql.transaction():
        await sql.execute(_ALONE)
        for service, dsn in dsns.items():
            for statement in _import(service, dsn):
                await sql.execute(statement)
        await sql.execute("drop schema if exists everyone cascade; create schema everyone")
        for table in EVERYONE:
            parts = (f"select {_text(service)} as service, * from {_name(service)}.{table}" for service in dsns)
            await sql.execute(f"create view everyone.{table} as {' union all '.join(parts)}")


def _import(service: str, dsn: str) -> Iterable[str]:
    address = urlsplit(dsn)
    server = _name(service)
    place = {
        "host": address.hostname or "127.0.0.1",
        "port": str(address.port or 5432),
        "dbname": unquote(address.path.lstrip("/")),
        "fetch_size": "10000",
    }
    login = {"user": unquote(address.username or ""), "password": unquote(address.password or "")}
    yield f"drop server if exists {server} cascade"
    yield f"create server {server} foreign data wrapper postgres_fdw options ({_options(place)})"
    yield f"create user mapping for current_user server {server} options ({_options(login)})"
    yield f"drop schema if exists {server} cascade"
    yield f"create schema {server}"
    yield f"import foreign schema public from server {server} into {server}"


def _options(options: Mapping[str, str]) -> str:
    return ", ".join(f'"{name}" {_text(value)}' for name, value in options.items())


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _name(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'

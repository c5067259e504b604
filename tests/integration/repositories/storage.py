"""The services' storage behind one face: tables in memory, or databases of its own on the running stack's server."""

from abc import ABC, abstractmethod
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Protocol, TypeVar

import asyncpg

from deploy.local.provision import app, owner
from deploy.services import SERVICES
from deploy.stack import Stack
from services.chat.unit_of_work import ChatWork
from services.disputes.unit_of_work import DisputesWork
from services.orders.unit_of_work import OrdersWork
from services.payments.unit_of_work import PaymentsWork
from services.scheduler.unit_of_work import SchedulerWork
from shared.db.migrations import upgrade
from shared.db.unit_of_work import Database, UnitOfWork
from tests.support.memory import (
    BusinessClock,
    ChatTables,
    DisputesTables,
    MemoryChatWork,
    MemoryDatabase,
    MemoryDisputesWork,
    MemoryOrdersWork,
    MemoryPaymentsWork,
    MemorySchedulerWork,
    OrdersTables,
    PaymentsTables,
    SchedulerTables,
)
from tests.support.memory.disputes import TIMEOUTS

Work_co = TypeVar("Work_co", bound=UnitOfWork, covariant=True)
T0 = datetime(2030, 1, 1, tzinfo=UTC)
_STOP = """
insert into clock (id, frozen_at, shift, round) values (true, $1, interval '0', 1)
on conflict (id) do update set frozen_at = excluded.frozen_at
"""


class Transactions(Protocol[Work_co]):
    """A database as commands need it."""

    def transaction(self) -> AbstractAsyncContextManager[Work_co]: ...


@dataclass
class Storage(ABC):
    """The storage of all services; their clocks stand still where the test puts them."""

    orders: Transactions[OrdersWork]
    payments: Transactions[PaymentsWork]
    disputes: Transactions[DisputesWork]
    scheduler: Transactions[SchedulerWork]
    chat: Transactions[ChatWork]

    @abstractmethod
    async def at(self, moment: datetime) -> None:
        """Sets the time in every database."""

    async def close(self) -> None:  # noqa: B027 - tables in memory have nothing to give back
        """Close all connections."""


class InMemory(Storage):
    """Tables in memory."""

    def __init__(self) -> None:
        self._clock = clock = BusinessClock(T0, stands_still=True)
        super().__init__(
            MemoryDatabase("orders", OrdersTables(), clock, MemoryOrdersWork),
            MemoryDatabase("payments", PaymentsTables(), clock, MemoryPaymentsWork),
            MemoryDatabase("disputes", DisputesTables(), clock, MemoryDisputesWork),
            MemoryDatabase("scheduler", SchedulerTables(), clock, MemorySchedulerWork),
            MemoryDatabase("chat", ChatTables(), clock, MemoryChatWork),
        )

    async def at(self, moment: datetime) -> None:
        self._clock.time = moment


class OnPostgres(Storage):
    """Databases on the running stack's server, entered as the services' own roles."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        dsn = {service: stack.dsn(named(service), app(service)) for service in SERVICES}
        self._opened = (
            Database(dsn["orders"], "orders", OrdersWork, 2),
            Database(dsn["payments"], "payments", PaymentsWork, 2),
            Database(dsn["disputes"], "disputes", partial(DisputesWork, timeouts=TIMEOUTS), 2),
            Database(dsn["scheduler"], "scheduler", SchedulerWork, 2),
            Database(dsn["chat"], "chat", ChatWork, 2),
        )
        super().__init__(*self._opened)

    async def at(self, moment: datetime) -> None:
        for service in SERVICES:
            connection = await asyncpg.connect(self._stack.admin_dsn(named(service)))
            await connection.execute(_STOP, moment)
            await connection.close()

    async def close(self) -> None:
        for database in self._opened:
            await database.close()


def named(service: str) -> str:
    """The database of a service in these tests."""
    return f"repositories_{service}"


async def make_databases(stack: Stack) -> None:
    """Empty, migrated databases with the rights that real ones have."""
    admin = await asyncpg.connect(stack.admin_dsn())
    for service in SERVICES:
        await admin.execute(f"drop database if exists {named(service)} with (force)")
        await admin.execute(f"create database {named(service)} owner {owner(service)}")
    await admin.close()
    for service in SERVICES:
        inside = await asyncpg.connect(stack.admin_dsn(named(service)))
        future = f"alter default privileges for role {owner(service)} in schema public grant"
        await inside.execute(f"alter schema public owner to {owner(service)}")
        await inside.execute(f"{future} select, insert, update, delete on tables to {app(service)}")
        await inside.execute(f"{future} usage, select on sequences to {app(service)}")
        await inside.close()
        await upgrade(service, stack.dsn(named(service), owner(service)))

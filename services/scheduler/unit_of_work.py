"""The storage that a command of the scheduler uses in one transaction."""

from typing import Any

import asyncpg

from services.scheduler.repository import Timers
from shared.db.unit_of_work import UnitOfWork


class SchedulerWork(UnitOfWork):
    """Timers and the outbox."""

    def __init__(self, sql: "asyncpg.Connection[Any]", service: str) -> None:
        super().__init__(sql, service)
        self.timers = Timers(sql)

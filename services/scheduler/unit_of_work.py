"""What a command of the scheduler may touch in one transaction."""

from typing import Any

import asyncpg

from services.scheduler.repository import SandboxClock, Timers
from shared.db.unit_of_work import UnitOfWork


class SchedulerWork(UnitOfWork):
    """Timers, the clock row, and the outbox."""

    def __init__(self, sql: "asyncpg.Connection[Any]", service: str) -> None:
        super().__init__(sql, service)
        self.timers = Timers(sql)
        self.clock = SandboxClock(sql)

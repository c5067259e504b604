"""What a command of disputes may touch in one transaction."""

from typing import Any

import asyncpg

from services.disputes.repository import Cases, Conduct
from shared.db.unit_of_work import UnitOfWork


class DisputesWork(UnitOfWork):
    """Cases, conduct, and the outbox."""

    def __init__(self, sql: "asyncpg.Connection[Any]", service: str) -> None:
        super().__init__(sql, service)
        self.cases = Cases(sql)
        self.conduct = Conduct(sql)

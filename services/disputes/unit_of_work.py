"""What a command of disputes may touch in one transaction."""

from typing import Any

import asyncpg

from services.disputes.domain.case import CaseTimeouts
from services.disputes.repository import Cases, Conduct, Excerpts
from shared.db.unit_of_work import UnitOfWork


class DisputesWork(UnitOfWork):
    """Cases, what chat published for them, conduct, the outbox, and the time-outs of cases in this installation."""

    def __init__(self, sql: "asyncpg.Connection[Any]", service: str, timeouts: CaseTimeouts) -> None:
        super().__init__(sql, service)
        self.cases = Cases(sql)
        self.conduct = Conduct(sql)
        self.excerpts = Excerpts(sql)
        self.timeouts = timeouts

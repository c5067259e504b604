"""What a command of chat may touch in one transaction."""

from typing import Any

import asyncpg

from services.chat.live import Live
from services.chat.repository import Attachments, Conversations, Excerpts, Known, Logs, Sellers, Sessions, Support
from shared.db.unit_of_work import UnitOfWork


class ChatWork(UnitOfWork):
    """Conversations, attachments, order logs, excerpts for disputes, what sellers prepared, what other services
    published, sessions, support's queue, live frames and the outbox.
    """

    def __init__(self, sql: "asyncpg.Connection[Any]", service: str) -> None:
        super().__init__(sql, service)
        self.conversations = Conversations(sql)
        self.attachments = Attachments(sql)
        self.logs = Logs(sql)
        self.excerpts = Excerpts(sql)
        self.sellers = Sellers(sql)
        self.known = Known(sql)
        self.sessions = Sessions(sql)
        self.support = Support(sql)
        self.live = Live()

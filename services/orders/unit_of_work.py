"""What a command of orders may touch in one transaction."""

from typing import Any

import asyncpg

from services.orders.repository import AccountStatuses, HandOvers, Listings, Orders, Reviews
from shared.db.unit_of_work import UnitOfWork


class OrdersWork(UnitOfWork):
    """Orders, sealed hand-overs, listings, reviews, account statuses, and the outbox."""

    def __init__(self, sql: "asyncpg.Connection[Any]", service: str) -> None:
        super().__init__(sql, service)
        self.orders = Orders(sql)
        self.hand_overs = HandOvers(sql)
        self.listings = Listings(sql)
        self.reviews = Reviews(sql)
        self.account_statuses = AccountStatuses(sql)

"""What a command of orders may touch in one transaction."""

from typing import Any

import asyncpg

from services.orders.repository import Listings, Orders, Reviews, Standings
from shared.db.unit_of_work import UnitOfWork


class OrdersWork(UnitOfWork):
    """Orders, listings, reviews, standings, and the outbox."""

    def __init__(self, sql: "asyncpg.Connection[Any]", service: str) -> None:
        super().__init__(sql, service)
        self.orders = Orders(sql)
        self.listings = Listings(sql)
        self.reviews = Reviews(sql)
        self.standings = Standings(sql)

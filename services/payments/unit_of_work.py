"""What one command of payments may touch."""

from typing import Any

import asyncpg

from services.payments.repository import (
    AccountStatuses,
    Adjustments,
    Attempts,
    Captures,
    ChargeBacks,
    Claims,
    GiftCards,
    Ledger,
    Payments,
    Webhooks,
)
from shared.db.unit_of_work import UnitOfWork


class PaymentsWork(UnitOfWork):
    """One transaction over payments, attempts, captures and the ledger."""

    def __init__(self, sql: "asyncpg.Connection[Any]", service: str) -> None:
        super().__init__(sql, service)
        self.payments = Payments(sql)
        self.attempts = Attempts(sql)
        self.captures = Captures(sql)
        self.charge_backs = ChargeBacks(sql)
        self.adjustments = Adjustments(sql)
        self.claims = Claims(sql)
        self.gift_cards = GiftCards(sql)
        self.account_statuses = AccountStatuses(sql)
        self.webhooks = Webhooks(sql)
        self.ledger = Ledger(sql)

"""All SQL of payments. `lock()` is the only way to load for change: first the payment, then accounts by id."""

from services.payments.repository.captures import Captures, Webhooks
from services.payments.repository.ledger import Ledger
from services.payments.repository.payments import Attempts, Locked, Payments

__all__ = ["Attempts", "Captures", "Ledger", "Locked", "Payments", "Webhooks"]

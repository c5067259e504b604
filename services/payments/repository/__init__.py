"""All SQL of payments. What is locked to be changed: the payment or line, then standings, then accounts by id."""

from services.payments.repository.captures import Captures, Webhooks
from services.payments.repository.charge_backs import ChargeBacks
from services.payments.repository.ledger import Ledger
from services.payments.repository.payments import Attempts, Locked, Payments
from services.payments.repository.standings import Standings

__all__ = ["Attempts", "Captures", "ChargeBacks", "Ledger", "Locked", "Payments", "Standings", "Webhooks"]

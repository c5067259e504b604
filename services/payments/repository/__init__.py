"""What commands lock, load and save.

The order of locks: the payment or line, then a reference or a gift card, then account statuses, then accounts.
"""

from services.payments.repository.account_statuses import AccountStatuses
from services.payments.repository.adjustments import Adjustments
from services.payments.repository.captures import Captures, Webhooks
from services.payments.repository.charge_backs import ChargeBacks
from services.payments.repository.claims import Claims
from services.payments.repository.gift_cards import GiftCards
from services.payments.repository.ledger import Ledger
from services.payments.repository.payments import Attempts, Locked, Payments

__all__ = [
    "AccountStatuses",
    "Adjustments",
    "Attempts",
    "Captures",
    "ChargeBacks",
    "Claims",
    "GiftCards",
    "Ledger",
    "Locked",
    "Payments",
    "Webhooks",
]

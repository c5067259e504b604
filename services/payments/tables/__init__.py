"""The tables of payments, and how a row becomes a domain object."""

from services.payments.tables.bank import SandboxIntentRow, SandboxMessageRow
from services.payments.tables.base import METADATA
from services.payments.tables.captures import CaptureRow, ChargeBackRow, WebhookRow
from services.payments.tables.gift_cards import GiftCardRow, RefusedPinRow, to_gift_card
from services.payments.tables.ledger import AccountRow, EntryRow, PostingRow, WaitingSettlementRow
from services.payments.tables.payments import (
    AccountStatusRow,
    AttemptRow,
    CardDeclineRow,
    LineRow,
    PaymentRow,
    to_attempt,
    to_line,
    to_payment,
)
from services.payments.tables.support import AdjustmentRow, ClaimRow, UnmatchedRow, to_adjustment, to_unmatched

__all__ = [
    "METADATA",
    "AccountRow",
    "AccountStatusRow",
    "AdjustmentRow",
    "AttemptRow",
    "CaptureRow",
    "CardDeclineRow",
    "ChargeBackRow",
    "ClaimRow",
    "EntryRow",
    "GiftCardRow",
    "LineRow",
    "PaymentRow",
    "PostingRow",
    "RefusedPinRow",
    "SandboxIntentRow",
    "SandboxMessageRow",
    "UnmatchedRow",
    "WaitingSettlementRow",
    "WebhookRow",
    "to_adjustment",
    "to_attempt",
    "to_gift_card",
    "to_line",
    "to_payment",
    "to_unmatched",
]

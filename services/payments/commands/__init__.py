"""The commands of payments; each is one transaction under the lock of one payment or one order's line."""

from services.payments.commands.account_status import set_account_status
from services.payments.commands.adjustments import AdjustmentRequest, adjust, decide
from services.payments.commands.attempts import Choice, attempt, lock, missing
from services.payments.commands.captures import receive
from services.payments.commands.claims import Claimed, Seen, claim
from services.payments.commands.orders import checkout, close, fund, give_back, settle
from services.payments.commands.outcomes import begin, take_poll, voided
from services.payments.commands.review_queue import Decision, resolve
from services.payments.commands.top_ups import NewCards, issue, top_up

__all__ = [
    "AdjustmentRequest",
    "Choice",
    "Claimed",
    "Decision",
    "NewCards",
    "Seen",
    "adjust",
    "attempt",
    "begin",
    "checkout",
    "claim",
    "close",
    "decide",
    "fund",
    "give_back",
    "issue",
    "lock",
    "missing",
    "receive",
    "resolve",
    "set_account_status",
    "settle",
    "take_poll",
    "top_up",
    "voided",
]

"""A claim: support has seen a bank transfer on the platform's own account and says whose it is (rules 6.7)."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from services.payments.domain.attempt import Attempt, AttemptStatus
from services.payments.domain.methods import MethodName
from services.payments.domain.payment import Payment

BANK = "bank"
"""The name under which the platform's own bank account is a provider: what support claims came in there."""
BANK_TRANSFER: MethodName = "bank_transfer"
"""The method of every claim."""
TAKEN = frozenset({AttemptStatus.CAPTURED, AttemptStatus.REVERSED})
"""Attempts that have had their money; another transfer is another attempt."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One transfer that support claimed, once per reference; the amount is in minor units."""

    id: UUID
    reference: str
    """The bank's, normalised."""
    amount: int
    currency: str
    value_date: date
    """When the bank had the money."""
    payment_number: str | None
    """The payment that it is for; None where it is for a user's balance."""
    user: str | None
    """Whose balance it is for; None where it is for a payment."""
    claimed_by: str
    at: datetime

    @property
    def why(self) -> str:
        """The reason in the ledger."""
        return f"bank transfer {self.reference} of {self.value_date.isoformat()}"


@dataclass(frozen=True, slots=True)
class Earlier:
    """Money that was booked under a reference before, by a claim or by a provider's message."""

    kind: Literal["claim", "transaction"]
    id: UUID
    """The claim's, or the capture's."""
    provider: str
    transaction_id: str
    payment_number: str | None
    amount: int
    currency: str
    at: datetime

    def facts(self) -> Mapping[str, Any]:
        """What whoever claims the reference again is told."""
        of = {name: getattr(self, name) for name in ("kind", "id", "provider", "transaction_id", "payment_number")}
        return {**of, "amount": self.amount, "currency": self.currency, "at": self.at}


def normalised(reference: str) -> str:
    """A bank reference as it is compared: NFKC, upper case, without spaces."""
    upper = unicodedata.normalize("NFKC", reference).upper()
    return "".join(unicodedata.normalize("NFKC", upper).split())


def attempt_for(payment: Payment, attempts: tuple[Attempt, ...], claim: Claim) -> tuple[Attempt, bool]:
    """The attempt whose money this is, and whether it is new.

    It is the buyer's newest bank transfer that has had no money yet, with the fee that was quoted; else a new one
    without a fee, for the orders that can be paid, or for all of them when none can.
    """
    waiting = [each for each in attempts if each.method == BANK_TRANSFER and each.status not in TAKEN]
    if waiting:
        return waiting[-1], False
    covers = tuple(line.number for line in payment.payable() or payment.lines)
    due = payment.due() or claim.amount
    until = (claim.at, payment.due_at)
    return Attempt(claim.id, payment.number, BANK_TRANSFER, BANK, due, 0, payment.currency, covers, *until, False), True

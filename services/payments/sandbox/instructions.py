"""What a buyer scans, types in or transfers to, by method: derived from the attempt, so it is always the same."""

from dataclasses import dataclass
from datetime import timedelta, timezone

from services.payments.domain.attempt import Attempt
from services.payments.domain.catalogue import validity
from services.payments.sandbox import boleto, paynow

BRASILIA = timezone(timedelta(hours=-3))
VIRTUAL_ACCOUNT_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Instructions:
    """At most one of them is set."""

    qr: str | None = None
    """The text of a QR code."""
    voucher: str | None = None
    """The digits of a voucher, in groups."""
    bank_details: str | None = None
    """Whom to transfer to, with which reference."""


def of(attempt: Attempt) -> Instructions:
    """How to pay an attempt without leaving a card anywhere; nothing for methods that need only the page."""
    match attempt.method:
        case "paynow":
            return Instructions(qr=paynow.text(attempt.amount, attempt.payment_number, attempt.valid_until))
        case "boleto":
            days = validity(attempt.method)
            assert days is not None
            due = (attempt.created_at + days).astimezone(BRASILIA).date()
            return Instructions(voucher=boleto.line(boleto.bars(attempt.amount, due, attempt.id.int)))
        case "permata":
            number = attempt.id.int % 10**VIRTUAL_ACCOUNT_DIGITS
            return Instructions(bank_details=f"Permata virtual account 8528{number:0{VIRTUAL_ACCOUNT_DIGITS}d}")
        case "bank_transfer":
            return Instructions(
                bank_details=f"Holdfast Sandbox, account 000-0-00000-0, reference {attempt.payment_number}"
            )
        case _:
            return Instructions()

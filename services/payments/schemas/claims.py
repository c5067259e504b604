"""Bodies of claims: a bank transfer that support has seen, and where its money went."""

from datetime import date
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from services.payments.commands import Claimed
from services.payments.domain.capture import Disposition, Reason
from services.payments.domain.claim import normalised
from services.payments.domain.ledger import POSTING_MAX
from shared.http.fields import Body, Clean, Currency, Moment, MoneyView, View


def _reference(text: str) -> str:
    """The text. Raises ValueError if nothing is left of it, or anything that nobody sees."""
    bare = normalised(text)
    if not bare or not bare.isprintable() or len(bare) > 200:
        raise ValueError("not a bank reference: 1 to 200 printable characters")
    return text


def _day(text: str) -> str:
    """The text. Raises ValueError if the calendar has no such day."""
    date.fromisoformat(text)
    return text


class TransferIn(Body):
    """An amount on a bank statement; it may be more than a payment can be."""

    amount: int = Field(gt=0, le=POSTING_MAX, examples=[10000])
    currency: Currency


class ClaimIn(Body):
    """A transfer as the bank's statement shows it, and the payment or the user it is for: exactly one of them."""

    bank_reference: Annotated[
        str, Field(min_length=1, max_length=200, examples=["TRX9"]), Clean, AfterValidator(_reference)
    ]
    amount: TransferIn
    value_date: Annotated[
        str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", examples=["2026-03-02"]), AfterValidator(_day)
    ]
    payment_number: Annotated[str, Field(min_length=1, max_length=64), Clean] | None = None
    user: Annotated[str, Field(min_length=1, max_length=128), Clean] | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        """A payment or a user, else ValueError."""
        if (self.payment_number is None) == (self.user is None):
            raise ValueError("name either payment_number or user")
        return self


class ClaimView(View):
    """A claim, and where its money went."""

    id: UUID
    bank_reference: str
    """Normalised: NFKC, upper case, without spaces."""
    amount: MoneyView
    value_date: str
    payment_number: str | None
    user: str | None
    disposition: Disposition
    """`offered` to the orders of the payment, `credited` to a balance, or `unmatched`: in the review queue."""
    reason: Literal["exact", "overpaid", "late", "duplicate", "underpaid", "wrong_currency", "too_large", "claimed"]
    claimed_by: str
    at: Moment


def claim_view(made: Claimed) -> ClaimView:
    """A claim as support sees it."""
    claim = made.claim
    return ClaimView.model_validate(
        {
            "id": claim.id,
            "bank_reference": claim.reference,
            "amount": MoneyView.of(claim),
            "value_date": claim.value_date.isoformat(),
            "payment_number": claim.payment_number,
            "user": claim.user,
            "disposition": made.verdict.disposition,
            "reason": str(Reason(made.verdict.reason)),
            "claimed_by": claim.claimed_by,
            "at": claim.at,
        }
    )

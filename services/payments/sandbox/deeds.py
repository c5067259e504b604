"""What the choices of the pay page do: each is one or two deeds of the bank, under the id of its form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import get_args

from services.payments.domain.attempt import Attempt, AttemptAction, Failure
from services.payments.sandbox.clerk import Deed

CHALLENGE = "challenge"
"""The choice that leads to the bank's own question and does nothing yet."""
LATE = "late"
CHOICES = {
    "approve": "Approve",
    "decline": "Decline",
    CHALLENGE: "Approve with a 3-D Secure challenge",
    "authorise": "Authorise only",
    LATE: "Pay after the order has expired",
    "twice": "Pay twice",
    "less": "Pay 90 %",
    "foreign": "Pay in another currency",
}
"""The choices of the page."""
CHALLENGES = {"passed": "Passed", "failed": "Failed", "timed_out": "Timed out"}
"""The choices of the 3-D Secure challenge."""
REASONS: tuple[str, ...] = tuple(each for each in get_args(Failure) if each not in ("provider_timeout", "abandoned"))
"""Why a bank declines."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a form of the page was sent with."""

    id: str
    """Of the form as it was shown: sent again it is the same."""
    choice: str
    reason: str = ""


def deeds(form: Form, attempt: Attempt) -> Sequence[Deed] | None:
    """What the bank does; nothing for the challenge, None for a choice that there is not."""
    captured = Deed(AttemptAction.CAPTURE, f"evt_{form.id}", f"txn_{form.id}", attempt.amount, attempt.currency)
    failed, other = replace(captured, action=AttemptAction.FAIL), "USD" if attempt.currency == "EUR" else "EUR"
    again = replace(captured, event_id=f"evt_{form.id}_2", transaction_id=f"txn_{form.id}_2")
    by_choice: Mapping[str, Sequence[Deed]] = {
        "approve": (captured,),
        LATE: (captured,),
        "twice": (captured, again),
        "less": (replace(captured, amount=max(1, attempt.amount * 9 // 10)),),
        "foreign": (replace(captured, currency=other),),
        "authorise": (replace(captured, action=AttemptAction.AUTHORISE),),
        CHALLENGE: (),
        "passed": (captured,),
        "failed": (replace(failed, reason="card_declined_unknown"),),
        "timed_out": (replace(failed, reason="provider_timeout"),),
    }
    if form.choice == "decline":
        return (replace(failed, reason=form.reason),) if form.reason in REASONS else None
    return by_choice.get(form.choice)

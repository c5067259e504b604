"""Bodies of support's review queue."""

from base64 import b64encode
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from services.payments.domain.capture import NO_MONEY, Unmatched
from shared.http.fields import Body, Clean, Moment, MoneyView, Printable, View


class ResolveIn(Body):
    """What support does: credit unmatched money to a user, record that it was sent back where it came from, or write it
    off; of an item that holds no money, such as a loss, only the last. A missing reason is refused by name.
    """

    action: Literal["credit", "return", "write_off"]
    user: Annotated[str, Field(min_length=1, max_length=128), Clean] | None = None
    reason: Annotated[str, Field(max_length=4000), Printable] | None = None


class UnmatchedView(View):
    """An item of support's review queue: captured money that fits no payment, money a bank took back too late, or a
    signed message that can't be read, whose transaction_id is the provider's event id.
    """

    id: UUID
    reason: str
    provider: str
    transaction_id: str
    amount: MoneyView | None = Field(description="None where the message can't be read.")
    holds_money: bool
    """Whether it can be credited or returned; otherwise it can only be written off."""
    message: str | None = Field(description="The bytes of an unreadable message, in base64.")
    payment_number: str | None
    buyer: str | None
    at: Moment


def unmatched_view(item: Unmatched) -> UnmatchedView:
    """An item of the review queue."""
    return UnmatchedView.of(
        item,
        amount=MoneyView.of(item) if item.currency else None,
        holds_money=item.reason not in NO_MONEY,
        message=b64encode(item.message).decode() if item.message is not None else None,
    )

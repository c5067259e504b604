"""Bodies of top-ups."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.payments.domain.gift_card import GiftCard
from shared.http.fields import Body, MoneyView, View


class TopUpIn(Body):
    """The PIN of a gift card; spaces, dashes and case do not matter. It is never stored."""

    pin: Annotated[str, Field(max_length=200, examples=["0000-0000-0000-0000-0000"])]


class TopUpView(View):
    """What is in the balance now that was not there before."""

    id: UUID
    """Of the card; the statement has it as `top_up:<id>`."""
    amount: MoneyView


def top_up_view(card: GiftCard) -> TopUpView:
    """A card that was used."""
    return TopUpView(id=card.id, amount=MoneyView.of(card))

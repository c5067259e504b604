"""The bodies of the sandbox's routes: what the buyer's bank does, and gift cards."""

from datetime import UTC, datetime
from typing import Annotated, Literal, Self, get_args
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from services.payments.domain.attempt import Failure
from shared.http.fields import Body, Clean, MoneyIn, View

SandboxAction = Literal["capture", "authorise", "fail", "void", "charge_back"]
ProviderId = Annotated[str, Field(pattern="^[\x21-\x7e]{1,200}$")]
YEAR_MIN, YEAR_MAX = 1971, 9990
_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})$"


def _moment(text: str) -> str:
    """The text. Raises ValueError for a time that the calendar does not have, or too far away to count from."""
    if not YEAR_MIN <= datetime.fromisoformat(text).year <= YEAR_MAX:
        raise ValueError("too far away")
    return text


BoughtAt = Annotated[
    str,
    Field(pattern=_MOMENT, examples=["2026-03-02T00:00:00.000Z"], json_schema_extra={"format": "date-time"}),
    AfterValidator(_moment),
]


class SandboxIn(Body):
    """What the buyer's bank does with an attempt; ids are fresh unless given.

    The amount is what the attempt owes, of a charge-back what was captured, unless another one is given.
    """

    action: SandboxAction
    amount: MoneyIn | None = None
    transaction_id: ProviderId | None = None
    event_id: ProviderId | None = None
    lost: bool = Field(default=False, description="The message gets lost: payments learns of it when it polls.")
    reason: Annotated[str, Field(min_length=1, max_length=200), Clean] | None = Field(
        default=None, description="Why an attempt failed, or in words why the bank took the money back."
    )

    @model_validator(mode="after")
    def _as_the_action_needs(self) -> Self:
        """A failure has one of the known reasons, else ValueError; a charge-back has any."""
        if self.action != "charge_back" and self.reason is not None and self.reason not in get_args(Failure):
            raise ValueError("not a known reason of a failure")
        return self


class SandboxView(View):
    """What the sandbox's provider sent, under which ids."""

    attempt_id: UUID
    action: SandboxAction
    event_id: str
    transaction_id: str


class CardIn(Body):
    """What a gift card is worth, and when it was bought: now unless given."""

    amount: MoneyIn
    bought_at: BoughtAt | None = None

    def moment(self) -> datetime | None:
        """When it was bought; None for now."""
        return datetime.fromisoformat(self.bought_at).astimezone(UTC) if self.bought_at is not None else None


class CardView(View):
    """A gift card's PIN; it is shown here and never again."""

    pin: str

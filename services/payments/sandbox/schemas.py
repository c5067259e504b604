"""The bodies of the sandbox's route: what the buyer's bank does."""

from typing import Annotated, Literal, Self, get_args
from uuid import UUID

from pydantic import Field, model_validator

from services.payments.domain.attempt import Failure
from shared.http.fields import Body, Clean, MoneyIn, View

SandboxAction = Literal["capture", "authorise", "fail", "void", "charge_back"]
ProviderId = Annotated[str, Field(pattern="^[\x21-\x7e]{1,200}$")]


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

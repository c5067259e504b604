"""Bodies of adjustments."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from services.payments.domain.adjustment import Adjustment, AdjustmentState
from shared.http.fields import Body, Clean, Moment, MoneyIn, MoneyView, Printable, View


class AdjustmentIn(Body):
    """Goodwill: the platform pays the user's balance. Forfeit: money of the user becomes the platform's, first what is
    frozen. A missing reason is refused by name.
    """

    kind: Literal["goodwill", "forfeit"]
    user: Annotated[str, Field(min_length=1, max_length=128), Clean]
    amount: MoneyIn
    reason: Annotated[str, Field(max_length=4000), Printable] | None = None


class AdjustmentView(View):
    """An adjustment: who asked for it and why, and who decided."""

    id: UUID
    kind: Literal["goodwill", "forfeit"]
    user: str
    amount: MoneyView
    reason: str
    state: AdjustmentState
    """`pending` until a second person of support approves or rejects it."""
    needs_second: bool
    """Whether the amount is above what one person may decide."""
    requested_by: str
    requested_at: Moment
    decided_by: str | None
    """The second person."""
    decided_at: Moment | None


def adjustment_view(made: Adjustment) -> AdjustmentView:
    """An adjustment as support sees it."""
    return AdjustmentView.of(made, kind=str(made.kind), amount=MoneyView.of(made))

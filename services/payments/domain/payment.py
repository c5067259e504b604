"""A payment: what a buyer owes for one checkout, one line per order, and what can still be paid (rules 6.1)."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.payments.domain.line import Line, LineState
from shared.refusals import Refusal, RefusalCode


@dataclass(frozen=True, slots=True)
class Payment:
    """What one checkout costs, with its orders; amounts in minor units of one currency."""

    number: str
    buyer: str
    currency: str
    amount: int
    placed_at: datetime
    due_at: datetime
    captured_by: UUID | None
    """The capture whose money was offered to orders last; a payment may have several where orders refused one."""
    lines: tuple[Line, ...]

    def payable(self) -> tuple[Line, ...]:
        """The orders that wait for payment, as far as payments knows; none of them is offered money now."""
        return tuple(line for line in self.lines if line.state is LineState.PAYABLE)

    def due(self) -> int:
        """What the buyer owes now: the orders that can still be paid (rules 6.3)."""
        return sum(line.amount for line in self.payable())

    def any_taken(self) -> bool:
        """Whether an order took its money or is offered it now."""
        return any(line.state in (LineState.OFFERED, LineState.PAID) for line in self.lines)

    def charged_back_by(self) -> str | None:
        """The provider whose bank took back the money that was offered to the orders."""
        return next((line.charged_back_by for line in self.lines if line.charged_back_by), None)

    def changed(self, line: Line) -> "Payment":
        """The payment with one of its lines as it is now."""
        return replace(self, lines=tuple(line if each.number == line.number else each for each in self.lines))

    def line(self, number: str) -> Line | None:
        """One order of it."""
        return next((line for line in self.lines if line.number == number), None)

    def refusal(self, at: datetime) -> RefusalCode | None:
        """Why no attempt can be made at this moment, or None (architecture 7: from due_at on there is none)."""
        overdue = at >= self.due_at and bool(self.payable())
        if overdue or any(line.state is LineState.EXPIRED for line in self.lines):
            return Refusal.DEADLINE_PASSED
        return None if self.payable() else Refusal.WRONG_STATUS

    def status(self, at: datetime) -> str:
        """`waiting_payment` while an attempt can be made, else `charged_back`, `captured` or `closed`."""
        if self.refusal(at) is None:
            return "waiting_payment"
        if self.charged_back_by() is not None:
            return "charged_back"
        return "captured" if self.captured_by is not None else "closed"

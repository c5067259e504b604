"""What happens to an order of the model: rules 3 to 5, one method per action."""

from tests.model.book import GIVING, REQUESTED, in_words
from tests.model.order_state import OrderState
from tests.model.people import Request


class Order(OrderState):
    """An order; each method returns a refusal's code, or None if it succeeds."""

    def passes(self, until: int) -> None:
        """Moves the time; what is due on the way happens at its own due time."""
        while (clock := self.clock()) and clock.due_at <= until:
            self._expires(clock.due_at)

    def is_paid(self, now: int) -> None:
        """The right money came in time (T3)."""
        self.held, self.paid_at = self.price, now
        self._row("T3", now, "waiting_delivery")

    def delete(self, now: int) -> None:
        """The buyer removes what is unpaid (T5)."""
        self._row("T5", now, "deleted")
        self.closed_at = now

    def deliver(self, now: int) -> None:
        """The seller says it is with the buyer (T7, T11)."""
        self._becomes("superseded")
        row = "T11" if self.place == "refunding_pre" else "T7"
        self.delivered_at = now
        self._row(row, now, "waiting_confirmation")

    def refund(self, now: int, reason: str | None, text: str | None) -> str | None:
        """The seller gives everything back (T8)."""
        if reason not in GIVING or not in_words(text):
            return "refund_reason_required"
        self.sold_out = reason == "out_of_stock"
        self._ends("T8", now, self.held)
        return None

    def request_refund(
        self, now: int, amount: int | None, ours: bool, reason: str | None, text: str | None
    ) -> str | None:
        """The buyer asks for money back (T10, T17)."""
        requested = self.held if amount is None else amount
        if code := self.not_yet(now):
            return code
        if not ours or not 0 < requested <= self.held:
            return "refund_amount_invalid"
        if reason not in REQUESTED or not in_words(text):
            return "refund_reason_required"
        self.requests.append(Request(self._stage(), requested, now))
        self._row("T10" if self.status == "waiting_delivery" else "T17", now, "refunding")
        return None

    def cancel_refund_request(self, now: int) -> None:
        """The buyer takes the request back (T14, T21)."""
        before = self.place == "refunding_pre"
        self._becomes("cancelled")
        if before:
            self._row("T14", now, "waiting_delivery")
        elif now < self.delivered_at + self.book.to_confirm:
            self._row("T21", now, "waiting_confirmation")
        else:
            self._ends("T21", now, 0)

    def confirm(self, now: int) -> None:
        """The buyer has it (T15), or gives in (T25)."""
        row = "T15" if self.status == "waiting_confirmation" else "T25"
        self._becomes("cancelled")
        self._ends(row, now, 0)

    def agree_refund(self, now: int) -> None:
        """The seller agrees to what was asked (T12, T18, T24)."""
        row = {"refunding_pre": "T12", "refunding_post": "T18"}.get(self.place, "T24")
        requested = self.requests[-1].amount
        self._becomes("agreed")
        if row == "T12" and requested < self.held:
            self._gives_back(requested)
            self._row(row, now, "waiting_delivery")
        else:
            self._ends(row, now, requested)

    def refuse_refund(self, now: int, text: str | None) -> str | None:
        """The seller says no, and why (T19)."""
        if not in_words(text):
            return "refusal_reason_required"
        self._becomes("refused")
        self.requests[-1].refused_at = now
        self._row("T19", now, "refund_refused")
        return None

    def escalate(self, now: int) -> None:
        """The buyer asks support (T22)."""
        self._becomes("escalated")
        self._row("T22", now, "disputed")

    def force_decision(self, now: int, outcome: str, text: str | None) -> str | None:
        """Support ends it for one side (T27)."""
        if not in_words(text):
            return "reason_required"
        self._becomes("resolved")
        self._ends("T27", now, self.held if outcome == "refund" else 0)
        return None

    def is_ruled(self, now: int, outcome: str, amount: int | None, text: str | None) -> str | None:
        """Support rules on the dispute, once (T26)."""
        if self.status != "disputed":
            return "wrong_status"
        to_buyer = {"buyer_wins": self.held, "seller_wins": 0}.get(outcome, amount)
        if to_buyer is None or not 0 <= to_buyer <= self.held:
            return "refund_amount_invalid"
        if not in_words(text):
            return "reason_required"
        self._becomes("resolved")
        self._ends("T26", now, to_buyer)
        return None

    def is_charged_back(self, now: int) -> None:
        """The bank takes it back while escrow holds something; a repetition changes nothing (T29)."""
        if self.held and not self.charged_back:
            self.charged_back = True
            self._becomes("escalated")
            self._row("T29", now, "disputed")

    def _expires(self, due_at: int) -> None:
        place, requested = self.place, self.requests[-1].amount if self.requests else 0
        if place == "waiting_payment":
            self._row("T4", due_at, "expired")
            self.closed_at = due_at
        elif place == "waiting_delivery":
            self._ends("T9", due_at, self.held)
        elif place == "refunding_pre":
            self._becomes("timed_out")
            self._ends("T13", due_at, self.held)
        elif place == "waiting_confirmation":
            self._ends("T16", due_at, 0)
        elif place == "refunding_post":
            self._becomes("timed_out")
            self._ends("T20", due_at, requested)
        elif place == "refund_refused":
            self._becomes("waived")
            self._ends("T23", due_at, 0)
        self.expired_at = place

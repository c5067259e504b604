"""What becomes of money that a bank reports: rules 6 for a checkout of one order."""

from dataclasses import dataclass, field

from tests.model.order import Order

SURPLUS = 500
"""What a bank pays too much when it pays more."""


@dataclass
class Payment:
    """The payment of one order, how many attempts with a card there were, and what the bank has captured."""

    order: Order
    cards: int = 0
    answered: set[int] = field(default_factory=set)
    """The attempts with a card to which a bank has said yes or no, from 0 on."""
    captures: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    by_card: bool = False
    charged_back: bool = False

    def is_tried(self, now: int, method: str, proof: str | None) -> str | None:
        """The buyer opens an attempt (T2); the balance pays at once (T3)."""
        order = self.order
        if order.buyer.suspended:
            return "account_suspended"
        if code := order.no("pay"):
            return code
        if method == "ideal":
            return "payment_method_unavailable"
        if method == "balance":
            return self._from_balance(now, proof)
        if now < order.buyer.cards_closed_until:
            return "payment_method_unavailable"
        self.cards += 1
        self.rows.append("T2")
        return None

    def fail(self, now: int) -> None:
        """The bank declines the latest card, which counts once and not after its capture (rules 6.4)."""
        latest = self.cards - 1
        if latest not in self.answered:
            self.answered.add(latest)
            self.order.buyer.is_declined(now)

    def capture(self, now: int, pays: str, first: bool) -> None:
        """The bank reports captured money; what fits no payment waits for review and is in no wallet (rules 6.6)."""
        if pays == "repeat":
            return
        self.answered.add(0 if first else self.cards - 1)
        order, amount = self.order, self.amount_of(pays, self.order.price)
        self.captures.append(pays)
        if pays == "foreign" or (order.status == "waiting_payment" and amount < order.price):
            return
        if order.status == "waiting_payment" and not self._somebody_is_suspended():
            order.buyer.balance += amount - order.price
            order.is_paid(now)
            self.by_card = True
        else:
            order.buyer.balance += amount
            self.rows += ["T6"] if order.status in ("expired", "deleted") else []

    @staticmethod
    def amount_of(pays: str, price: int) -> int:
        """How much the bank captures for an order of this price."""
        return {"less": price // 2, "more": price + SURPLUS}.get(pays, price)

    def charge_back(self, now: int) -> None:
        """The bank takes back what it captured: what is still in the wallet of what came there goes with it, once.

        A repetition is more than was captured, and goes to the review queue (rules 6.6.9).
        """
        if self.charged_back or not self.captures:
            return
        order, amount = self.order, self.amount_of(self.captures[0], self.order.price)
        given = order.refunded + amount - order.price if self.by_card else amount
        order.buyer.balance -= min(given, order.buyer.balance)
        self.charged_back = True
        if self.by_card:
            order.is_charged_back(now)

    def can(self, action: str, pays: str) -> bool:
        """Whether the rules say clearly what follows from this event of the bank."""
        if action == "charge_back":
            return len(self.captures) == 1 and self.captures[0] in ("right", "more")
        if action != "capture":
            return self.cards > 0
        if self.charged_back or not self.cards:
            return False
        return {"repeat": bool(self.captures), "less": self.order.price > 1}.get(pays, True)

    def _from_balance(self, now: int, proof: str | None) -> str | None:
        order = self.order
        if not proof:
            return "reauthentication_required"
        if order.buyer.balance < order.price:
            return "balance_insufficient"
        self.rows.append("T2")
        if not self._somebody_is_suspended():
            order.buyer.balance -= order.price
            order.is_paid(now)
        return None

    def _somebody_is_suspended(self) -> bool:
        return self.order.buyer.suspended or self.order.seller.suspended

"""The state of an order of the model: its place, its deadline, its allowed actions, and where its money went."""

from dataclasses import dataclass, field

from tests.model.book import LEADS_ON, Book
from tests.model.people import Clock, Person, Request


@dataclass
class OrderState:
    """An order, its escrow, and where its money went."""

    book: Book
    buyer: Person
    seller: Person
    price: int
    category: str
    placed_at: int
    status: str = "waiting_payment"
    paid_at: int = -1
    delivered_at: int = -1
    closed_at: int = -1
    held: int = 0
    refunded: int = 0
    shares: tuple[int, int, int] = (0, 0, 0)
    charged_back: bool = False
    sold_out: bool = False
    requests: list[Request] = field(default_factory=list)
    history: list[tuple[str, int]] = field(default_factory=list)
    ways: list[str] = field(default_factory=list)
    expired_at: str = ""

    def __post_init__(self) -> None:
        self.history.append(("T1", self.placed_at))

    @property
    def place(self) -> str:
        """The status, and before or after delivery while a request is open."""
        if self.status != "refunding":
            return self.status
        return "refunding_pre" if self.requests[-1].stage == "pre_delivery" else "refunding_post"

    @property
    def takes_stock(self) -> bool:
        """Whether its piece is still out of the stock (rules 2.2)."""
        if self.status == "refunded":
            return self.delivered_at >= 0 or self.sold_out
        return self.status not in ("expired", "deleted")

    def clock(self) -> Clock | None:
        """The deadline that can expire now (rules 3.3)."""
        book, last = self.book, self.requests[-1] if self.requests else None
        d3 = Clock("D3", self.paid_at + book.to_deliver, "refunded")
        clocks = {
            "waiting_payment": Clock("D1", self.placed_at + book.to_pay, "expired"),
            "waiting_delivery": d3,
            "waiting_confirmation": Clock("D5", self.delivered_at + book.to_confirm, "completed"),
        }
        if last and self.place == "refunding_pre":
            d4 = Clock("D4", last.requested_at + book.to_answer_before_delivery, "refunded")
            return d4 if d4.due_at < d3.due_at else d3
        if last and self.place == "refunding_post":
            outcome = "refunded" if last.amount == self.held else "completed"
            return Clock("D6", last.requested_at + book.to_answer_after_delivery, outcome)
        if last and self.place == "refund_refused":
            return Clock("D7", last.refused_at + book.to_escalate, "completed")
        return clocks.get(self.place)

    def no(self, act: str) -> str | None:
        """Why no row allows this action here, by status and deadlines alone (rules 3.3.10)."""
        if self.place in LEADS_ON[act]:
            only_support = self.charged_back and act in ("confirm", "agree_refund")
            return "wrong_status" if only_support else None
        if act == "escalate" and self.status in ("waiting_delivery", "waiting_confirmation", "refunding"):
            return "escalation_not_allowed"
        return "deadline_passed" if self.expired_at in LEADS_ON[act] else "wrong_status"

    def not_yet(self, now: int) -> str | None:
        """Why the buyer can't ask for a refund here: the gate D2, and once per stage (rules 3.7 C2)."""
        if self.place == "waiting_delivery" and now < self.paid_at + self.book.before_request:
            return "refund_too_early"
        used = any(each.state == "cancelled" or each.stage == self._stage() for each in self.requests)
        return "refund_already_used" if used else None

    def _stage(self) -> str:
        return "pre_delivery" if self.delivered_at < 0 else "post_delivery"

    def _row(self, row: str, at: int, status: str) -> None:
        self.history.append((row, at))
        self.ways.append(f"{row} {self.place} -> {status}")
        self.status, self.expired_at = status, ""

    def _becomes(self, state: str) -> None:
        if self.requests and self.requests[-1].lifecycles:
            self.requests[-1].state = state

    def _ends(self, row: str, at: int, back: int) -> None:
        remainder = self.held - back
        self._gives_back(back)
        self.shares = self.book.seller_gets(remainder, self.category)
        self.seller.available += self.shares[0]
        self.held, self.closed_at = 0, at
        self._row(row, at, "completed" if remainder else "refunded")

    def _gives_back(self, amount: int) -> None:
        self.held -= amount
        self.refunded += amount
        if not self.charged_back:
            self.buyer.balance += amount

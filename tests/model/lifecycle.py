"""The whole model: one seller with one listing, one buyer, support, a bank and a clock."""

from dataclasses import dataclass, field

from tests.model.book import LONGEST_TEXT, SIDE, Book
from tests.model.order import Order
from tests.model.payment import Payment
from tests.model.people import Person
from tests.model.steps import Scenario, Step


@dataclass
class Lifecycle:
    """What the rules say while a scenario is played; `does` returns for each step a refusal's code or None."""

    scenario: Scenario
    book: Book = field(default_factory=Book)
    now: int = 0
    buyer: Person = field(default_factory=Person)
    seller: Person = field(default_factory=Person)
    store_open: bool = True
    payments: list[Payment] = field(default_factory=list)
    silent: bool = False

    @property
    def orders(self) -> list[Order]:
        """All orders of the scenario, the latest last."""
        return [payment.order for payment in self.payments]

    @property
    def order(self) -> Order:
        """The latest order."""
        return self.payments[-1].order

    @property
    def stock(self) -> int:
        """The listing's stock."""
        return self.scenario.stock - sum(order.takes_stock for order in self.orders)

    def does(self, step: Step) -> str | None:
        """Applies one step."""
        if step.verb == "passes":
            self.now, self.silent = step.at, step.silent
            for order in self.orders:
                order.passes(step.at)
            return None
        if step.verb in SIDE:
            return self._performed(step)
        answer: str | None = getattr(self, f"_{step.verb}")(step)
        return answer

    def person(self, who: str) -> Person:
        """The buyer or the seller."""
        return self.buyer if who == "buyer" else self.seller

    def may(self, act: str) -> str | None:
        """The refusal that an order's list of actions shows for an action with all its fields."""
        code = self._suspended(SIDE[act]) or self.order.no(act)
        if code is None and act == "request_refund":
            return self.order.not_yet(self.now)
        if code is None and act == "review" and self.now >= self.order.closed_at + self.book.to_review:
            return "window_closed"
        return code

    def _suspended(self, side: str) -> str | None:
        return "account_suspended" if side != "support" and self.person(side).suspended else None

    def _performed(self, step: Step) -> str | None:
        order, side = self.order, SIDE[step.verb]
        refused = (
            _unread(step, side)
            or _turned_away(step.who, side, paid=order.paid_at >= 0)
            or self._suspended(side)
            or order.no(step.verb)
        )
        if refused:
            return refused
        arguments: dict[str, tuple[object, ...]] = {
            "request_refund": (step.amount, step.ours, step.choice, step.text),
            "refund": (step.choice, step.text),
            "refuse_refund": (step.text,),
            "force_decision": (step.choice, step.text),
        }
        answer: str | None = getattr(order, step.verb)(self.now, *arguments.get(step.verb, ()))
        return answer

    def _checkout(self, step: Step) -> str | None:
        if step.who == "seller":
            return "self_purchase"
        if self.buyer.suspended:
            return "account_suspended"
        if self.seller.suspended:
            return "listing_not_found"
        if not self.store_open:
            return "store_closed"
        if self.stock < 1:
            return "stock_exhausted"
        placed = Order(self.book, self.buyer, self.seller, self.scenario.price, self.scenario.category, self.now)
        self.payments.append(Payment(placed))
        return None

    def _attempt(self, step: Step) -> str | None:
        if step.who != "buyer":
            return "not_found"
        return self.payments[-1].is_tried(self.now, step.choice or "", step.text)

    def _capture(self, step: Step) -> None:
        self.payments[-1].capture(self.now, step.choice or "", first=step.text is not None)

    def _charge_back(self, _step: Step) -> None:
        self.payments[-1].charge_back(self.now)

    def _fail(self, _step: Step) -> None:
        self.payments[-1].fail(self.now)

    def _authorise(self, _step: Step) -> None:
        """The bank only holds the money: the order does not change (rules 6.5)."""

    def _rule(self, step: Step) -> str | None:
        refused = _unread(step, "support") or _turned_away(step.who, "support", paid=True)
        return refused or self.order.is_ruled(self.now, step.choice or "", step.amount, step.text)

    def _suspend(self, step: Step) -> None:
        self.person(step.choice or "").is_suspended(freeze=step.text is not None)

    def _reinstate(self, step: Step) -> None:
        self.person(step.choice or "").is_reinstated()

    def _store(self, step: Step) -> str | None:
        if not self.seller.suspended:
            self.store_open = step.choice == "open"
        return self._suspended("seller")


def _unread(step: Step, side: str) -> str | None:
    """Why a request is refused before its order is read: no token, a route for others (rules 1.4), a long text."""
    if step.who == "nobody":
        return "unauthenticated"
    if (side == "support" and step.who != "support") or (side == "buyer" and step.who == "assistant"):
        return "forbidden"
    return "validation_failed" if step.text and len(step.text) > LONGEST_TEXT else None


def _turned_away(who: str, side: str, *, paid: bool) -> str | None:
    """Why this person may not act here at all (rules 3.3.11): a seller, and so the seller's assistant (rules 1.1), does
    not see an order before it is paid; support sees every order."""
    who = "seller" if who == "assistant" else who
    if who == "stranger" or (who == "seller" and not paid):
        return "order_not_found"
    return None if who == side else "not_a_party"

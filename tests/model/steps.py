"""The steps of a scenario, and how they read."""

from dataclasses import dataclass
from typing import Any

from tests.model.book import HOUR, MINUTE, SECOND


@dataclass(frozen=True)
class Step:
    """One step; which details mean anything depends on its verb."""

    who: str
    verb: str
    amount: int | None = None
    ours: bool = True
    choice: str | None = None
    text: str | None = None
    at: int = -1
    silent: bool = False

    def __str__(self) -> str:
        if self.verb == "passes":
            return f"the clock is moved to {clock(self.at)}{', and nobody is as_lines' if self.silent else ''}"
        foreign = "" if self.ours else "in another currency"
        amount = "" if self.amount is None else f"{self.amount}"
        text = "" if self.text is None else repr(self.text[:40])
        details = (each for each in (self.choice, amount, foreign, text) if each)
        return " ".join((self.who, self.verb.replace("_", " "), *details))


def clock(at: int) -> str:
    """hh:mm:ss.mmm after the beginning of the scenario."""
    hours, left = divmod(at, HOUR)
    minutes, left = divmod(left, MINUTE)
    return f"{hours:02}:{minutes:02}:{left // SECOND:02}.{left % SECOND:03}"


@dataclass(frozen=True)
class Scenario:
    """What is sold, and what everybody does, one after the other."""

    price: int
    category: str
    currency: str
    stock: int
    steps: tuple[Step, ...]
    known: int = 0
    """How many of the steps are an opening that other scenarios share."""

    def __str__(self) -> str:
        begins = f"A scenario about {self.stock} of category {self.category} for {self.price} {self.currency} each:"
        return "\n".join((begins, *as_lines(self.steps)))

    __repr__ = __str__

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        printer.text(str(self))


def as_lines(steps: tuple[Step, ...]) -> list[str]:
    """The steps in words, numbered."""
    return [f"  {number:2}. {step}" for number, step in enumerate(steps, 1)]


def passes(at: int, *, silent: bool = False) -> Step:
    """The clock is moved to this time after the beginning; with `silent` no deadline fires."""
    return Step("clock", "passes", at=at, silent=silent)


def checkout(who: str = "buyer") -> Step:
    """Somebody orders one piece."""
    return Step(who, "checkout")


def attempt(method: str = "card", who: str = "buyer", text: str | None = None) -> Step:
    """Somebody chooses how to pay; the text is the proof of who pays, which the balance asks for."""
    return Step(who, "attempt", choice=method, text=text)


def bank(action: str, pays: str = "right", which: str | None = None) -> Step:
    """The bank reports an event of the latest attempt with a card, or about the first one."""
    return Step("bank", action, choice=pays, text=which)


def suspends(who: str, also: str | None = "freezing the money") -> Step:
    """Support suspends a party."""
    return Step("support", "suspend", choice=who, text=also)


def perform(act: str, who: str, choice: str | None = None, text: str | None = None) -> Step:
    """Somebody performs an action of the order."""
    return Step(who, act, choice=choice, text=text)


def requests_refund(
    amount: int | None = None, reason: str | None = "not_received", text: str | None = "Nothing came"
) -> Step:
    """The buyer asks for money back."""
    return Step("buyer", "request_refund", amount=amount, choice=reason, text=text)


def refuses(text: str | None = "It was delivered") -> Step:
    """The seller says no."""
    return Step("seller", "refuse_refund", text=text)


def gives_back(reason: str | None = "unable_to_deliver", text: str | None = "Sorry") -> Step:
    """The seller gives the money back."""
    return Step("seller", "refund", choice=reason, text=text)


def forces(outcome: str = "refund", text: str | None = "Both agreed") -> Step:
    """Support ends the order."""
    return Step("support", "force_decision", choice=outcome, text=text)


def rules(outcome: str, amount: int | None = None, text: str | None = "The proof is complete") -> Step:
    """Support rules on the dispute."""
    return Step("support", "rule", choice=outcome, amount=amount, text=text)

"""A person of the model with two pockets, and a request for a refund."""

from dataclasses import dataclass, field

from tests.model.book import HOUR


@dataclass
class Person:
    """What a person can spend, what the person earned, and whether both are frozen (rules 1.2 and 7.7)."""

    balance: int = 0
    available: int = 0
    suspended: bool = False
    frozen: bool = False
    declines: list[int] = field(default_factory=list)
    cards_closed_until: int = -1

    def is_suspended(self, freeze: bool) -> None:
        """Support suspends; a freeze stays until the reinstatement."""
        self.suspended, self.frozen = True, self.frozen or freeze

    def is_reinstated(self) -> None:
        """Support lets them come back; each pocket is theirs again."""
        self.suspended = self.frozen = False

    def is_declined(self, now: int) -> None:
        """A bank declines a card: the third time within an hour closes the cards for an hour (rules 6.4)."""
        if now < self.cards_closed_until:
            return
        self.declines = [*(each for each in self.declines if now < each + HOUR), now]
        if len(self.declines) == 3:
            self.declines, self.cards_closed_until = [], now + HOUR

    def wallet(self, in_escrow: int = 0) -> dict[str, int]:
        """The wallet as its owner sees it; frozen money is shown apart."""
        seen = {"balance": self.balance, "available": self.available}
        none = {"balance": 0, "available": 0}
        free, frozen = (none, seen) if self.frozen else (seen, none)
        return {**free, **{f"frozen_{name}": amount for name, amount in frozen.items()}, "in_escrow": in_escrow}


@dataclass
class Request:
    """A refund request: before or after delivery, for how much, since when, and what became of it."""

    stage: str
    amount: int
    requested_at: int
    state: str = "open"
    refused_at: int = 0

    @property
    def lifecycles(self) -> bool:
        """Whether it is still open."""
        return self.state in ("open", "refused", "escalated")


@dataclass(frozen=True)
class Clock:
    """A deadline: its kind, its due time and its outcome."""

    kind: str
    due_at: int
    outcome: str

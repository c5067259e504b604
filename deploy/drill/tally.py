"""What is counted while a crowd trades: lifecycles, answers by command and status, and what should not happen."""

from collections import Counter
from dataclasses import dataclass, field

NO_ANSWER = "no answer"
NOT_YET = "not yet known"
"""A service does not know of it yet, which is no fault: the client comes again (503 `not_yet_known`)."""
ALLOWED = frozenset({"503", "504", NO_ANSWER})
"""What a client may meet while things break; it comes again with the same key. 504: the gateway waited in vain."""


@dataclass(slots=True)
class Tally:
    """The counts of one crowd."""

    begun: int = 0
    ended: int = 0
    """Lifecycles whose every command was accepted."""
    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By command and status: `("confirm", "200")`, or `("confirm", "no answer")`."""
    wrong: list[str] = field(default_factory=list)
    """What should not have happened, each in a sentence."""

    def answered(self, command: str, status: str) -> None:
        """Count one answer."""
        self.answers[command, status] += 1

    @property
    def accepted(self) -> int:
        """Commands that were accepted."""
        return sum(count for (_, status), count in self.answers.items() if status.startswith("2"))

    @property
    def turned_away(self) -> int:
        """Answers that sent the client away for a moment, and requests without any."""
        return sum(count for (_, status), count in self.answers.items() if status in ALLOWED)

    def by_status(self) -> Counter[str]:
        """How often each status was answered."""
        found: Counter[str] = Counter()
        for (_, status), count in self.answers.items():
            found[status] += count
        return found

    def table(self) -> dict[str, dict[str, int]]:
        """Status by command, both in the order of their names."""
        commands = sorted({command for command, _ in self.answers})
        return {
            name: {status: self.answers[command, status] for command, status in sorted(self.answers) if command == name}
            for name in commands
        }

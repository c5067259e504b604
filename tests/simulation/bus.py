"""A broker that delivers at least once and promises nothing else: it repeats, reorders and delays."""

from collections import defaultdict
from dataclasses import dataclass
from random import Random

from shared.messaging.topology import bindings
from tests.support.memory import OutboxEvent

LONGEST_DELAY = 40
"""In steps of the simulation."""


def _routes() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for queue, key in bindings():
        found[key].append(queue)
    return {key: tuple(queues) for key, queues in found.items()}


ROUTES = _routes()
"""Which queues get an event, by routing key: the topology of the real broker."""


@dataclass(frozen=True)
class Letter:
    """One copy of a message on its way to one queue, and from which step on it can arrive."""

    queue: str
    message: OutboxEvent
    ready: int


class Bus:
    """All queues; dice choose which letter is delivered next."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.repeated = 0

    def publish(self, message: OutboxEvent, step: int, dice: Random | None = None) -> None:
        """Route a message; with dice it is now and then delayed or doubled, or an expiry notification is lost."""
        for queue in ROUTES.get(message.routing_key, ()):
            if dice is None:
                self.letters.append(Letter(queue, message, 0))
                continue
            if message.event == "deadline.expired" and dice.random() < 0.1:
                continue
            copies = 2 if dice.random() < 0.1 else 1
            self.repeated += copies - 1
            for _ in range(copies):
                late = dice.randrange(1, LONGEST_DELAY) if dice.random() < 0.2 else 0
                self.letters.append(Letter(queue, message, step + late))

    def next(self, step: int, dice: Random) -> Letter | None:
        """Any letter that can arrive now, mostly an old one; it stays here until it is acknowledged."""
        ready = [letter for letter in self.letters if letter.ready <= step]
        if not ready:
            return None
        return ready[min(int(dice.expovariate(0.3)), len(ready) - 1)]

    def acknowledge(self, letter: Letter) -> None:
        """Forget one copy."""
        self.letters.remove(letter)

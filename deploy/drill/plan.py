"""Which faults come when: drawn from a shuffled deck, so that every kind comes, and repeatable from the seed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from deploy.drill.faults import FROZEN, KILLED, SERVERS, Fault

PAUSE_SECONDS = (1.0, 3.0)
EACH = 2
"""So many services are killed and so many frozen for each round of the servers."""
ALSO = 0.5
"""How often a service is killed while something else is broken."""


@dataclass(frozen=True, slots=True)
class Injection:
    """A fault, how long it lasts, what is killed while it lasts, and the pause before it."""

    fault: Fault
    seconds: float
    also: Fault | None
    pause: float

    def __str__(self) -> str:
        lasting = f" for {self.seconds:.0f} s" if self.seconds >= 1 else ""
        return f"{self.fault.name}{lasting}" + (f", meanwhile {self.also.name}" if self.also else "")


def injections(seed: int) -> Iterator[Injection]:
    """Injection after injection, without end; the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311
    killed, frozen = list(KILLED.values()), list(FROZEN.values())
    while True:
        deck = [*SERVERS, *chance.sample(killed, EACH), *chance.sample(frozen, EACH)]
        for fault in chance.sample(deck, len(deck)):
            also = chance.choice(killed)
            meanwhile = chance.random() < ALSO and fault.longest > 0 and also.name.split()[0] not in fault.name
            yield Injection(
                fault,
                chance.uniform(fault.shortest, fault.longest),
                also if meanwhile else None,
                chance.uniform(*PAUSE_SECONDS),
            )

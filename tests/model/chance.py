"""Generates random scenarios: the same ones every time, more with EFFORT, others with SEED.

A failure shows its scenario in words, and ends with `@reproduce_failure(…)`: written above `@settings` in here, that
test alone plays only that scenario again; so does the whole run with the same SEED.
"""

import zlib
from collections.abc import Callable

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.model.openings import OPENINGS
from tests.model.scenarios import scenarios
from tests.model.steps import Scenario
from tests.model.tours import TOURS
from tests.support.effort import EFFORT, SEED

SCENARIOS = 1
"""Random scenarios per opening with EFFORT=1."""
OF_ACCOUNTS = {"the_buyer_gives_in", "support_rules"}
"""Tours in which an account is sold, which has a fee of its own."""


def run(opening: str, listener: Callable[[Scenario], None], *, effort: int = EFFORT, chance: int = SEED) -> None:
    """Passes random scenarios with this opening to `listener`; if it raises, the shortest one for which it raises."""

    @settings(
        max_examples=SCENARIOS * effort,
        deadline=None,
        database=None,
        print_blob=True,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=(HealthCheck.too_slow, HealthCheck.large_base_example),
    )
    @given(scenarios(opening))
    def by_chance(scenario: Scenario) -> None:
        listener(scenario)

    seed(zlib.crc32(opening.encode()) + chance)(by_chance)()


def a_tour(name: str) -> Scenario:
    """A fixed scenario."""
    category = "account" if name in OF_ACCOUNTS else "item"
    return Scenario(100_00, category, "MYR", 2, TOURS[name])


def everyday() -> list[Scenario]:
    """Every scenario that runs with EFFORT=1."""
    found = [a_tour(name) for name in TOURS]
    for opening in OPENINGS:
        run(opening, found.append, effort=1, chance=0)
    return found

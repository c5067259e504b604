"""Does money survive chaos? The same seeds in every `make test`; `make simulate SEEDS=…` plays any number."""

from collections import Counter

import pytest

from tests.simulation.play import plan, play
from tests.simulation.report import explain
from tests.support.effort import EFFORT, SEED

SEEDS, GROUPS = 120, 8


@pytest.mark.parametrize("group", range(GROUPS))
def test_every_law_holds_whatever_goes_wrong(group: int) -> None:
    for seed in range(SEED + group, SEED + SEEDS * EFFORT, GROUPS):
        report = explain(plan(seed))
        assert report is None, report


def test_a_seed_plays_the_same_every_time() -> None:
    first, again = play(plan(7)), play(plan(7))
    assert first.facts == again.facts


def test_the_seeds_reach_every_corner() -> None:
    facts: Counter[str] = Counter()
    for seed in range(30):
        facts.update(play(plan(seed)).facts)
    ways = {"crashes before commit", "crashes before ack", "died between publish and mark", "lost before the confirm"}
    ends = {f"orders {end}" for end in ("completed", "refunded", "disputed", "expired", "deleted")}
    missing = (ways | ends | {"messages duplicate", "messages refused"}) - set(facts)
    assert not missing

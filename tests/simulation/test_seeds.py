"""Does money survive chaos? The same seeds in every `make test`; `make simulate SEEDS=…` plays any number."""

import pytest

from tests.simulation.play import plan, play
from tests.simulation.report import explain
from tests.support.effort import EFFORT, SEED

SEEDS, GROUPS = 48 if EFFORT == 1 else 120 * EFFORT, 8
CORNERS = 30
"""So many seeds are enough to meet everything that can go wrong, and every ending."""


@pytest.mark.parametrize("group", range(GROUPS))
def test_every_law_holds_whatever_goes_wrong(group: int) -> None:
    for seed in range(SEED + group, SEED + SEEDS, GROUPS):
        report = explain(plan(seed))
        assert report is None, report


def test_a_seed_plays_the_same_every_time() -> None:
    first, again = play(plan(7)), play(plan(7))
    assert first.facts == again.facts


def test_the_seeds_reach_every_corner() -> None:
    ways = {"crashes before commit", "crashes before ack", "died between publish and mark", "lost before the confirm"}
    ends = {f"orders {end}" for end in ("completed", "refunded", "disputed", "expired", "deleted")}
    missing = ways | ends | {"messages duplicate", "messages refused"}
    for seed in range(CORNERS):
        missing -= set(play(plan(seed)).facts)
        if not missing:
            break
    assert not missing

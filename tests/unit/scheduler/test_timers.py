"""What counts of several messages about one key that come together."""

from datetime import UTC, datetime
from itertools import permutations

import pytest

from services.scheduler.domain.timers import Timer, newest

DUE = datetime(2026, 3, 2, tzinfo=UTC)
OLD, MIDDLE, NEW = (Timer("orders", "K1", "K1", "D5", generation, DUE) for generation in (1, 2, 3))
OTHER = Timer("disputes", "K1", "K1", "reminder", 1, DUE)


@pytest.mark.parametrize("arrived", list(permutations([OLD, MIDDLE, NEW, OTHER])))
def test_the_highest_generation_of_each_key_whatever_came_first(arrived: tuple[Timer, ...]) -> None:
    assert newest(arrived) == [OTHER, NEW]

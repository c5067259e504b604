"""Scenarios, played on the running marketplace and on the model of the rules: after every step both must agree.

A test fails with the shortest scenario in which they differ. EFFORT plays more scenarios, SEED others.
"""

import asyncio
from collections.abc import Callable, Iterator

import pytest

from deploy.stack import Stack
from tests.model.chance import a_tour, run
from tests.model.openings import OPENINGS
from tests.model.play import play
from tests.model.steps import Scenario
from tests.model.tours import TOURS
from tests.support.market import Market
from tests.support.plain import plain_client

Playing = Callable[[Scenario], int]


@pytest.fixture(scope="module")
def played(stack: Stack) -> Iterator[Playing]:
    """Plays a scenario to its end, in an event loop of its own: Hypothesis calls synchronous functions only."""
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        client = plain_client()
        yield lambda scenario: runner.run(play(Market(stack, client), scenario))
        runner.run(Market(stack, client).closes_cases())
        runner.run(client.aclose())


class TestDoesTheMarketplaceDoWhatTheRulesSay:
    @pytest.mark.parametrize("tour", TOURS)
    def test_in_a_fixed_scenario(self, played: Playing, tour: str) -> None:
        assert played(a_tour(tour)) == len(TOURS[tour])

    @pytest.mark.parametrize("opening", OPENINGS)
    def test_whatever_happens_after(self, played: Playing, opening: str) -> None:
        def agree(scenario: Scenario) -> None:
            assert played(scenario) == len(scenario.steps)

        run(opening, agree)

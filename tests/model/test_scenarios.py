"""Tests the test: the scenarios reach every row and refusal, and each mutant of the model is noticed."""

from collections import Counter
from collections.abc import Iterator

import pytest

from deploy.stack import Stack
from tests.model.book import HOUR, Book
from tests.model.chance import everyday
from tests.model.lifecycle import Lifecycle
from tests.model.mutants import MUTANTS, RIGHT
from tests.model.openings import DELIVERED, PLACED, REQUESTED, Opening
from tests.model.play import Difference, play
from tests.model.steps import Scenario, passes, perform, requests_refund
from tests.model.tours import REFUSALS, ROWS
from tests.model.views import Facts, money_by_the_rules, order_by_the_rules
from tests.support.market import Market
from tests.support.plain import plain_client

CONFIRMED: Opening = (*DELIVERED, perform("confirm", "buyer"))


@pytest.fixture(scope="module")
def scenarios() -> list[Scenario]:
    """Every scenario that runs with EFFORT=1."""
    return everyday()


@pytest.fixture(scope="module")
def right(scenarios: list[Scenario]) -> list[list[Facts]]:
    """What the model says of each."""
    return [list(goes(scenario, RIGHT)) for scenario in scenarios]


class TestIsEverythingMet:
    def test_every_row_and_every_refusal(self, scenarios: list[Scenario]) -> None:
        met: Counter[str] = Counter()
        for scenario in scenarios:
            met.update(meets(scenario))
        print("", *(f"{count:6} {fact}" for fact, count in sorted(met.items())), sep="\n")
        assert set(met) >= ROWS | REFUSALS


class TestIsAWrongRuleNoticed:
    @pytest.mark.parametrize("mutant", MUTANTS)
    def test_by_the_scenarios_of_every_run(
        self, scenarios: list[Scenario], right: list[list[Facts]], monkeypatch: pytest.MonkeyPatch, mutant: str
    ) -> None:
        book = MUTANTS[mutant](monkeypatch)
        noticed = [number for number, scenario in enumerate(scenarios) if list(goes(scenario, book)) != right[number]]
        assert noticed, f"none of {len(scenarios)} scenarios notices {mutant}"

    @pytest.mark.parametrize(
        ("mutant", "opening", "message"),
        [
            ("two_hours_to_pay", PLACED, "the rules say:      ('D1', '02:00:00.000', 'expired')"),
            (
                "23_hours_to_answer",
                (*DELIVERED, requests_refund()),
                "the rules say:      ('D6', '34:00:00.000', 'refunded')",
            ),
            ("another_fee", CONFIRMED, "'available': 9459"),
            (
                "silence_returns_a_part",
                (*REQUESTED, requests_refund(30_00), passes(8 * HOUR)),
                "the marketplace is: refunded",
            ),
        ],
        ids=["a_clock_of_an_hour", "a_clock_of_a_day", "a_cent", "a_default"],
    )
    async def test_by_the_marketplace(
        self, stack: Stack, monkeypatch: pytest.MonkeyPatch, mutant: str, opening: Opening, message: str
    ) -> None:
        scenario = Scenario(100_00, "item", "MYR", 2, opening)
        async with plain_client() as client:
            await play(Market(stack, client), scenario)
            book = MUTANTS[mutant](monkeypatch)
            with pytest.raises(Difference) as found:
                await play(Market(stack, client), scenario, book)
        assert message in str(found.value)
        assert "1. buyer checkout" in str(found.value)


def goes(scenario: Scenario, book: Book) -> Iterator[Facts]:
    """What the model says after each step."""
    lifecycle = Lifecycle(scenario, book)
    for step in scenario.steps:
        yield {"code": lifecycle.does(step)}
        yield {**(order_by_the_rules(lifecycle) if lifecycle.payments else {}), **money_by_the_rules(lifecycle)}


def meets(scenario: Scenario) -> Iterator[str]:
    """The rows, the ways from place to place, and the refusals of a scenario."""
    lifecycle = Lifecycle(scenario)
    yield from (code for step in scenario.steps if (code := lifecycle.does(step)))
    for payment in lifecycle.payments:
        yield from payment.rows
        yield from payment.order.ways
        yield from (row for row, _ in payment.order.history)

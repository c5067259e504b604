"""A test of the test: the stories meet everything, and a rule that the model reads wrongly is noticed."""

from collections import Counter
from collections.abc import Iterator

import pytest

from deploy.stack import Stack
from tests.model.book import HOUR, Book
from tests.model.chance import everyday
from tests.model.lifecycle import Life
from tests.model.mutants import PLANTS, RIGHT
from tests.model.openings import ASKING, DELIVERED, PLACED, Opening
from tests.model.play import Difference, play
from tests.model.steps import Scenario, asks, passes, perform
from tests.model.tours import REFUSALS, ROWS
from tests.model.views import Facts, money_by_the_rules, order_by_the_rules
from tests.support.market import Market
from tests.support.plain import plain_client

CONFIRMED: Opening = (*DELIVERED, perform("confirm", "buyer"))


@pytest.fixture(scope="module")
def told() -> list[Scenario]:
    """Every story that is told every day."""
    return everyday()


@pytest.fixture(scope="module")
def right(told: list[Scenario]) -> list[list[Facts]]:
    """How they go."""
    return [list(goes(story, RIGHT)) for story in told]


class TestIsEverythingMet:
    def test_every_row_and_every_refusal(self, told: list[Scenario]) -> None:
        met: Counter[str] = Counter()
        for story in told:
            met.update(meets(story))
        print("", *(f"{count:6} {fact}" for fact, count in sorted(met.items())), sep="\n")
        assert set(met) >= ROWS | REFUSALS


class TestIsAWrongRuleNoticed:
    @pytest.mark.parametrize("plant", PLANTS)
    def test_by_the_stories_of_every_day(
        self, told: list[Scenario], right: list[list[Facts]], monkeypatch: pytest.MonkeyPatch, plant: str
    ) -> None:
        book = PLANTS[plant](monkeypatch)
        noticed = [number for number, story in enumerate(told) if list(goes(story, book)) != right[number]]
        assert noticed, f"none of {len(told)} stories notices {plant}"

    @pytest.mark.parametrize(
        ("plant", "opening", "says"),
        [
            ("two_hours_to_pay", PLACED, "the rules say:      ('D1', '02:00:00.000', 'expired')"),
            ("23_hours_to_answer", (*DELIVERED, asks()), "the rules say:      ('D6', '34:00:00.000', 'refunded')"),
            ("another_fee", CONFIRMED, "'available': 9459"),
            ("silence_returns_a_part", (*ASKING, asks(30_00), passes(8 * HOUR)), "the marketplace is: refunded"),
        ],
        ids=["a_clock_of_an_hour", "a_clock_of_a_day", "a_cent", "a_default"],
    )
    async def test_by_the_marketplace(
        self, stack: Stack, monkeypatch: pytest.MonkeyPatch, plant: str, opening: Opening, says: str
    ) -> None:
        story = Scenario(100_00, "item", "MYR", 2, opening)
        async with plain_client() as client:
            await play(Market(stack, client), story)
            book = PLANTS[plant](monkeypatch)
            with pytest.raises(Difference) as found:
                await play(Market(stack, client), story, book)
        assert says in str(found.value)
        assert "1. buyer checkout" in str(found.value)


def goes(story: Scenario, book: Book) -> Iterator[Facts]:
    """What the model says after each step."""
    life = Life(story, book)
    for step in story.steps:
        yield {"code": life.does(step)}
        yield {**(order_by_the_rules(life) if life.payments else {}), **money_by_the_rules(life)}


def meets(story: Scenario) -> Iterator[str]:
    """The rows, the ways from place to place, and the refusals of a story."""
    life = Life(story)
    yield from (code for step in story.steps if (code := life.does(step)))
    for payment in life.payments:
        yield from payment.rows
        yield from payment.order.ways
        yield from (row for row, _ in payment.order.history)

"""Plays a story on both marketplaces, step by step, and stops where they differ."""

from deploy.client.http import Answer
from tests.model.book import STATUS, Book
from tests.model.lifecycle import Life
from tests.model.player import Player
from tests.model.steps import Scenario, rules, told
from tests.model.views import (
    differences,
    money_as_seen,
    money_by_the_rules,
    order_as_seen,
    order_by_the_rules,
)
from tests.support.market import Market

HEARD_ELSEWHERE = {"capture", "charge_back", "escalate", "attempt", "suspend", "reinstate"}
"""What other services have to hear before anybody can go on."""


class Difference(AssertionError):
    """The marketplace is not what the rules say."""


async def play(market: Market, story: Scenario, book: Book | None = None) -> int:
    """The whole story, step by step; answers how many steps it has, or raises the difference."""
    life, player = Life(story, book or Book()), Player(market, story)
    await market.starts()
    await player.opens_the_shop()
    for number in range(len(story.steps)):
        await _step(life, player, number)
    await _ends(life, player)
    return len(story.steps)


async def _step(life: Life, player: Player, number: int) -> None:
    """One step; in an opening nobody waits until all is quiet, so its money is looked at only afterwards."""
    step, known = life.story.steps[number], number < life.story.known
    expected = life.does(step)
    answer = await player.does(step)
    found = _answered(expected, answer)
    if expected is None and step.verb != "passes" and (not known or step.verb in HEARD_ELSEWHERE):
        await player.settles(fire=not life.silent)
    if not found and life.payments:
        found = differences(order_by_the_rules(life), await order_as_seen(player))
    if not found and expected is None and not known and not life.silent:
        found = differences(money_by_the_rules(life), await money_as_seen(player))
    _compare(life.story, number + 1, found)


async def _ends(life: Life, player: Player) -> None:
    """All bells ring, support leaves no case open, and the money is where it should be."""
    await player.settles(fire=True)
    if life.payments and life.order.status == "disputed":
        ruling = rules("seller_wins")
        found = _answered(life.does(ruling), await player.does(ruling))
        await player.settles(fire=True)
        _compare(life.story, len(life.story.steps), found)
    found = differences(money_by_the_rules(life), await money_as_seen(player))
    if life.payments:
        found += differences(order_by_the_rules(life), await order_as_seen(player))
    _compare(life.story, len(life.story.steps), found)


def _answered(expected: str | None, answer: Answer) -> list[str]:
    if expected is None and answer.status < 400:
        return []
    if (STATUS.get(expected or "", 409), expected) == (answer.status, answer.code):
        return []
    says = "yes" if expected is None else f"{STATUS.get(expected, 409)} {expected}"
    seen = f"{answer.status} {answer.code or 'yes'}"
    return ["  the answer:", f"    the rules say:      {says}", f"    the marketplace is: {seen} {answer.body}"]


def _compare(story: Scenario, steps: int, found: list[str]) -> None:
    if found:
        begins, *_ = str(story).splitlines()
        report = ("the rules and the marketplace differ", begins, *told(story.steps[:steps]), *found)
        raise Difference("\n".join(report))

"""Plays a scenario on both marketplaces, step by step, and stops where they differ."""

from deploy.client.http import Answer
from tests.model.book import STATUS, Book
from tests.model.lifecycle import Lifecycle
from tests.model.player import Player
from tests.model.steps import Scenario, as_lines, rules
from tests.model.views import (
    differences,
    money_as_seen,
    money_by_the_rules,
    order_as_seen,
    order_by_the_rules,
)
from tests.support.market import Market

CONSUMED_ELSEWHERE = {"capture", "charge_back", "escalate", "attempt", "suspend", "reinstate"}
"""The events that other services must handle before the next step."""


class Difference(AssertionError):
    """The marketplace differs from the model."""


async def play(market: Market, scenario: Scenario, book: Book | None = None) -> int:
    """Plays the scenario step by step; returns the number of its steps, raises Difference."""
    lifecycle, player = Lifecycle(scenario, book or Book()), Player(market, scenario)
    await market.starts()
    await player.opens_the_shop()
    for number in range(len(scenario.steps)):
        await _step(lifecycle, player, number)
    await _ends(lifecycle, player)
    return len(scenario.steps)


async def _step(lifecycle: Lifecycle, player: Player, number: int) -> None:
    """Plays one step; an opening does not wait until the system is idle, so its money is compared only afterwards."""
    step, known = lifecycle.scenario.steps[number], number < lifecycle.scenario.known
    expected = lifecycle.does(step)
    answer = await player.does(step)
    found = _answered(expected, answer)
    if expected is None and step.verb != "passes" and (not known or step.verb in CONSUMED_ELSEWHERE):
        await player.settles(fire=not lifecycle.silent)
    if not found and lifecycle.payments:
        found = differences(order_by_the_rules(lifecycle), await order_as_seen(player))
    if not found and expected is None and not known and not lifecycle.silent:
        found = differences(money_by_the_rules(lifecycle), await money_as_seen(player))
    _compare(lifecycle.scenario, number + 1, found)


async def _ends(lifecycle: Lifecycle, player: Player) -> None:
    """Lets all deadlines expire and support close every case, then compares the money."""
    await player.settles(fire=True)
    if lifecycle.payments and lifecycle.order.status == "disputed":
        ruling = rules("seller_wins")
        found = _answered(lifecycle.does(ruling), await player.does(ruling))
        await player.settles(fire=True)
        _compare(lifecycle.scenario, len(lifecycle.scenario.steps), found)
    found = differences(money_by_the_rules(lifecycle), await money_as_seen(player))
    if lifecycle.payments:
        found += differences(order_by_the_rules(lifecycle), await order_as_seen(player))
    _compare(lifecycle.scenario, len(lifecycle.scenario.steps), found)


def _answered(expected: str | None, answer: Answer) -> list[str]:
    if expected is None and answer.status < 400:
        return []
    if (STATUS.get(expected or "", 409), expected) == (answer.status, answer.code):
        return []
    wanted = "yes" if expected is None else f"{STATUS.get(expected, 409)} {expected}"
    seen = f"{answer.status} {answer.code or 'yes'}"
    return ["  the answer:", f"    the rules say:      {wanted}", f"    the marketplace is: {seen} {answer.body}"]


def _compare(scenario: Scenario, steps: int, found: list[str]) -> None:
    if found:
        begins, *_ = str(scenario).splitlines()
        report = ("the rules and the marketplace differ", begins, *as_lines(scenario.steps[:steps]), *found)
        raise Difference("\n".join(report))

"""A purchase in one go, as most are: ordered, paid at once, and its events are delivered meanwhile."""

from random import Random

from tests.simulation import bank, machinery, traders
from tests.simulation.world import World


def buy(world: World, dice: Random) -> None:
    """Somebody orders and pays, usually by card and exactly; the bus has its usual faults."""
    traders.order(world, dice)
    _news_travel(world, dice)
    traders.pay(world, dice, newest=True)
    bank.report_capture(world, dice)
    _news_travel(world, dice)


def _news_travel(world: World, dice: Random) -> None:
    for _ in range(2):
        machinery.relay(world, dice)
        machinery.deliver(world, dice)

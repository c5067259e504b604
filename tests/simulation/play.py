"""One run: a plan made from a seed, played step by step in a world of its own, every law checked on the way."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from random import Random
from typing import Any
from unittest.mock import patch
from uuid import UUID

import structlog

from services.orders.domain import deadlines
from shared import ids
from tests.simulation import bank, laws_of_idle, laws_of_orders, machinery, shopping, support, traders
from tests.simulation.faults import Broken, must
from tests.simulation.laws_of_ledger import Auditor
from tests.simulation.world import Line, World

STEPS = 350
LIKELY: dict[str, tuple[float, Callable[[World, Random], None]]] = {
    "buy": (4, shopping.buy),
    "order": (1.5, traders.order),
    "pay": (14, traders.pay),
    "bank": (16, bank.report_event),
    "perform": (26, traders.perform),
    "review": (0.7, traders.review),
    "contact": (0.7, traders.write_contact),
    "case": (4, support.work_on_case),
    "review_queue": (1, support.clear_review_queue),
    "conduct": (0.8, support.judge_conduct),
    "annul": (0.3, support.annul),
    "relay": (38, machinery.relay),
    "deliver": (38, machinery.deliver),
    "retry": (5, machinery.retry),
    "fire": (6, machinery.fire),
    "sweep": (2, machinery.sweep),
    "poll": (2, bank.poll),
    "time": (5, machinery.pass_time),
}
"""What can happen in a step, and how often it does."""


@dataclass(frozen=True)
class Move:
    """One step of a plan: what happens, and the dice for everything that is chosen in it."""

    kind: str
    dice: int


@dataclass(frozen=True)
class Plan:
    """What happens in a run; a plan without some of its moves is a plan too."""

    seed: int
    moves: tuple[Move, ...]


@dataclass(frozen=True)
class Failure:
    """A law that does not hold, how far the plan was played, and what had happened until then."""

    broken: Broken
    plan: Plan
    report: Sequence[Line]


@dataclass(frozen=True)
class Played:
    """The end of a run: what was found, if anything, and what happened how often."""

    failure: Failure | None
    facts: Counter[str]


def plan(seed: int, steps: int = STEPS) -> Plan:
    """The plan of a seed: orders first, then anything."""
    dice = Random(seed)
    names, weights = list(LIKELY), [weight for weight, _ in LIKELY.values()]
    kinds = ["buy", "buy", *dice.choices(names, weights, k=steps - 2)]
    return Plan(seed, tuple(Move(kind, dice.getrandbits(32)) for kind in kinds))


def play(plan: Plan) -> Played:
    """Plays a plan to its end, lets the system become idle, lets every deadline expire, and become idle again."""
    world = World()
    with _alone():
        try:
            _play(world, plan)
        except Broken as broken:
            moves = plan.moves[: world.step + 1]
            return Played(Failure(broken, Plan(plan.seed, moves), world.report), world.facts)
    world.facts["orders"] += len(world.all_orders())
    world.facts.update(f"orders {order.status}" for order in world.all_orders())
    return Played(None, world.facts)


def _play(world: World, plan: Plan) -> None:
    auditor = Auditor()
    traders.open_shops(world)
    world.orders.watchers.append(laws_of_orders.check)
    world.payments.watchers.append(auditor.check)
    for world.step, move in enumerate(plan.moves):
        LIKELY[move.kind][1](world, Random(move.dice))
    dice = Random(plan.seed)
    _until_idle(world, auditor, dice)
    for _ in range(3):
        world.clock.time += timedelta(days=4)
        _until_idle(world, auditor, dice)
    for order in world.all_orders():
        must(
            deadlines.current(order) is None, "every silence has an end", f"{order.number} {order.status}", order.number
        )


def _until_idle(world: World, auditor: Auditor, dice: Random) -> None:
    """Runs until the system is idle; lost messages are republished by the sweepers, which wait for two minutes."""
    machinery.become_idle(world, dice)
    world.clock.time += timedelta(minutes=3)
    machinery.become_idle(world, dice)
    machinery.sweep(world, _Fair())
    bank.poll(world, _Fair())
    machinery.become_idle(world, dice)
    laws_of_idle.check(world, auditor)


class _Fair(Random):
    """Dice that let nothing go wrong."""

    def random(self) -> float:
        return 1.0


class _Silent:
    """A logger that writes nothing."""

    def __getattr__(self, _name: str) -> Callable[..., "_Silent"]:
        return lambda *_given, **_named: self


@contextmanager
def _alone() -> Iterator[None]:
    """Ids that are the same in every run, and no log lines."""
    numbers = count(1)
    silent: Any = _Silent()
    with (
        patch.object(ids, "uuid7", lambda: UUID(int=next(numbers))),
        patch.object(structlog, "get_logger", lambda: silent),
    ):
        yield

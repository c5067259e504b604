"""The machinery of the services: relays, consumers, the scheduler's loop, sweepers, retries, and time."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

from services.disputes.commands import cases
from services.orders.commands import orders
from services.orders.domain import deadlines
from services.scheduler import commands as timers
from shared.messaging.inbox import Outcome
from tests.simulation.bus import Letter
from tests.simulation.faults import Broken, Crash
from tests.simulation.world import World
from tests.support.memory import MemoryDatabase, OutboxEvent, drive

HOUR = timedelta(hours=1)
MILLISECOND = timedelta(milliseconds=1)
JUMPS = {MILLISECOND: 1, HOUR / 60: 3, HOUR / 3: 3, HOUR: 3, 3 * HOUR: 2, 6 * HOUR: 2, 24 * HOUR: 1, 72 * HOUR: 0.3}
"""By how much time can jump, and how often it does."""


def relay(world: World, dice: Random) -> None:
    """Services publish some of their outboxes; one may die before a confirm, or between the confirm and its mark."""
    for database in dice.sample(world.databases, 3):
        _publish(world, database, dice)


def _publish(world: World, database: MemoryDatabase[Any, Any], dice: Random) -> None:
    for message in list(database.tables.outbox.values())[: dice.randrange(1, 10)]:
        fate = dice.random()
        if fate < 0.03:
            world.facts["lost before the confirm"] += 1
            continue
        world.bus.publish(message, world.step, dice)
        if fate < 0.06:
            world.facts["died between publish and mark"] += 1
            world.report_event(
                f"{database.service} published {message.event} and died before it was marked", message.subject
            )
            return
        del database.tables.outbox[message.message_id]


def deliver(world: World, dice: Random) -> None:
    """A few letters arrive, whichever; a consumer may die before its commit, or after it and before its ack."""
    for _ in range(dice.randrange(1, 12)):
        letter = world.bus.next(world.step, dice)
        if letter is None:
            return
        fate = dice.random()
        try:
            _take(world, letter, dies=fate < 0.03)
        except Crash:
            world.facts["crashes before commit"] += 1
            world.report_event(f"{letter.queue} died handling {letter.message.event}", letter.message.subject)
            continue
        if fate > 0.95:
            world.facts["crashes before ack"] += 1
            continue
        world.bus.acknowledge(letter)


def retry(world: World, dice: Random) -> None:
    """A message that failed is tried again."""
    failed = _failed(world)
    if failed:
        queue, message = dice.choice(failed)
        _take(world, Letter(queue, message, 0))


def fire(world: World, dice: Random) -> None:
    """The scheduler looks at its clock, which is right, a little ahead, or behind."""
    world.scheduler_clock.ahead = dice.choice(
        (timedelta(), timedelta(), 3 * MILLISECOND, -3 * MILLISECOND, HOUR / 30, -HOUR / 30)
    )
    world.run(world.scheduler, "scheduler fires what is due", (), timers.fire, dice)
    world.scheduler_clock.ahead = timedelta()


def sweep(world: World, dice: Random) -> None:
    """Both owners republish their overdue deadlines."""
    world.run(world.orders, "orders sweeps", (), orders.sweep, dice)
    world.run(world.disputes, "disputes sweeps", (), cases.sweep, dice)


def pass_time(world: World, dice: Random) -> None:
    """Time jumps: by a moment, by days, or to the edge of somebody's deadline."""
    clocks = [deadlines.current(order) for order in world.all_orders()]
    edges = [
        clock.due_at + shift
        for clock in clocks
        if clock is not None
        for shift in (-MILLISECOND, timedelta(), MILLISECOND)
    ]
    ahead = sorted(edge for edge in edges if edge > world.clock.time)
    if ahead and dice.random() < 0.25:
        world.clock.time = ahead[min(int(dice.expovariate(0.5)), len(ahead) - 1)]
    else:
        world.clock.time += dice.choices(list(JUMPS), list(JUMPS.values()))[0]


def become_idle(world: World, dice: Random) -> None:
    """Publishes, delivers and fires everything without further faults, in any order, until nobody has work left."""
    for _ in range(100):
        for database in world.databases:
            for message in _published(database):
                world.bus.publish(message, world.step)
        dice.shuffle(world.bus.letters)
        letters, world.bus.letters = world.bus.letters, []
        for letter in letters:
            _take(world, letter)
        before = len(failed := _failed(world))
        for queue, message in failed:
            _take(world, Letter(queue, message, 0))
        drive(_fire(world))
        handled = letters or len(_failed(world)) < before
        if not handled and not any(database.tables.outbox for database in world.databases):
            return


def _published(database: MemoryDatabase[Any, Any]) -> Iterator[OutboxEvent]:
    yield from database.tables.outbox.values()
    database.tables.outbox.clear()


async def _fire(world: World) -> None:
    async with world.scheduler.transaction() as work:
        await timers.fire(work)


def _failed(world: World) -> list[tuple[str, OutboxEvent]]:
    inboxes = {id(inbox): inbox for inbox in world.inboxes.values()}.values()
    return [(queue, failed.message) for inbox in inboxes for (queue, _), failed in inbox.failed.items()]


def _take(world: World, letter: Letter, *, dies: bool = False) -> None:
    inbox = world.inboxes[letter.queue]
    message = letter.message
    if dies:
        inbox.database.before_commit = _die
    try:
        outcome = drive(inbox.take(letter.queue, message))
    except Broken:
        world.report_event(f"{letter.queue} consumes {message.event}: and this breaks the law", message.subject)
        raise
    finally:
        inbox.database.before_commit = _live
    world.facts[f"messages {outcome}"] += 1
    if outcome is Outcome.FAILED:
        error = inbox.failed[letter.queue, message.message_id].error
        world.report_event(f"{letter.queue} keeps {message.event}, which failed: {error}", message.subject)
    else:
        world.report_event(f"{letter.queue} consumes {message.event}: {outcome}", message.subject)


def _die() -> None:
    raise Crash


def _live() -> None:
    """Nothing happens before this commit."""

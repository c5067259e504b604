"""Support: it rules in disputes, two solvers at once included, works off its review queue, suspends and reinstates."""

from datetime import timedelta
from random import Random
from typing import Literal

from services.disputes.commands import cases, conduct
from services.disputes.domain.case import Case, Outcome, State
from services.disputes.domain.conduct import SUSPENDED
from services.payments import commands as payments
from services.payments.domain.capture import NO_MONEY
from shared.actor import Actor
from tests.simulation.traders import SUPPORT
from tests.simulation.world import World

Action = Literal["credit", "return", "write_off"]
WINDOWS = {name: timedelta(days=180) for name in ("card", "ideal")}
RULINGS = (Outcome.BUYER_WINS, Outcome.SELLER_WINS, Outcome.SPLIT)
USERS = ("ann", "bob", "sue", "sam", "tia", "kim")


def work_on_case(world: World, dice: Random) -> None:
    """Somebody takes a case, adds to it, or rules in it; mostly in one that is open."""
    known = list(world.disputes.tables.cases.values())
    is_open = [each for each in known if each.state is State.OPEN]
    if not known:
        return
    case = dice.choice(is_open if is_open and dice.random() < 0.9 else known)
    by = Actor(dice.choice(SUPPORT), "support")
    about = (case.number,)
    kind = dice.random()
    if kind < 0.15:
        text = f"{by.user} takes the case of {case.number}"
        world.run(world.disputes, text, about, lambda work: cases.assign(work, case.id, by), dice)
    elif kind < 0.35:
        party = Actor(dice.choice((case.buyer, case.seller)))
        added = cases.Statement("see the picture", None, ())
        text = f"{party.user} adds to the case of {case.number}"
        world.run(world.disputes, text, about, lambda work: cases.add_evidence(work, case.id, party, added), dice)
    else:
        for _ in range(2 if dice.random() < 0.1 else 1):
            _rule(world, case, by, dice)


def _rule(world: World, case: Case, by: Actor, dice: Random) -> None:
    outcome = dice.choice(RULINGS)
    amount = dice.choice((0, 1, case.held // 3, case.held, case.held + 1)) if outcome is Outcome.SPLIT else None
    ruled = cases.Ruled(outcome, amount, case.currency, "as the pictures show")
    text = f"{by.user} rules {outcome} {amount if amount is not None else ''} of {case.held} about {case.number}"
    world.run(world.disputes, text, (case.number,), lambda work: cases.rule(work, case.id, by, ruled), dice)


def clear_review_queue(world: World, dice: Random) -> None:
    """Unmatched money is credited, returned or written off, a loss is written off; sometimes the wrong way round."""
    items = [item for item, resolution, _ in world.payments.tables.review_items.values() if resolution is None]
    if not items:
        return
    item = dice.choice(items)
    is_loss = (item.reason in NO_MONEY) == (dice.random() < 0.95)
    user = dice.choice((None, "ann"))
    action: Action = "write_off" if is_loss else "return" if item.reason == "wrong_currency" else "credit"
    named = user if action == "credit" else None
    decided = payments.Decision(Actor("olga", "support"), action, named, "found out", WINDOWS)
    text = f"olga resolves {item.amount} {item.currency} ({item.reason}): {decided.action}"
    world.run(world.payments, text, (item.payment_number,), lambda work: payments.resolve(work, item.id, decided), dice)


def judge_conduct(world: World, dice: Random) -> None:
    """Somebody is suspended, with or without the money; more often somebody is reinstated."""
    accounts = world.disputes.tables.accounts
    suspended = [user for user, account in accounts.items() if account.status in SUSPENDED]
    by = Actor(dice.choice(SUPPORT), "support")
    if suspended and dice.random() < 0.75:
        user = dice.choice(suspended)
        text, about = f"{by.user} reinstates {user}", (user,)
        world.run(world.disputes, text, about, lambda work: conduct.reinstate(work, user, by, "sorry"), dice)
        return
    user = dice.choice(USERS)
    freeze, for_ever = dice.random() < 0.6, dice.random() < 0.03
    text = f"{by.user} suspends {user}{' and freezes the money' if freeze else ''}"
    world.run(
        world.disputes,
        text,
        (user,),
        lambda work: conduct.suspend(work, user, by, "conduct", freeze=freeze, permanent=for_ever),
        dice,
    )


def annul(world: World, dice: Random) -> None:
    """Support finds that an offence was none."""
    offences = list(world.disputes.tables.offences.values())
    if not offences:
        return
    offence = dice.choice(offences)
    by = Actor(dice.choice(SUPPORT), "support")
    text = f"{by.user} annuls an offence of {offence.user}"
    world.run(
        world.disputes,
        text,
        (offence.user,),
        lambda work: conduct.annul(work, offence.user, offence.id, by, "an error"),
        dice,
    )

"""Can the simulation fail? Each mutant of the services and of their storage is found."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from services.disputes.domain.excerpt import Part
from services.orders.domain import lifecycle, transition
from services.orders.domain.lifecycle import Moves, Row
from services.orders.domain.order import Status
from services.orders.domain.request import Action, Role
from services.payments.commands import orders as payments_of_orders
from services.payments.domain.account_status import AccountStatus
from services.payments.domain.ledger import Entry
from services.scheduler.domain.timers import Timer
from tests.simulation.play import Failure, plan, play
from tests.simulation.report import explain
from tests.support.memory import MemoryInbox
from tests.support.memory.disputes import MemoryExcerpts
from tests.support.memory.ledger import MemoryLedger
from tests.support.memory.scheduler import MemoryTimers

SEEDS = 60
COMMANDS = "services.orders.commands.orders"
Mutant = Callable[[pytest.MonkeyPatch], None]


def inbox_rows_are_lost(patch: pytest.MonkeyPatch) -> None:
    """A repeated message acts again."""
    patch.setattr(MemoryInbox, "remember", lambda *_: True)


def settlements_are_booked_again(patch: pytest.MonkeyPatch) -> None:
    """A settlement is executed twice, and the ledger does not look at its reference."""
    right: Callable[..., Any] = payments_of_orders._execute

    async def wrong(*given: Any) -> None:
        await right(*given)
        await right(*given)

    patch.setattr(payments_of_orders, "_execute", wrong)
    patch.setattr(MemoryLedger, "is_booked", lambda *_: False)


def timers_forget_their_order(patch: pytest.MonkeyPatch) -> None:
    """The message that arrives last counts, not the newest."""
    right = MemoryTimers.set

    async def wrong(self: MemoryTimers, *timers: Timer) -> int:
        for timer in timers:
            self._tables.timers.pop((timer.owner, timer.key), None)
        return await right(self, *timers)

    patch.setattr(MemoryTimers, "set", wrong)


def a_refunded_order_can_be_confirmed(patch: pytest.MonkeyPatch) -> None:
    """One more row in the table: a second ending."""
    sources = ((Status.REFUNDED, None),)
    row = Row("T15", sources, Action.CONFIRM, Role.BUYER, Status.COMPLETED, "order.completed", Moves.ALL_TO_SELLER)
    patch.setattr(lifecycle, "TABLE", (*lifecycle.TABLE, row))


def commands_do_not_expire_deadlines(patch: pytest.MonkeyPatch) -> None:
    """A late command is decided as if it were in time."""
    patch.setattr(transition, "expire", lambda *_: None)


def old_account_statuses_count(patch: pytest.MonkeyPatch) -> None:
    """An older suspension that arrives late suspends again."""
    patch.setattr(AccountStatus, "is_older_than", lambda *_: True)


def frozen_users_are_paid(patch: pytest.MonkeyPatch) -> None:
    """What a frozen user receives can be spent."""
    patch.setattr(Entry, "diverted", lambda self, _frozen: self)


def stock_comes_back_twice(patch: pytest.MonkeyPatch) -> None:
    """An order that ends unpaid gives back more than it took."""
    right = transition.restock
    patch.setattr(f"{COMMANDS}.restock", lambda step: 2 * right(step))


def nobody_sweeps(patch: pytest.MonkeyPatch) -> None:
    """A lost expiry notification stays lost."""

    async def wrong(_work: object) -> int:
        return 0

    patch.setattr(f"{COMMANDS}.sweep", wrong)


def nobody_polls(patch: pytest.MonkeyPatch) -> None:
    """A hold that is to be released stays at the bank."""

    async def wrong(*_given: object) -> None:
        return None

    patch.setattr("services.payments.commands.take_poll", wrong)


def the_seller_gets_a_cent_more(patch: pytest.MonkeyPatch) -> None:
    """The rounding of a partial refund goes the wrong way."""
    right: Callable[..., Any] = transition.step

    def wrong(*given: Any) -> Any:
        step = right(*given)
        moved = step.settlement
        more = 1 if moved.gross and moved.to_buyer > 1 else 0
        return replace(step, settlement=replace(moved, to_buyer=moved.to_buyer - more, gross=moved.gross + more,
                                                net=moved.net + more))  # fmt: skip

    patch.setattr(transition, "step", wrong)


def excerpts_without_a_case_are_dropped(patch: pytest.MonkeyPatch) -> None:
    """A part that arrives before its case is as if it had never been published."""
    right = MemoryExcerpts.add_part

    async def wrong(self: MemoryExcerpts, number: str, part: Part) -> None:
        if any(case.number == number for case in self._tables.cases.values()):
            await right(self, number, part)

    patch.setattr(MemoryExcerpts, "add_part", wrong)


MUTANTS: dict[Mutant, set[str]] = {
    inbox_rows_are_lost: {"a message acts once"},
    settlements_are_booked_again: {"nothing is booked twice", "every message is handled in the end"},
    timers_forget_their_order: {"every clock has its timer", "no timer without a clock"},
    a_refunded_order_can_be_confirmed: {"no order has two endings"},
    commands_do_not_expire_deadlines: {"an overdue deadline expires first"},
    old_account_statuses_count: {
        "payments knows who is suspended and frozen",
        "money is frozen exactly with its owner",
    },
    frozen_users_are_paid: {"money is frozen exactly with its owner"},
    stock_comes_back_twice: {"stock is sold or on sale"},
    excerpts_without_a_case_are_dropped: {"a case has the whole excerpt"},
    nobody_sweeps: {"every clock has its timer"},
    nobody_polls: {"a hold is given back"},
    the_seller_gets_a_cent_more: {"the ledger refunds what orders decided"},
}
"""Every mutant, and the laws by which it may be found."""


BEGINS: dict[Mutant, int] = {old_account_statuses_count: 40}
"""Where to begin with a fault that few seeds find."""


def first_failure(begin: int = 0) -> Failure | None:
    """What the first failing seed finds, from this one on."""
    seeds = range(begin, begin + SEEDS)
    return next((found for seed in seeds if (found := play(plan(seed)).failure) is not None), None)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_mutant_is_found(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    mutant(monkeypatch)
    found = first_failure(BEGINS.get(mutant, 0))
    assert found is not None, f"{SEEDS} seeds did not find that {mutant.__name__.replace('_', ' ')}"
    assert found.broken.law in MUTANTS[mutant], f"found as {found.broken}"


def test_a_failing_seed_gives_a_short_report(monkeypatch: pytest.MonkeyPatch) -> None:
    a_refunded_order_can_be_confirmed(monkeypatch)
    found = first_failure()
    assert found is not None
    report = explain(plan(found.plan.seed)) or ""
    assert "no order has two endings" in report
    assert "to confirm" in report
    assert f"make simulate SEEDS=1 FIRST={found.plan.seed}" in report
    assert len(report.splitlines()) < 40
    print(report)

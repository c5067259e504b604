"""What a person reads when a seed fails: the law, and the few steps that are needed to break it."""

from collections.abc import Callable

from tests.simulation.play import Failure, Move, Plan, play

RUNS_MAX = 150
LINES_MAX = 60


def shorten(failure: Failure, again: Callable[[Plan], Failure | None]) -> Failure:
    """Leave out what is not needed for the same law to break: halves first, then ever smaller parts (ddmin)."""
    size, runs = max(len(failure.plan.moves) // 2, 1), 0
    while runs < RUNS_MAX:
        shorter = None
        for start in range(0, len(failure.plan.moves), size):
            runs += 1
            shorter = again(_without(failure.plan, start, size))
            if shorter is not None and shorter.broken.law == failure.broken.law:
                failure = shorter
                break
            shorter = None
            if runs >= RUNS_MAX:
                break
        if shorter is None:
            if size == 1:
                break
            size = max(size // 2, 1)
    return failure


def _without(plan: Plan, start: int, size: int) -> Plan:
    moves: tuple[Move, ...] = plan.moves[:start] + plan.moves[start + size :]
    return Plan(plan.seed, moves)


def as_text(failure: Failure) -> str:
    """The report of a failure: the commands and messages of the orders in question."""
    broken, plan = failure.broken, failure.plan
    lines = [each for each in failure.report if not broken.about or each.about & broken.about]
    shown = [f"  {each.step:>3}  {each.text}" for each in lines[-LINES_MAX:]]
    return "\n".join(
        [
            "",
            f"seed {plan.seed}: {broken.law}",
            f"  {broken.what}",
            f"  step, hours after the start, what happened ({len(plan.moves)} steps are needed)",
            *shown,
            f"  again: make simulate SEEDS=1 FIRST={plan.seed}",
        ]
    )


def explain(seed_plan: Plan) -> str | None:
    """The shortest report of a plan that fails, None when every law holds."""

    def again(plan: Plan) -> Failure | None:
        return play(plan).failure

    failure = again(seed_plan)
    return as_text(shorten(failure, again)) if failure is not None else None

"""Random scenarios: an opening, then steps of which most make sense, some are wrong, and some move the clock."""

from copy import deepcopy

from hypothesis import strategies as st

from tests.model.book import DAY, HOUR, MINUTE, SECOND, SIDE
from tests.model.lifecycle import Lifecycle
from tests.model.openings import OPENINGS
from tests.model.steps import (
    Scenario,
    Step,
    attempt,
    bank,
    checkout,
    forces,
    gives_back,
    passes,
    perform,
    refuses,
    requests_refund,
    rules,
    suspends,
)

STEPS_MIN, STEPS_MAX = 1, 12
GOODS = [(100_00, "MYR"), (250_00, "MYR"), (19_99, "SGD"), (33_000, "KRW"), (1_30, "MYR"), (10, "MYR")]
BARE = [None, "", " ", "x" * 1001]
AROUND = [-SECOND, -1, 0, 1, SECOND]
SMALL, LARGE = [1, SECOND, 7 * MINUTE, 50 * MINUTE], [2 * HOUR, 9 * HOUR, 30 * HOUR, 4 * DAY]
CLOSED = ("expired", "deleted", "refunded", "completed")
FIRST = "the first one"


@st.composite
def scenarios(draw: st.DrawFn, opening: str) -> Scenario:
    """A scenario with this opening; the model shows the state after each step, which steers what follows."""
    price, currency = draw(st.sampled_from(GOODS))
    beginning = Scenario(price, draw(st.sampled_from(["item", "item", "account"])), currency, 2, OPENINGS[opening])
    lifecycle = Lifecycle(beginning)
    for step in beginning.steps:
        lifecycle.does(step)
    steps: list[Step] = []
    for _ in range(draw(st.integers(STEPS_MIN, STEPS_MAX))):
        choices = [step for step in _choices(lifecycle, draw(st.integers(0, 99))) if _is_clear(lifecycle, step)]
        steps.append(draw(st.sampled_from(choices)))
        lifecycle.does(steps[-1])
    return Scenario(
        price, beginning.category, currency, beginning.stock, (*beginning.steps, *steps), len(beginning.steps)
    )


def _choices(lifecycle: Lifecycle, lot: int) -> list[Step]:
    """Four of ten steps lead on, three are time, and the others may be anything."""
    if not lifecycle.payments:
        return [checkout(), *_shop(lifecycle)]
    if lot < 40:
        return [
            step for step in _wishes(lifecycle) if _is_clear(lifecycle, step) and _leads_on(lifecycle, step)
        ] or _jumps(lifecycle)
    return _jumps(lifecycle) if lot < 70 else _anything(lifecycle)


def _is_clear(lifecycle: Lifecycle, step: Step) -> bool:
    """Whether the rules say what follows; until a deadline fires, an order shows what is overdue, but neither its money
    nor its piece has moved yet."""
    if step.who == "bank" and not lifecycle.payments[-1].can(step.verb, step.choice or ""):
        return False
    if step.verb == "checkout" and lifecycle.payments:
        return not lifecycle.silent or lifecycle.order.status in ("expired", "deleted")
    return not (lifecycle.silent and (step.choice == "balance" or step.verb == "charge_back"))


def _leads_on(lifecycle: Lifecycle, step: Step) -> bool:
    return deepcopy(lifecycle).does(step) is None


def _wishes(lifecycle: Lifecycle) -> list[Step]:
    """Valid actions; some of them do not fit here."""
    half = max(1, lifecycle.order.held // 2)
    unpaid = lifecycle.order.paid_at < 0
    further = [perform("deliver", "seller"), requests_refund(), requests_refund(half, "wrong_quantity"), refuses()]
    further += [perform("agree_refund", "seller"), perform("escalate", "buyer")]
    further += [bank("capture")] if unpaid else []
    wishes = [
        *(perform(act, "buyer") for act in ("confirm", "cancel_refund_request", "delete")),
        *(gives_back(), gives_back("out_of_stock")),
        *(forces("refund"), forces("complete"), attempt(), attempt("balance", text="it is me")),
        *(rules("buyer_wins"), rules("seller_wins"), rules("split", half)),
    ]
    return 3 * further + wishes + _again(lifecycle) + (_bank() if unpaid else [bank("charge_back")])


def _bank() -> list[Step]:
    """Events of a bank for which the rules say what follows."""
    events = [("capture", pays) for pays in ("right", "less", "more", "foreign", "repeat")]
    events += [("fail", ""), ("authorise", ""), ("charge_back", "")]
    return [
        bank(action, pays, which)
        for action, pays in events
        for which in ((None, FIRST) if action == "capture" and pays == "right" else (None,))
    ]


def _again(lifecycle: Lifecycle) -> list[Step]:
    return [checkout()] if lifecycle.order.status in CLOSED else []


def _jumps(lifecycle: Lifecycle) -> list[Step]:
    """Just before, at, and just after whatever can happen by itself, and other times, small and large."""
    order, book, now = lifecycle.order, lifecycle.book, lifecycle.now
    clock = order.clock()
    edges = [clock.due_at] * 4 if clock else []
    edges += [order.placed_at + book.to_pay]
    if order.paid_at >= 0:
        edges += [order.paid_at + book.before_request, order.paid_at + book.to_deliver]
    if order.delivered_at >= 0:
        edges += [order.delivered_at + book.to_confirm]
    times = [edge + by for edge in edges for by in AROUND] + [now + by for by in SMALL + LARGE]
    return [passes(at, silent=silent) for at in times if at > now for silent in (False, True)]


def _anything(lifecycle: Lifecycle) -> list[Step]:
    """Wrong people, wrong amounts, missing texts, too early, too late."""
    held = lifecycle.order.held
    has_case = any(row in ("T22", "T29") for row, _ in lifecycle.order.history)
    right = [step for step in dict.fromkeys(_wishes(lifecycle)) if has_case or step.verb != "rule"]
    wrong = [requests_refund(amount) for amount in (0, -1, held + 1)] + [Step("buyer", "request_refund", ours=False)]
    wrong += [requests_refund(reason="remorse")] + [requests_refund(text=text) for text in BARE]
    wrong += [refuses(text) for text in BARE] + [gives_back(text=text) for text in BARE] + [gives_back("remorse")]
    wrong += [forces(text=text) for text in BARE]
    if has_case:
        wrong += [rules("split", amount) for amount in (None, -1, held + 1, 0, held)]
        wrong += [rules("buyer_wins", text=text) for text in BARE]
        wrong += [Step(who, "rule", choice="buyer_wins", text="Mine") for who in ("buyer", "seller", "stranger")]
    others = [
        Step(who, step.verb, step.amount, step.ours, step.choice, step.text)
        for step in right
        if step.verb in SIDE
        for who in ("buyer", "seller", "assistant", "stranger", "support", "nobody")
    ]
    return wrong + right + others + 3 * (_bank() + _shop(lifecycle) + _conduct(lifecycle))


def _shop(lifecycle: Lifecycle) -> list[Step]:
    """Things about the shop: closing it, buying from oneself, ways to pay that do not work."""
    tried = [Step("seller", "store", choice="closed" if lifecycle.store_open else "open")]
    if lifecycle.store_open and lifecycle.stock and not lifecycle.seller.suspended:
        tried += [checkout("seller")]
    if lifecycle.payments:
        tried += [attempt("ideal"), attempt("balance"), attempt(who="seller"), attempt(who="stranger")]
    return tried


def _conduct(lifecycle: Lifecycle) -> list[Step]:
    """Support suspends or reinstates a party."""
    return [
        step
        for who in ("buyer", "seller")
        for step in (
            [Step("support", "reinstate", choice=who)] * 3
            if lifecycle.person(who).suspended
            else [suspends(who), suspends(who, None)]
        )
    ]

"""docs/lifecycle.md: every lifecycle as a table and a diagram, and every deadline; from the tables that decide."""

import inspect
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import fields
from datetime import timedelta
from typing import Any

from deploy.docs.mermaid import OUTSIDE, Edge, diagram
from deploy.docs.situations import clocks, conduct_steps, review_steps
from services.chat.domain import support
from services.disputes.domain import case, conduct
from services.disputes.settings import DisputesSettings
from services.orders.domain import hand_over, review, rules
from services.orders.domain.lifecycle import DELIVERY, TABLE, Moves, Place, Row
from services.orders.domain.order import FINAL, Stage, Status, Windows
from services.orders.domain.policy import WINDOWS
from services.orders.domain.request import Role
from services.payments.domain import adjustment, attempt, line

_HEAD = """# Lifecycles

Each lifecycle is one table in the code. `make docs` makes this page from these tables; change them there, not here.
[rules.md](rules.md) has the meaning of the rows in sentences.

A row says what an action by one side does in one status. A **guard** can refuse it with a code
([problems.md](problems.md)); a **branch** chooses between rows of the same number and never refuses. A request without
a row is refused with `wrong_status`, or with `deadline_passed` if a deadline has expired before.
"""
_ORDERS = """
## Orders

From `services/orders/domain/lifecycle.py`. The beginning, T1, has no line: before it there is no order. "Money" is what
leaves escrow or comes into it, "request" what becomes of the refund request, if there is one.
"""
_ANYWHERE = """
What support and the buyer's bank can do to nearly every paid order, drawn apart:
"""
_DEADLINES = """
## Deadlines

The windows of `services/orders/domain/policy.py`, pinned on every order when it is placed. Each is half-open: at the
due time itself the deadline has expired. Where a deadline can expire is computed by the rules, for an order in each
place.

"""
_GATE_TEXT = "no timer: from then on a refund can be requested"
_HAND_OVER = """
## Sealed hand-over

From `services/orders/domain/hand_over.py`: a row beside the order's table. It is in the history of the order and
changes neither its status nor its version ([rules 2.5](rules.md#25-handing-an-account-over)). After a charge-back it is
refused until support has decided.

"""
_REVIEWS = """
## Reviews

From `services/orders/domain/review.py`; the rows of a review beside its completed order.
"""
_ATTEMPTS = """
## Attempts to pay

From `services/payments/domain/attempt.py`. What a provider reports is a fact, so nothing is refused here: what changes
nothing is ignored. Captured money is decided about separately
([rules 6.6](rules.md#66-what-becomes-of-captured-money)).
"""
_LINES = """
## Orders of a payment

From `services/payments/domain/line.py`: what payments knows about each order of a payment. Orders decides, so its
events are accepted in every order of arrival, also before the payment is known; what changes nothing is ignored.
"""
_ADJUSTMENTS = """
## Adjustments by support

From `services/payments/domain/adjustment.py`. One that a single person may decide is booked at once
([rules 7.8](rules.md#78-adjustments)).
"""
_CASES = """
## Dispute cases

From `services/disputes/domain/case.py`. A case ends only with its order.
"""
_SUPPORT = """
## Support's queue

From `services/chat/domain/support.py`; an item is a user's conversation with support over one channel.

"""
_CONDUCT = """
## Status of accounts

From `services/disputes/domain/conduct.py`; "money" is what becomes of both balances.
"""
_STARTS = {
    "payment": "the order is placed",
    "gate": "it is paid",
    "delivery": "it is paid",
    "answer_pre_delivery": "a refund is asked for before delivery",
    "confirmation": "the seller delivers",
    "answer_post_delivery": "a refund is asked for after delivery",
    "escalation": "the seller refuses it",
}
_MONEY = {
    Moves.NOTHING: "",
    Moves.FUNDS: "into escrow",
    Moves.ALL_TO_BUYER: "all to the buyer",
    Moves.REQUESTED_TO_BUYER: "what was asked for to the buyer",
    Moves.ALL_TO_SELLER: "all to the seller",
    Moves.REQUEST_SPLIT: "what was asked for to the buyer, the rest to the seller",
    Moves.SPLIT: "as ruled: a part to the buyer, the rest to the seller",
}
WIDE = 4
"""A row that leaves from so many places is drawn in a diagram of its own."""


def page() -> str:
    """The whole page."""
    of_orders = (*_orders(), *_hand_over(), *_deadlines(), *_reviews())
    return "".join((_HEAD, *of_orders, *_attempts(), *_lines(), *_adjustments(), *_cases(), *_support(), *_conduct()))


def table(head: str, lines: Iterable[Iterable[str]]) -> str:
    """A Markdown table; `head` names the columns, separated by commas."""
    names = head.split(",")
    written = [names, ["---"] * len(names), *(list(line) for line in lines)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in written)


def length(seconds: int) -> str:
    """A window in words."""
    hours = seconds // 3600
    return f"{hours // 24} days" if hours >= 240 else f"{hours} h"


def _orders() -> Iterator[str]:
    narrow = [row for row in TABLE if len(row.sources) < WIDE]
    placed = [(OUTSIDE, str(Status.WAITING_PAYMENT), "T1 place")]
    ends = [(str(status), OUTSIDE, "") for status in Status if status in FINAL]
    yield _ORDERS + "\n" + diagram([*placed, *_edges(narrow), *ends])
    yield _ANYWHERE + "\n" + diagram(_edges(row for row in TABLE if row not in narrow))
    yield "\n" + table("row,from,who,action,to,event,money,request,guards,branches", map(_order_line, TABLE))
    guards = [guard for row in TABLE for guard in row.guards]
    branches = [branch for row in TABLE for branch in row.when]
    yield "\n" + table("guard,what it asks for", _meanings(guards))
    yield "\n" + table("branch,holds when", _meanings(branches))


def _edges(rows: Iterable[Row]) -> list[Edge]:
    return [(_place(place), _target(row), f"{row.id} {row.action}") for row in rows for place in row.sources]


def _target(row: Row) -> str:
    """Where the row leads; the stage of a new request says whether the order was delivered."""
    made = Stage.PRE_DELIVERY if row.sources == DELIVERY else Stage.POST_DELIVERY
    return _place((row.target, made if row.target is Status.REFUNDING else None))


def _order_line(row: Row) -> Iterator[str]:
    yield from (row.id, _joined(_place(place) for place in row.sources), str(row.role), f"`{row.action}`")
    yield from (_target(row), f"`{row.event}`", _MONEY[row.moves], str(row.request or ""))
    yield from (_names(row.guards), _names(row.when))


def _place(place: Place) -> str:
    status, stage = place
    return f"{status} ({str(stage).replace('_', '-')})" if stage is not None else str(status)


def _deadlines() -> Iterator[str]:
    lines = []
    for number, window in enumerate((each.name for each in fields(Windows)), 1):
        kind = f"D{number}"
        places = [place for name, place in clocks() if name == kind]
        rows = [row for row in TABLE if row.role is Role.CLOCK and any(place in row.sources for place in places)]
        then = _joined(f"{row.id} {row.target}" for row in rows) or f"{_GATE_TEXT} ({_guarded_by(rules.gate_open)})"
        runs = _joined(map(_place, places))
        lines.append((kind, _STARTS[window], length(getattr(WINDOWS, window)), runs, then))
    days = length(int(review.WINDOW / timedelta(seconds=1)))
    lines.append(("D11", "a review is posted", days, "", "no timer: until then it can be reported (R3)"))
    lines.append(("", "an order is completed", days, "", "no timer: until then it can be reviewed (R1)"))
    within = length(int(support.ANSWER_WITHIN.total_seconds()))
    lines.append(("D9", "a user's first unanswered message to support", within, str(support.Status.WAITING), "Q4"))
    for name, start, row in (("reminder", "something last happened", "C5"), ("escalation", "the case is opened", "C6")):
        seconds = DisputesSettings.model_fields[f"{name}_seconds"].default
        lines.append((name, f"in a dispute case: {start}", length(seconds), str(case.State.OPEN), row))
    yield _DEADLINES + table("deadline,starts when,length,can expire in,what happens by itself", lines)


def _guarded_by(guard: Callable[..., Any]) -> str:
    return _joined(row.id for row in TABLE if guard in row.guards)


def _hand_over() -> Iterator[str]:
    line = (hand_over.ROW, _joined(map(_place, hand_over.SOURCES)), str(Role.BUYER), "`reveal`", "stays", "")
    yield _HAND_OVER + table("row,from,who,action,to,event", [line])


def _reviews() -> Iterator[str]:
    steps = review_steps()
    yield _REVIEWS + "\n" + diagram((before, after, f"{row.id} {row.action}") for before, row, after in steps)
    lines = []
    for row in review.TABLE:
        own = [(before, after) for before, each, after in steps if each is row]
        event = f"`{row.event}`" if row.event else ""
        places = (_joined(before for before, _ in own), str(row.role), f"`{row.action}`")
        lines.append((row.id, *places, _moved(own), event, _names(row.guards)))
    yield "\n" + table("row,from,who,action,to,event,guards", lines)
    yield "\n" + table("guard,what it asks for", _meanings(guard for row in review.TABLE for guard in row.guards))


def _attempts() -> Iterator[str]:
    begins = (OUTSIDE, str(attempt.AttemptStatus.CREATED), "T2 attempt")
    yield _ATTEMPTS + "\n" + _steps(begins, attempt.TABLE, attempt.AttemptStatus)


def _lines() -> Iterator[str]:
    begins = (OUTSIDE, str(line.LineState.PAYABLE), "the order is placed")
    yield _LINES + "\n" + _steps(begins, line.TABLE, line.LineState)


def _adjustments() -> Iterator[str]:
    begins = (OUTSIDE, str(adjustment.AdjustmentState.PENDING), "support asks for it")
    yield _ADJUSTMENTS + "\n" + _steps(begins, adjustment.TABLE, adjustment.AdjustmentState)


def _steps(begins: Edge, moves: Mapping[Any, tuple[Collection[Any], Any]], states: Iterable[Any]) -> str:
    """The diagram and the table of actions that each lead to one state."""
    order = list(states)
    of = {action: sorted(sources, key=order.index) for action, (sources, _) in moves.items()}
    arrows = [(str(each), str(moves[action][1]), str(action)) for action, sources in of.items() for each in sources]
    lines = ((_joined(of[action]), f"`{action}`", str(target)) for action, (_, target) in moves.items())
    return diagram([begins, *arrows]) + "\n" + table("from,action,to", lines)


def _cases() -> Iterator[str]:
    steps = [(str(each), row, row.target or each) for row in case.TABLE for each in row.sources or (OUTSIDE,)]
    arrows = [(source, str(target), f"{row.id} {row.action}") for source, row, target in steps]
    yield _CASES + "\n" + diagram([*arrows, (str(case.State.CLOSED), OUTSIDE, "")])
    lines = (
        (
            row.id,
            _joined(row.sources),
            _joined(row.roles),
            f"`{row.action}`",
            str(row.target or "stays"),
            _names(row.guards),
        )
        for row in case.TABLE
    )
    yield "\n" + table("row,from,who,action,to,guards", lines)
    yield "\n" + table("guard,what it asks for", _meanings(guard for row in case.TABLE for guard in row.guards))


def _support() -> Iterator[str]:
    steps = [
        (str(source), str(row.target), f"{row.id} {row.action}") for row in support.TABLE for source in row.sources
    ]
    yield _SUPPORT + diagram([(OUTSIDE, str(support.Status.ANSWERED), ""), *steps])
    more = {None: "", True: "a later message is unanswered", False: "nothing is unanswered"}
    lines = (
        (row.id, _joined(row.sources), f"`{row.action}`", str(row.target), more[row.more]) for row in support.TABLE
    )
    yield "\n" + table("row,from,action,to,holds when", lines)


def _conduct() -> Iterator[str]:
    steps = conduct_steps()
    arrows = [(str(a.status), str(b.status), f"{row.id} {row.action}") for a, row, b in steps if a != b]
    yield _CONDUCT + "\n" + diagram([(OUTSIDE, str(conduct.AccountStatus.ACTIVE), ""), *arrows])
    yield "\n" + table("row,from,who,action,to,money,branches", map(_conduct_line, conduct.TABLE))
    yield "\n" + table("branch,holds when", _meanings(branch for row in conduct.TABLE for branch in row.when))


def _conduct_line(row: conduct.Row) -> Iterator[str]:
    who = "a detector" if row.action is conduct.Action.OFFEND else "support"
    yield from (row.id, _joined(each for each in conduct.AccountStatus if each in row.sources), who, f"`{row.action}`")
    yield from (str(row.target or "stays"), str(row.money).replace("_", " "), _names(row.when))


def _moved(pairs: Iterable[tuple[str, str]]) -> str:
    """Where it leads: "stays" where that is always the same place."""
    known = list(pairs)
    return _joined(after for _, after in known) if any(before != after for before, after in known) else "stays"


def _names(functions: Iterable[Callable[..., Any]]) -> str:
    return _joined(f"`{each.__name__}`" for each in functions)


def _meanings(functions: Iterable[Callable[..., Any]]) -> Iterator[tuple[str, str]]:
    for each in dict.fromkeys(functions):
        yield f"`{each.__name__}`", " ".join((inspect.getdoc(each) or "").split())


def _joined(parts: Iterable[object]) -> str:
    return ", ".join(dict.fromkeys(str(part) for part in parts))

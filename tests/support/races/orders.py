"""Many orders in the same state at the same moment, and everybody who can do something to one of them then."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from deploy.client.http import Answer
from services.orders.domain.lifecycle import POST, PRE, Place
from services.orders.domain.order import Status
from tests.support.effort import EFFORT
from tests.support.market import Market
from tests.support.races.actions import (
    AGREE,
    CONFIRM,
    DELETE,
    DELIVER,
    ESCALATE,
    FORCED,
    GIVE_BACK,
    REFUSE,
    REJECT,
    REPLY,
    REPORT,
    REQUEST,
    REVIEW,
    TAKE_BACK,
    UPHOLD,
    PartyAction,
    person,
)
from tests.support.races.meeting import outcome

HOLD = "select number from orders where number = $1"
"""Whoever holds this row holds the order."""
LINES_MAX = 20


@dataclass(frozen=True)
class State:
    """A state of an order: the actions that lead to it, its deadline, and who may do what there."""

    name: str
    place: Place
    way: tuple[PartyAction, ...]
    due: str
    """The due time, counted from T0; empty without a deadline."""
    acts: tuple[PartyAction, ...]

    @property
    def raced(self) -> tuple[PartyAction, ...]:
        """Which actions meet deadlines and banks here: all; in `make test` two, such that each is raced somewhere."""
        return self.acts if EFFORT > 1 else _raced()[self.name]

    @property
    def unpaid(self) -> bool:
        """Whether it is an order that nobody has paid."""
        return self.place[0] in (Status.WAITING_PAYMENT, Status.EXPIRED)


S = Status
TO_REFUSAL = (DELIVER, REQUEST, REFUSE)
TO_REVIEW = (DELIVER, CONFIRM, REVIEW)
UNPAID = State("waiting_payment", (S.WAITING_PAYMENT, None), (), "01:00:00", (DELETE,))
EXPIRED = State("expired", (S.EXPIRED, None), (), "", (DELETE,))
STATES = (
    State("waiting_delivery", (S.WAITING_DELIVERY, None), (), "72:00:00", (DELIVER, GIVE_BACK, REQUEST, *FORCED)),
    State("asked_before_delivery", PRE, (REQUEST,), "07:00:00", (DELIVER, AGREE, TAKE_BACK, *FORCED)),
    State("waiting_confirmation", (S.WAITING_CONFIRMATION, None), (DELIVER,), "73:00:00", (CONFIRM, REQUEST, *FORCED)),
    State("asked_after_delivery", POST, (DELIVER, REQUEST), "25:00:00", (AGREE, REFUSE, TAKE_BACK, CONFIRM, *FORCED)),
    State("refused", (S.REFUND_REFUSED, None), TO_REFUSAL, "73:00:00", (AGREE, CONFIRM, ESCALATE, *FORCED)),
)
"""Paid at T0 and brought there at 01:00:00, when a refund may be asked for."""
DISPUTED = State("disputed", (S.DISPUTED, None), (*TO_REFUSAL, ESCALATE), "", (AGREE, CONFIRM))
COMPLETED = State("completed", (S.COMPLETED, None), (DELIVER, CONFIRM), "", (REVIEW,))
REVIEWED = State("reviewed", (S.COMPLETED, None), TO_REVIEW, "", (REPLY, REPORT))
REPORTED = State("reported", (S.COMPLETED, None), (*TO_REVIEW, REPORT), "", (REPLY, UPHOLD, REJECT))
CLOCKED = (UNPAID, *STATES)
"""The states with a deadline."""
HELD = (*STATES, DISPUTED)
"""The states in which escrow holds money that a bank can take back."""
EVERYWHERE = (UNPAID, EXPIRED, *STATES, DISPUTED, COMPLETED, REVIEWED, REPORTED)
"""The states in which somebody has an action."""


@cache
def _raced() -> dict[str, tuple[PartyAction, ...]]:
    """Two actions of each state: those that are raced least often in the states before it."""
    times: Counter[str] = Counter()
    found = {}
    for state in EVERYWHERE:
        found[state.name] = tuple(sorted(state.acts, key=lambda act: times[act.name])[:2])
        times.update(act.name for act in found[state.name])
    return found


async def placed_orders(market: Market, count: int, *, paid: bool, alone: bool = False) -> list[str]:
    """So many orders of one buyer and one seller, placed and perhaps paid now; `alone` with a payment for each."""
    lines = 1 if alone else LINES_MAX
    listings = [await market.seller.lists(stock=1000) for _ in range(min(count, lines))]
    numbers: list[str] = []
    payments: list[str] = []
    while len(numbers) < count:
        wanted = [{"listing_id": each, "quantity": 1} for each in listings[: count - len(numbers)]]
        checkout = (await market.buyer.posts("/checkouts", {"lines": wanted})).ok()
        payments.append(checkout["payment_number"])
        numbers += [order["number"] for order in checkout["orders"]]
    await market.settles()
    for payment in payments if paid else ():
        attempt = (await market.buyer.attempts(payment)).ok()["attempt_id"]
        (await market.buyer.posts(f"/sandbox/payments/{attempt}", {"action": "capture"})).ok()
    await market.settles()
    return numbers


async def orders_in(market: Market, state: State, count: int, *, alone: bool = False) -> list[str]:
    """So many orders that have come to this state: unpaid ones at T0, others at 01:00:00."""
    numbers = await placed_orders(market, count, paid=not state.unpaid, alone=alone)
    if state is UNPAID:
        return numbers
    await market.at("01:00:00")
    for act in state.way:
        who = person(market, act)
        for some in (numbers[at : at + LINES_MAX] for at in range(0, count, LINES_MAX)):
            for answer in await asyncio.gather(*(act.perform(who, number) for number in some)):
                answer.ok()
    await market.settles()
    return numbers


async def result(market: Market, number: str) -> tuple[Any, ...]:
    """How an order stands: its status, its history, and where its money is; and the events about it."""
    seen = await market.buyer.sees(number)
    rows = (await market.buyer.gets(f"/orders/{number}/history")).ok()["items"]
    request = seen["refund_request"] and seen["refund_request"]["state"]
    review = seen["review"] and (seen["review"]["replied_at"] is not None, seen["review"]["report_state"])
    return (
        seen["status"],
        tuple(row["row"] for row in rows),
        request,
        seen["held"]["amount"],
        seen["refunded_amount"]["amount"],
        review,
    )


Outcomes = tuple[tuple[str, tuple[Any, ...]], ...]


def outcomes_of(answers: Sequence[Answer]) -> Outcomes:
    """Each answer's name, and for a refusal the state that it shows."""
    return tuple((outcome(each), tuple(each.body["current"].items()) if each.code else ()) for each in answers)


def performing(market: Market, act: PartyAction, number: str) -> Callable[[], Awaitable[Answer]]:
    """A contender who performs the action."""
    return lambda: act.perform(person(market, act), number)

"""Many orders in the same state at the same moment, and everybody who can do something to one of them then."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.support.effort import EFFORT
from tests.support.market import Actor, Answer, Market
from tests.support.races import outcome

HOLD = "select number from orders where number = $1"
"""Whoever holds this row holds the order."""
LINES_MAX = 20
REQUEST = {"reason": "other", "description": "As agreed", "amount": {"amount": 30_00, "currency": "MYR"}}


@dataclass(frozen=True)
class Button:
    """One side's button on an order."""

    side: str
    method: str
    path: str
    body: Mapping[str, Any] | None = None

    async def press(self, who: Actor, number: str) -> Answer:
        """Press it, without waiting for what follows."""
        return await who.asks(self.method, f"/orders/{number}{self.path}", self.body)


DELETE = Button("buyer", "DELETE", "")
DELIVER = Button("seller", "POST", "/deliver")
GIVE_BACK = Button("seller", "POST", "/refund", {"reason": "other", "description": "Sorry"})
CONFIRM = Button("buyer", "POST", "/confirm")
ASK = Button("buyer", "POST", "/refund-request", REQUEST)
TAKE_BACK = Button("buyer", "DELETE", "/refund-request")
AGREE = Button("seller", "POST", "/refund-request/agree")
REFUSE = Button("seller", "POST", "/refund-request/refuse", {"reason": "It was delivered"})
ESCALATE = Button("buyer", "POST", "/dispute")
FORCE_REFUND = Button("support", "POST", "/decision", {"outcome": "refund", "reason": "Both agreed"})
FORCE_PAY = Button("support", "POST", "/decision", {"outcome": "complete", "reason": "Both agreed"})
FORCED = (FORCE_REFUND, FORCE_PAY) if EFFORT > 1 else (FORCE_REFUND,)


@dataclass(frozen=True)
class State:
    """Where an order stands: what was pressed on the way, its clock, and who may press what there."""

    name: str
    way: tuple[Button, ...]
    clock: str
    due: str
    """When the clock rings, counted from T0."""
    buttons: tuple[Button, ...]


UNPAID = State("waiting_payment", (), "D1", "01:00:00", (DELETE,))
STATES = (
    State("waiting_delivery", (), "D3", "72:00:00", (DELIVER, GIVE_BACK, ASK, *FORCED)),
    State("asked_before_delivery", (ASK,), "D4", "07:00:00", (DELIVER, AGREE, TAKE_BACK, *FORCED)),
    State("waiting_confirmation", (DELIVER,), "D5", "73:00:00", (CONFIRM, ASK, *FORCED)),
    State("asked_after_delivery", (DELIVER, ASK), "D6", "25:00:00", (AGREE, REFUSE, TAKE_BACK, CONFIRM, *FORCED)),
    State("refused", (DELIVER, ASK, REFUSE), "D7", "73:00:00", (AGREE, CONFIRM, ESCALATE, *FORCED)),
)
"""Paid at T0 and brought there at 01:00:00, when a refund may be asked for."""


async def placed_orders(market: Market, count: int, *, paid: bool) -> list[str]:
    """So many orders of one buyer and one seller, placed and perhaps paid now."""
    listings = [await market.seller.lists(stock=1000) for _ in range(min(count, LINES_MAX))]
    numbers: list[str] = []
    while len(numbers) < count:
        checkout = await market.buyer.orders(*listings[: count - len(numbers)])
        if paid:
            await market.buyer.pays(checkout["payment_number"])
        numbers += [order["number"] for order in checkout["orders"]]
    return numbers


async def orders_in(market: Market, state: State, count: int) -> list[str]:
    """So many orders that have come to this state: unpaid ones at T0, others at 01:00:00."""
    numbers = await placed_orders(market, count, paid=state is not UNPAID)
    if state is UNPAID:
        return numbers
    await market.at("01:00:00")
    for button in state.way:
        who = person(market, button)
        for some in (numbers[at : at + LINES_MAX] for at in range(0, count, LINES_MAX)):
            for answer in await asyncio.gather(*(button.press(who, number) for number in some)):
                answer.ok()
    await market.settles()
    return numbers


def person(market: Market, button: Button) -> Actor:
    """Who presses it."""
    people = {"buyer": market.buyer, "seller": market.seller}
    return people.get(button.side) or market.support


async def result(market: Market, number: str) -> tuple[Any, ...]:
    """How an order stands: its status, its history, and where its money is."""
    seen = await market.buyer.sees(number)
    rows = (await market.buyer.gets(f"/orders/{number}/history")).ok()["items"]
    request = seen["refund_request"] and seen["refund_request"]["state"]
    return (
        seen["status"],
        tuple(row["row"] for row in rows),
        request,
        seen["held"]["amount"],
        seen["refunded_amount"]["amount"],
    )


Told = tuple[tuple[str, tuple[Any, ...]], ...]


def told(answers: Sequence[Answer]) -> Told:
    """Each answer's name, and for a refusal the state that it shows."""
    return tuple((outcome(each), tuple(each.body["current"].items()) if each.code else ()) for each in answers)


def pressing(market: Market, button: Button, number: str) -> Callable[[], Awaitable[Answer]]:
    """Somebody who will press the button."""
    return lambda: button.press(person(market, button), number)

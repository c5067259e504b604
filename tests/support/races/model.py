"""What may come out when several meet at one order: they are put one after the other, and the pure rules decide.

A race has failed when it ends as no such sequence could end.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import combinations_with_replacement, permutations

from deploy.client.http import Answer
from services.orders.domain import deadlines
from services.orders.domain.fees import fee_rate, tax_rate
from services.orders.domain.lifecycle import Row
from services.orders.domain.order import Order
from services.orders.domain.request import Action, ActionInput, Request, Role
from services.orders.domain.transition import decide
from shared.actor import Actor
from tests.support.market import Market
from tests.support.races.actions import PartyAction
from tests.support.races.meeting import Contender, expiry, outcome
from tests.support.races.orders import State, performing
from tests.unit.orders.examples import DISPUTE, an_order

CLOCK, BANK = "the clock", "the bank"
Deed = PartyAction | str
"""An action of a party, the expiry of a deadline, or a charge-back."""
ABOVE = {CLOCK: (Action.TIME_OUT, Role.CLOCK), BANK: (Action.CHARGE_BACK, Role.PROVIDER)}


def name(deed: Deed) -> str:
    """As it is called in a test's name."""
    return deed if isinstance(deed, str) else deed.name


@dataclass(frozen=True)
class Ended:
    """The result of each action, by its name, and the state of the order."""

    outcomes_of: tuple[tuple[str, str, str | None], ...]
    status: str
    rows: tuple[str, ...]
    request: str | None
    held: int
    refunded: int


@dataclass(frozen=True)
class Played:
    """An order of the pure rules, and the rows that it has taken."""

    order: Order
    rows: tuple[str, ...] = ()

    def after(self, request: Request) -> tuple["Played", Row | str]:
        """The order after this request, and the row or the refusal that answered it."""
        decision = decide(self.order, request)
        rows = [step.row for step in decision.steps]
        played = Played(decision.after(self.order), (*self.rows, *(row.id for row in rows)))
        return played, rows[-1] if decision.refusal is None else str(decision.refusal)


def played_to(state: State, market: Market, clock: str = "01:00:00") -> Played:
    """An order that has come to this state as `orders_in` brings one there."""
    order = an_order(placed_at=market.t0, buyer=market.buyer.name, seller=market.seller.name)
    played = Played(order, ("T1",))
    if state.unpaid:
        return played
    exact = {"amount": order.amount, "currency": order.currency}
    rates = {"fee_rate": fee_rate(order, 1, market.t0), "tax_rate": tax_rate(market.t0)}
    requests = [Request(Action.CONFIRM_PAYMENT, Role.PROVIDER, market.t0, **exact, **rates)]  # type: ignore[arg-type]
    requests += [request_of(each, market.when(clock)) for each in state.way]
    for request in requests:
        played, _ = played.after(request)
    return played


def request_of(deed: Deed, at: datetime) -> Request:
    """The request to the table."""
    if isinstance(deed, PartyAction):
        assert isinstance(deed.given, ActionInput)
        return deed.given.request(Actor("somebody"), at, DISPUTE)
    return replace(Request(*ABOVE[deed], at), dispute_id=DISPUTE)


def one_after_the_other(start: Played, line: Iterable[tuple[Deed, datetime]], at_last: datetime) -> Ended:
    """How it ends when they come in this order at these times; afterwards the deadline expires if it is due."""
    played, answers = start, {}
    for deed, at in line:
        played, answer = played.after(request_of(deed, at))
        if isinstance(deed, PartyAction):
            refused = (answer, str(played.order.status)) if isinstance(answer, str) else ("ok", None)
            answers[deed.name] = refused
    if deadlines.is_due(played.order, at_last):
        played, _ = played.after(Request(Action.TIME_OUT, Role.CLOCK, at_last))
    order = played.order
    request = str(order.request.state) if order.request else None
    outcomes_of = tuple((each, *answers[each]) for each in sorted(answers))
    return Ended(outcomes_of, str(order.status), played.rows, request, order.held, order.refunded_amount)


def endings(start: Played, deeds: Sequence[Deed], moments: Sequence[datetime]) -> Iterator[Ended]:
    """Every way in which they can come one after the other while these moments go by."""
    for line in permutations(deeds):
        for times in combinations_with_replacement(moments, len(line)):
            yield one_after_the_other(start, zip(line, times, strict=True), moments[-1])


async def ended(market: Market, number: str, answers: Iterable[tuple[Deed, Answer | None]]) -> Ended:
    """How it really ended."""
    seen = await market.buyer.sees(number)
    rows = (await market.buyer.gets(f"/orders/{number}/history")).ok()["items"]
    outcomes_of = tuple(
        sorted(_outcome(deed.name, answer) for deed, answer in answers if isinstance(deed, PartyAction) and answer)
    )
    request = seen["refund_request"] and seen["refund_request"]["state"]
    money = seen["held"]["amount"], seen["refunded_amount"]["amount"]
    return Ended(outcomes_of, seen["status"], tuple(row["row"] for row in rows), request, *money)


def _outcome(act: str, answer: Answer) -> tuple[str, str, str | None]:
    return act, outcome(answer), answer.body["current"]["status"] if answer.code else None


def doing(market: Market, deed: Deed, number: str) -> Contender:
    """Somebody who will do it."""
    if isinstance(deed, PartyAction):
        return performing(market, deed, number)
    return lambda: expiry(market, number) if deed == CLOCK else takes_back(market, number)


async def takes_back(market: Market, number: str) -> Answer:
    """The bank takes the money of this order back; the order has a payment of its own."""
    seen = await market.sql("orders", "select payment_number from orders where number = $1", number)
    query = "select id::text from attempts where payment_number = $1 and status = 'captured'"
    (attempt,) = await market.sql("payments", query, seen[0]["payment_number"])
    return await market.nobody.posts(f"/sandbox/payments/{attempt['id']}", {"action": "charge_back"})

"""Explores the rules for facts that no table shows: every step from every state that can be reached."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import TypeVar

from services.disputes.domain import conduct
from services.disputes.domain.conduct import Account, Change
from services.orders.domain import deadlines, review
from services.orders.domain.lifecycle import Place, place
from services.orders.domain.order import Order, RefundRequest, RequestState, Stage, Status
from services.orders.domain.policy import WINDOWS
from services.orders.domain.review import Review, ReviewInput, ReviewRow
from shared.refusals import RefusalCode

START = datetime(2026, 1, 1, tzinfo=UTC)
OFFENCES_MAX = 3
"""More than the rules tell apart."""
LATE = timedelta(seconds=WINDOWS.delivery - WINDOWS.answer_pre_delivery)
"""From then on a request's answer is due after the delivery."""

State = TypeVar("State")
Row = TypeVar("Row")


def clocks() -> list[tuple[str, Place]]:
    """Which deadline can expire in which place, computed from an order in that place."""
    found = ((deadlines.current(order), order) for order in _orders())
    return [(clock.kind, place(order.status, order.stage)) for clock, order in found if clock is not None]


def review_steps() -> list[tuple[str, ReviewRow, str]]:
    """Every step that a review can make, from its beginning: from, row, to."""

    def steps(before: Review | None) -> Iterator[tuple[ReviewRow, Review | None]]:
        for row in review.TABLE:
            if not isinstance(review.decide(_COMPLETED, before, row.action, START), RefusalCode):
                yield row, review.apply(before, ReviewInput(row.action, row.role, "text", 5), "somebody", START)

    return [(_review_state(before), row, _review_state(after)) for before, row, after in _explore(None, steps)]


def conduct_steps() -> list[tuple[Account, conduct.Row, Account]]:
    """Every step that an account status can make, from its beginning: from, row, to."""

    def steps(before: Account) -> Iterator[tuple[conduct.Row, Account]]:
        for change in _CHANGES:
            row = conduct.decide(before, change)
            wrong = change.action is conduct.Action.ANNUL and not before.offences
            if isinstance(row, RefusalCode) or wrong:
                continue
            after = conduct.apply(before, change, row)
            if after.offences <= OFFENCES_MAX:
                yield row, replace(after, version=0, changed_at=None)

    return _explore(Account("somebody"), steps)


def _explore(start: State, steps: Callable[[State], Iterable[tuple[Row, State]]]) -> list[tuple[State, Row, State]]:
    """Every step from every state that can be reached."""
    found, known, ahead = [], [start], [start]
    while ahead:
        before = ahead.pop(0)
        for row, after in steps(before):
            found.append((before, row, after))
            if after not in known:
                known.append(after)
                ahead.append(after)
    return found


def _review_state(written: Review | None) -> str:
    if written is None:
        return "no review"
    return "posted" if written.report_state is None else f"report {written.report_state}"


def _orders() -> Iterator[Order]:
    paid = replace(_PLACED, status=Status.WAITING_DELIVERY, paid_at=START, held=1)
    delivered = replace(paid, status=Status.WAITING_CONFIRMATION, delivered_at=START)
    yield from (_PLACED, paid, delivered)
    for order, at in ((paid, START), (paid, START + LATE), (delivered, START)):
        stage = Stage.POST_DELIVERY if order.delivered_at else Stage.PRE_DELIVERY
        request = RefundRequest(stage, RequestState.OPEN, 1, "other", "text", at)
        yield replace(order, status=Status.REFUNDING, requests=(request,))
    answered = replace(request, state=RequestState.REFUSED, refusal_reason="text", answered_at=START)
    yield replace(delivered, status=Status.REFUND_REFUSED, requests=(answered,))


_PLACED = Order(
    number="K",
    payment_number="P",
    buyer="buyer",
    seller="seller",
    listing_id="listing",
    title="title",
    category="item",
    quantity=1,
    unit_price=1,
    amount=1,
    currency="MYR",
    delivery_method="in_game_trade",
    delivery_hours=1,
    details={},
    windows=WINDOWS,
    policy_version=1,
    placed_at=START,
)
_COMPLETED = replace(_PLACED, status=Status.COMPLETED, paid_at=START, delivered_at=START, closed_at=START)
_CHANGES = (
    Change(conduct.Action.OFFEND, START),
    *(
        Change(action, START, "support", "a reason", freeze, permanent)
        for action, freeze, permanent in product(tuple(conduct.Action)[1:], (False, True), (False, True))
    ),
)

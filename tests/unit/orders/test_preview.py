"""A preview shows what the command then does: both are called for any order, by anybody, at any moment."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.orders.commands import orders, reviews
from services.orders.commands.orders import OrderResult
from services.orders.domain import deadlines, parties, review
from services.orders.domain import preview as previews
from services.orders.domain.lifecycle import TABLE
from services.orders.domain.order import Order, Status
from services.orders.domain.preview import Preview
from services.orders.domain.request import Action, ActionInput, Outcome, Role
from services.orders.domain.review import Review, ReviewAction, ReviewInput
from services.orders.domain.transition import Settlement
from shared.actor import Actor
from shared.refusals import Refused
from tests.support.documents import operations
from tests.support.effort import EFFORT
from tests.support.memory import BusinessClock, MemoryDatabase, MemoryOrdersWork, OrdersTables, drive
from tests.unit.orders.examples import A, R, examples, moments

NUMBER = "K5657777893"
MINUTES = (0, 0, 0, 0, 30, 60, 60, 6 * 60, 24 * 60, 72 * 60, 30 * 24 * 60)
HOUR = timedelta(hours=1)
EXAMPLES = examples()
SITUATIONS = 4 if EFFORT == 1 else 8
"""Of each order, with everything that everybody may do in it."""
RARELY = st.integers(0, 7).map(lambda drawn: drawn == 7)
CATEGORIES = st.sampled_from(("item", "account"))
PAUSES = st.tuples(st.sampled_from(MINUTES), st.sampled_from((-1, 0, 1, 999))).map(
    lambda drawn: max(timedelta(0), timedelta(minutes=drawn[0], milliseconds=drawn[1]))
)
PEOPLE = (
    Actor("alice"),
    Actor("bob"),
    Actor("bobs-helper", acting_for="bob"),
    Actor("eve"),
    Actor("sue", "support"),
    Actor("alice", "support"),
)
WHY = st.sampled_from(("other", "out_of_stock", "not_received", "", " ", None))
HAS = {R.BUYER: PEOPLE[0], R.SELLER: PEOPLE[2], R.SUPPORT: PEOPLE[4]}
"""Who has the actions of a side."""
PARTY_ACTIONS = (
    (A.DELETE, R.BUYER),
    (A.DELIVER, R.SELLER),
    (A.REFUND, R.SELLER),
    (A.REQUEST_REFUND, R.BUYER),
    (A.CANCEL_REFUND_REQUEST, R.BUYER),
    (A.AGREE_REFUND, R.SELLER),
    (A.REFUSE_REFUND, R.SELLER),
    (A.CONFIRM, R.BUYER),
    (A.ESCALATE, R.BUYER),
    (A.FORCE_DECISION, R.SUPPORT),
)


@dataclass(frozen=True)
class Done:
    """What a command really did: its answer, the tables after it, its rows, and the events that it wrote."""

    answer: OrderResult | Refused
    after: OrdersTables
    rows: tuple[str, ...]
    names: tuple[str, ...]
    events: tuple[dict[str, Any], ...]


@st.composite
def situations(draw: st.DrawFn, example: str) -> tuple[Order, datetime]:
    """An order of any amount in this situation, and a moment: at an edge of one of its windows, or anywhere after."""
    price, pieces = draw(st.integers(4, 10**9)), draw(st.integers(1, 3))
    money = {"unit_price": price, "quantity": pieces, "amount": price * pieces}
    kind = {"currency": draw(st.sampled_from(("MYR", "KRW", "KWD"))), "category": draw(CATEGORIES)}
    order = examples(number=NUMBER, **money, **kind)[example]
    edges = [each for each in moments(order) if each >= _last(order)]
    somewhere = _last(order) + draw(PAUSES)
    return order, draw(st.sampled_from(edges)) if draw(st.booleans()) and edges else somewhere


def _last(order: Order) -> datetime:
    """When something last happened to it."""
    given = order.request
    of_request = (given.requested_at, given.answered_at) if given is not None else ()
    facts: list[datetime | None] = [order.placed_at, order.paid_at, order.delivered_at, order.closed_at, *of_request]
    return max(each for each in facts if each is not None)


@st.composite
def actors(draw: st.DrawFn, role: Role) -> tuple[Actor, frozenset[str]]:
    """Mostly somebody who has the action, sometimes anybody; and who is suspended, mostly nobody."""
    suspended = frozenset({draw(st.sampled_from(("alice", "bob")))}) if draw(RARELY) else frozenset[str]()
    return (draw(st.sampled_from(PEOPLE)) if draw(RARELY) else HAS[role]), suspended


@st.composite
def fields(draw: st.DrawFn, order: Order, action: Action, role: Role) -> ActionInput:
    """An action of an order with any values in its fields, mostly right ones."""
    outcome = draw(st.sampled_from((Outcome.REFUND, Outcome.COMPLETE)))
    if not draw(RARELY):
        return ActionInput(
            action, role, "other", "as agreed", draw(st.sampled_from((None, order.held // 2 or None))), None, outcome
        )
    amount = draw(st.sampled_from((-1, 0, 1, order.held, order.held + 1)))
    return ActionInput(
        action, role, draw(WHY), draw(WHY), amount, draw(st.sampled_from((order.currency, "EUR"))), outcome
    )


def opinions(order: Order, at: datetime, pause: timedelta) -> list[Review | None]:
    """No review, and one in every state, written this long after the end of the order."""
    if order.closed_at is None or order.closed_at > at:
        return [None]
    posted = min(at, order.closed_at + pause)
    plain = Review(5, "Quick trade", posted)
    replied = replace(plain, reply_rating=4, reply_text="You too", replied_at=posted)
    reported = [
        replace(plain, report_text="Insulting", reported_at=posted, report_state=state) for state in review.ReportState
    ]
    return [None, plain, replied, *reported]


class TestAPreviewShowsWhatTheCommandThenDoes:
    @pytest.mark.parametrize("example", EXAMPLES)
    def test_for_every_action_of_an_order(self, example: str) -> None:
        seen: set[str | None] = set()

        @settings(max_examples=SITUATIONS)
        @given(st.data())
        def ask(data: st.DataObject) -> None:
            order, at = data.draw(situations(example))
            for (action, role), moment in product(PARTY_ACTIONS, (_last(order), _last(order) + 2 * HOUR, at)):
                given, (by, suspended) = data.draw(fields(order, action, role)), data.draw(actors(role))
                preview = previewed(order, by, role)
                preview = preview or previews.preview(
                    order, given.request(by, moment, suspended=by.account in suspended)
                )
                perform = partial(orders.perform, number=NUMBER, actor=by, action=given)
                agrees(order, preview, done(order, moment, suspended, perform))
                seen.add(preview.row if preview.allowed else None)

        ask()
        assert possible(EXAMPLES[example]) <= seen, "not every action that works was performed"

    @pytest.mark.parametrize("example", ["delivered", "confirmed", "waived", "paid"])
    def test_for_every_action_of_a_review(self, example: str) -> None:
        seen: set[str | None] = set()

        @settings(max_examples=SITUATIONS)
        @given(st.data())
        def ask(data: st.DataObject) -> None:
            order, somewhere = data.draw(situations(example))
            pause = data.draw(PAUSES)
            reviewed_at = [
                (existing, at) for at in (_last(order), somewhere) for existing in opinions(order, at, pause)
            ]
            for row, (existing, at) in product(review.TABLE, reviewed_at):
                by, suspended = data.draw(actors(row.role))
                given = ReviewInput(row.action, row.role, "Fine", 5)
                preview = previewed(order, by, given.role)
                preview = preview or previews.about_review(
                    order, existing, given, at, suspended=by.account in suspended
                )
                perform = partial(reviews.perform, number=NUMBER, actor=by, action=given)
                agrees(order, preview, done(order, at, suspended, perform, existing))
                seen.add(preview.row if preview.allowed else None)

        ask()
        closed = EXAMPLES[example].status is Status.COMPLETED
        assert {row.id for row in review.TABLE if closed} <= seen


class TestEveryCommandOfAnOrderHasAPreview:
    def test_it_is_a_parameter_of_each(self) -> None:
        commands = {
            (each.method, each.path)
            for each in operations("orders")
            if each.method in ("POST", "DELETE") and each.has("number")
        }
        silent = {
            str(each) for each in operations("orders") if (each.method, each.path) in commands and not each.previews
        }
        assert silent == set()

    def test_none_of_them_is_forgotten_here(self) -> None:
        given = {action for action, _ in PARTY_ACTIONS}
        assert given == {row.action for row in TABLE if row.role in (R.BUYER, R.SELLER, R.SUPPORT)} - {A.DECIDE}
        assert {row.action for row in review.TABLE} == set(ReviewAction)


def possible(order: Order) -> set[str | None]:
    """The rows of the actions that work now or two hours later, with right fields."""
    found: set[str | None] = set()
    for (action, role), moment in product(PARTY_ACTIONS, (_last(order), _last(order) + 2 * HOUR)):
        given = ActionInput(action, role, "other", "as agreed", outcome=Outcome.REFUND)
        preview = previews.preview(order, given.request(HAS[role], moment))
        found |= {preview.row} if preview.allowed else set()
    return found


def previewed(order: Order, actor: Actor, role: Role) -> Preview | None:
    """The preview for somebody who does not have the action; None for whoever has it."""
    refusal = parties.refusal(order, actor, role)
    return previews.refused(order, refusal) if refusal is not None else None


def done(
    order: Order,
    at: datetime,
    suspended: frozenset[str],
    command: Callable[[MemoryOrdersWork], Awaitable[OrderResult | Refused]],
    existing: Review | None = None,
) -> Done:
    """The real command, on a storage in memory."""
    before = OrdersTables(orders={NUMBER: order}, account_statuses=dict.fromkeys(suspended, (True, 1)))
    before.reviews = {NUMBER: existing} if existing is not None else {}
    database = MemoryDatabase("orders", before, BusinessClock(at), MemoryOrdersWork)

    async def ask() -> OrderResult | Refused:
        async with database.transaction() as work:
            return await command(work)

    answer, after = drive(ask()), database.tables
    rows = [after.history[key].row for key in sorted(after.history)]
    written = [each for each in after.outbox.values() if not each.event.startswith("deadline.")]
    names, bodies = [each.event for each in written], [json.loads(each.body) for each in written]
    return Done(answer, after, tuple(rows), tuple(names), tuple(bodies))


def agrees(before: Order, preview: Preview, real: Done) -> None:
    """Same answer, money, status and deadline; a refused command writes at most the expiry that was shown."""
    after = real.after.orders[NUMBER]
    assert preview.allowed == isinstance(real.answer, OrderResult)
    assert preview.code == (real.answer.code if isinstance(real.answer, Refused) else None)
    assert (preview.status, preview.deadline_after) == (after.status, deadlines.current(after))
    assert preview.deadline_before == deadlines.current(before)
    moved = [each["settlement"] for each in real.events if "settlement" in each]
    assert {name: getattr(preview.settlement, name) for name in Settlement.__dataclass_fields__} == _sum(moved)
    assert preview.settlement.to_buyer == after.refunded_amount - before.refunded_amount
    assert preview.settlement.to_buyer + preview.settlement.gross == before.held - after.held
    assert after.version == before.version + len(real.rows)
    if preview.allowed:
        assert preview.row is not None
        assert (real.names or (None,))[-1] == preview.event
        assert preview.row.startswith("R") or preview.row == real.rows[-1]
    else:
        assert real.rows == ((preview.row,) if preview.row is not None else ())
        assert real.names == ((preview.event,) if preview.event is not None else ())


def _sum(moved: list[dict[str, int]]) -> dict[str, int]:
    return {name: sum(each[name] for each in moved) for name in Settlement.__dataclass_fields__}

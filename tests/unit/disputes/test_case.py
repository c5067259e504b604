"""The actions of a case, who may perform them, and what they lead to."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest

from services.disputes.domain import case as cases
from services.disputes.domain.case import TABLE, Action, Case, CaseTimeouts, Outcome, Request, Role, Row, State
from shared.refusals import Refusal

T0 = datetime(2026, 3, 2, tzinfo=UTC)
TIMEOUTS = CaseTimeouts(reminder=24 * 3600, escalation=14 * 24 * 3600)
OPEN = Case(
    id=UUID(int=1),
    number="K5657777893",
    buyer="alice",
    seller="bob",
    held=100_00,
    currency="MYR",
    cause="escalated",
    state=State.OPEN,
    version=1,
    generation=1,
    opened_at=T0,
    active_at=T0,
)


def ruling(outcome: Outcome, amount: int | None = None, user: str = "sue", reason: str = "Proof") -> Request:
    return Request(Action.DECIDE, Role.SUPPORT, T0, user, outcome, amount, "MYR", reason)


def after(case: Case, request: Request) -> Case:
    row = cases.decide(case, request)
    assert isinstance(row, Row)
    return cases.apply(case, request, row)


DECIDED = after(OPEN, ruling(Outcome.SPLIT, 40_00))
CLOSED = after(DECIDED, Request(Action.CLOSE, Role.ORDER, T0, by_row="T26"))


class TestWhoMayDoWhat:
    @pytest.mark.parametrize(("action", "role", "case"), list(product(Action, Role, (OPEN, DECIDED, CLOSED))))
    def test_every_question_has_one_answer_and_it_is_the_tables(self, action: Action, role: Role, case: Case) -> None:
        request = Request(
            action, role, T0, "sue", Outcome.BUYER_WINS, reason="Proof", by_row="T26", cause="charged_back"
        )
        rows = [row for row in TABLE if row.action is action and role in row.roles and case.state in row.sources]
        assert len(rows) <= 1
        assert cases.decide(case, request) == (rows[0] if rows else Refusal.WRONG_STATUS)

    def test_a_closed_case_accepts_nothing(self) -> None:
        questions = (Request(action, role, T0) for action, role in product(Action, Role))
        assert {cases.decide(CLOSED, question) for question in questions} == {Refusal.WRONG_STATUS}


class TestARuling:
    @pytest.mark.parametrize(
        ("outcome", "requested", "reads", "amount"),
        [
            (Outcome.BUYER_WINS, None, Outcome.BUYER_WINS, 100_00),
            (Outcome.SELLER_WINS, None, Outcome.SELLER_WINS, 0),
            (Outcome.SPLIT, 40_00, Outcome.SPLIT, 40_00),
            (Outcome.SPLIT, 0, Outcome.SELLER_WINS, 0),
            (Outcome.SPLIT, 100_00, Outcome.BUYER_WINS, 100_00),
        ],
    )
    def test_what_it_reads_as(self, outcome: Outcome, requested: int | None, reads: Outcome, amount: int) -> None:
        made = after(OPEN, ruling(outcome, requested)).ruling
        assert made is not None
        assert (made.outcome, made.buyer_amount) == (reads, amount)

    @pytest.mark.parametrize("outcome", [Outcome.BUYER_WINS, Outcome.SELLER_WINS])
    @pytest.mark.parametrize("amount", [-1, 0, 1, 100_00])
    def test_no_other_ruling_takes_an_amount(self, outcome: Outcome, amount: int) -> None:
        assert cases.decide(OPEN, ruling(outcome, amount)) is Refusal.REFUND_AMOUNT_INVALID

    @pytest.mark.parametrize("amount", [None, -1, 100_01])
    def test_a_split_stays_within_what_is_held(self, amount: int | None) -> None:
        assert cases.decide(OPEN, ruling(Outcome.SPLIT, amount)) is Refusal.REFUND_AMOUNT_INVALID
        foreign = replace(ruling(Outcome.SPLIT, 1), currency="EUR")
        assert cases.decide(OPEN, foreign) is Refusal.REFUND_AMOUNT_INVALID

    def test_it_needs_a_reason(self) -> None:
        assert cases.decide(OPEN, ruling(Outcome.BUYER_WINS, reason="\u2800")) is Refusal.REASON_REQUIRED


class TestHowItEnds:
    @pytest.mark.parametrize(
        ("row", "case", "outcome", "overtaken"),
        [
            ("T26", DECIDED, Outcome.SPLIT, False),
            ("T24", DECIDED, Outcome.SELLER_AGREED, True),
            ("T25", DECIDED, Outcome.WITHDRAWN, True),
            ("T24", OPEN, Outcome.SELLER_AGREED, False),
            ("T25", OPEN, Outcome.WITHDRAWN, False),
        ],
    )
    def test_the_orders_row_says_how(self, row: str, case: Case, outcome: Outcome, overtaken: bool) -> None:
        closed = after(case, Request(Action.CLOSE, Role.ORDER, T0, by_row=row))
        assert (closed.outcome, closed.overtaken, closed.closed_at) == (outcome, overtaken, T0)


class TestNothingStallsUnseen:
    def test_support_is_reminded_a_day_after_the_last_activity_again_and_again(self) -> None:
        first = cases.current(OPEN, TIMEOUTS)
        assert first is not None
        assert (first.kind, first.due_at) == ("reminder", T0 + timedelta(hours=24))
        reminded = after(OPEN, Request(Action.REMIND, Role.CLOCK, first.due_at))
        second = cases.current(reminded, TIMEOUTS)
        assert second is not None
        assert second.due_at == T0 + timedelta(hours=48)

    def test_it_escalates_to_an_operator_once_after_two_weeks(self) -> None:
        busy = replace(OPEN, active_at=T0 + timedelta(days=13, hours=23))
        deadline = cases.current(busy, TIMEOUTS)
        assert deadline is not None
        assert (deadline.kind, deadline.due_at) == ("escalation", T0 + timedelta(days=14))
        result = after(busy, Request(Action.ESCALATE, Role.CLOCK, deadline.due_at))
        then = cases.current(result, TIMEOUTS)
        assert then is not None
        assert then.kind == "reminder"

    def test_a_ruled_or_closed_case_has_no_deadline(self) -> None:
        assert cases.current(DECIDED, TIMEOUTS) is None
        assert cases.current(CLOSED, TIMEOUTS) is None

"""The life cycle of an order, exhaustively: statuses x stages x commands x roles x times x amounts."""

from collections.abc import Iterator
from uuid import UUID

import pytest

from services.orders.domain import deadlines
from services.orders.domain.lifecycle import TABLE, Row, find_row, matching
from services.orders.domain.order import FINAL, Order, Status
from services.orders.domain.request import Action, Request, Role
from services.orders.domain.transition import decide, step
from tests.unit.orders.examples import DISPUTE, a_request, examples, questions, take

EXAMPLES = examples()
EVERY_EXAMPLE = pytest.mark.parametrize("order", EXAMPLES.values(), ids=list(EXAMPLES))


def accepted(order: Order) -> Iterator[tuple[Request, Row]]:
    """Every request that this order accepts, with its row."""
    for question in questions(order):
        if isinstance(answer := find_row(order, question), Row):
            yield question, answer


class TestDoesTheTableHaveAnAnswerForEverything:
    @EVERY_EXAMPLE
    def test_never_do_two_rows_answer_the_same_question(self, order: Order) -> None:
        doubtful = [question for question in questions(order) if len(matching(order, question)) > 1]
        assert doubtful == []

    def test_every_row_answers_from_each_of_its_sources(self) -> None:
        wanted = {(row, status) for row in TABLE for status, _ in row.sources}
        found = {(row, order.status) for order in EXAMPLES.values() for _, row in accepted(order)}
        assert found == wanted

    def test_the_rows_are_those_of_the_rules(self) -> None:
        elsewhere = {"T1", "T2", "T6", "T28"}  # no source; payments' own; an answer; a property of the table
        numbers = {f"T{number}" for number in range(1, 30)} - elsewhere
        assert {row.id for row in TABLE} == numbers

    @EVERY_EXAMPLE
    def test_every_allowed_step_leads_to_an_order_that_can_exist(self, order: Order) -> None:
        for question, row in accepted(order):
            after = step(order, question, row).after
            assert (after.status, after.version) == (row.target, order.version + 1)


class TestWhatCanHappenToAClosedOrder:
    @pytest.mark.parametrize("name", ["deleted", "refunded", "confirmed", "waived", "not delivered"])
    def test_nothing_is_accepted_any_more(self, name: str) -> None:
        assert EXAMPLES[name].status in FINAL
        assert list(accepted(EXAMPLES[name])) == []

    def test_an_expired_order_can_only_be_deleted_by_its_buyer(self) -> None:
        assert {(row.id, question.role) for question, row in accepted(EXAMPLES["expired"])} == {("T5", Role.BUYER)}

    def test_no_row_starts_at_a_final_status(self) -> None:
        assert [row.id for row in TABLE for status, _ in row.sources if status in FINAL] == []


class TestWhatHappensIfNobodyActs:
    @EVERY_EXAMPLE
    def test_every_open_order_has_a_deadline_except_in_dispute(self, order: Order) -> None:
        without = FINAL | {Status.EXPIRED, Status.DISPUTED}
        assert (deadlines.current(order) is None) == (order.status in without)

    @EVERY_EXAMPLE
    def test_every_deadline_that_expires_has_a_row(self, order: Order) -> None:
        deadline = deadlines.current(order)
        if deadline is not None:
            answer = find_row(order, Request(Action.TIME_OUT, Role.CLOCK, deadline.due_at))
            assert isinstance(answer, Row)

    def test_every_time_out_ends_the_order(self) -> None:
        ends = {row.target for row in TABLE if row.action is Action.TIME_OUT}
        assert ends <= FINAL | {Status.EXPIRED}

    def test_only_the_clock_times_out(self) -> None:
        assert {row.role for row in TABLE if row.action is Action.TIME_OUT} == {Role.CLOCK}

    @EVERY_EXAMPLE
    def test_a_deadline_expires_once_and_leaves_no_other_overdue(self, order: Order) -> None:
        for question in questions(order)[::7]:
            decision = decide(order, question)
            assert len([each for each in decision.steps if each.deadline]) == deadlines.is_due(order, question.at)
            assert not deadlines.is_due(decision.after(order), question.at)

    def test_a_charge_back_in_a_dispute_leaves_the_order_its_case(self) -> None:
        before = EXAMPLES["disputed"]
        request = a_request(Action.CHARGE_BACK, Role.PROVIDER, 50, dispute_id=UUID(int=1))
        assert before.dispute_id == take(before, request).after.dispute_id == DISPUTE

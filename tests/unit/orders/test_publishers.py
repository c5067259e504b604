"""Every step of an order is one event that carries the whole order, so that no consumer has to query it."""

import pytest

from services.orders.domain.lifecycle import TABLE, Row, find_row
from services.orders.domain.order import Order
from services.orders.domain.transition import step
from services.orders.publishers import step_body
from shared.contracts import EVENTS
from shared.contracts.orders import OrderEvent
from tests.unit.orders.examples import A, R, a_request, examples, questions, take

EXAMPLES = examples()


class TestWhatIsPublished:
    def test_every_row_publishes_an_event_of_orders(self) -> None:
        kinds = {EVENTS[row.event] for row in TABLE}
        assert all(issubclass(kind, OrderEvent) and kind.publisher == "orders" for kind in kinds)

    @pytest.mark.parametrize("order", EXAMPLES.values(), ids=list(EXAMPLES))
    def test_every_possible_step_can_be_published(self, order: Order) -> None:
        for question in questions(order):
            if isinstance(row := find_row(order, question), Row) and row.event != "dispute.requested":
                done = step(order, question, row)
                published = OrderEvent.model_validate(step_body(done, done.at))
                assert (published.number, published.status, published.version) == (
                    order.number,
                    row.target,
                    order.version + 1,
                )
                assert (published.cause.role is None) == (published.cause.deadline is not None)

    def test_a_time_out_names_its_deadline_and_its_due_time(self) -> None:
        done = take(EXAMPLES["paid"], a_request(A.TIME_OUT, R.CLOCK, 80))
        published = OrderEvent.model_validate(step_body(done, done.request.at))
        assert (published.cause.row, published.cause.deadline, published.cause.role) == ("T9", "D3", None)
        assert (published.recorded_at - published.at).total_seconds() == 8 * 3600

    def test_the_money_that_moves_is_in_the_event(self) -> None:
        done = take(EXAMPLES["delivered"], a_request(A.CONFIRM, R.BUYER, 11))
        moved = OrderEvent.model_validate(step_body(done, done.at)).settlement
        assert (moved.to_buyer, moved.gross, moved.fee, moved.tax, moved.net) == (0, 100_00, 5_00, 40, 94_60)

    def test_the_state_of_a_request_and_the_next_deadline_are_in_the_event(self) -> None:
        done = take(EXAMPLES["refund requested"], a_request(A.DELIVER, R.SELLER, 4))
        published = OrderEvent.model_validate(step_body(done, done.at))
        assert published.refund_request is not None
        assert published.refund_request.state == "superseded"
        assert published.deadline is not None
        assert published.deadline.kind == "D5"

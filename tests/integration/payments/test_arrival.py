"""Each message three times and in any order: the same end, and nothing of it is ever doubled or lost."""

import pytest

from services.payments.domain.attempt import AttemptStatus
from shared.contracts.base import Event
from shared.messaging.inbox import Outcome
from shared.refusals import Refusal, Refused
from tests.integration.payments.books import Books, published_by_orders, refused, three_times

SEEDS = range(8)


async def consumes_all(books: Books, every: list[tuple[Event, str]]) -> None:
    for event, message_id in every:
        outcome = await books.consumes(event, message_id)
        assert outcome in (Outcome.HANDLED, Outcome.DUPLICATE)


@pytest.mark.parametrize("seed", SEEDS)
class TestInAnyOrder:
    async def test_paid_partly_refunded_and_completed(self, books: Books, seed: int) -> None:
        checkout, _ = await books.paid(100_00)
        events = [
            published_by_orders("order.paid", checkout),
            published_by_orders("order.partially_refunded", checkout, version=4, to_buyer=30_00),
            published_by_orders("order.completed", checkout, version=6, gross=70_00),
            checkout.event,
        ]
        await consumes_all(books, three_times(events, seed))
        assert await books.held(checkout) == {"buyer_balance:buyer": 30_00, "seller_available:seller": 66_22}
        published = await books.published(checkout.numbers[0], "escrow.refunded", "escrow.released")
        assert sorted((each["event"], each["order_version"]) for each in published) == [
            ("escrow.refunded", 4),
            ("escrow.released", 6),
        ]

    async def test_paid_and_refunded(self, books: Books, seed: int) -> None:
        checkout, _ = await books.paid(100_00)
        events = [
            published_by_orders("order.paid", checkout),
            published_by_orders("order.refunded", checkout, version=3, to_buyer=100_00),
        ]
        await consumes_all(books, three_times(events, seed))
        assert await books.held(checkout) == {"buyer_balance:buyer": 100_00}

    async def test_placed_expired_and_deleted(self, books: Books, seed: int) -> None:
        checkout = books.checkout(100_00)
        expired = published_by_orders("order.expired", checkout, version=2)
        deleted = published_by_orders("order.deleted", checkout, version=3)
        await consumes_all(books, three_times([checkout.event, expired, deleted], seed))
        answer = await books.attempt(checkout)
        assert isinstance(answer, Refused)
        assert answer.code is Refusal.WRONG_STATUS

    async def test_one_order_takes_its_money_and_the_other_does_not(self, books: Books, seed: int) -> None:
        checkout, capture_id = await books.paid(100_00, 40_00)
        events = [
            published_by_orders("order.paid", checkout, 0),
            refused(checkout, capture_id, "expired", 1),
            published_by_orders("order.expired", checkout, 1),
            published_by_orders("order.completed", checkout, 0, version=4, gross=100_00),
        ]
        await consumes_all(books, three_times(events, seed))
        assert await books.held(checkout) == {"buyer_balance:buyer": 40_00, "seller_available:seller": 94_60}
        credited = await books.published(checkout.payment_number, "payment.credited")
        assert [(each["number"], each["reason"]) for each in credited] == [(checkout.numbers[1], "late")]


class TestKeptAndParked:
    async def test_a_settlement_that_does_not_sum_books_nothing(self, books: Books) -> None:
        checkout, _ = await books.paid(100_00)
        await books.consumes(published_by_orders("order.paid", checkout))
        event = published_by_orders("order.completed", checkout, version=4, gross=100_00)
        wrong = event.model_copy(update={"settlement": event.settlement.model_copy(update={"net": 1})})  # type: ignore[attr-defined]
        assert await books.consumes(wrong) is Outcome.FAILED
        assert await books.held(checkout) == {"escrow:0": 100_00}

    async def test_more_than_escrow_holds_books_nothing(self, books: Books) -> None:
        checkout, _ = await books.paid(100_00)
        await books.consumes(published_by_orders("order.paid", checkout))
        too_much = published_by_orders("order.refunded", checkout, version=3, to_buyer=100_01)
        assert await books.consumes(too_much) is Outcome.FAILED
        assert await books.held(checkout) == {"escrow:0": 100_00}

    async def test_a_second_release_under_another_version_is_kept(self, books: Books) -> None:
        checkout, _ = await books.paid(100_00)
        await books.consumes(published_by_orders("order.paid", checkout))
        assert (
            await books.consumes(published_by_orders("order.completed", checkout, version=4, gross=100_00))
            is Outcome.HANDLED
        )
        again = published_by_orders("order.refunded", checkout, version=5, to_buyer=100_00)
        assert await books.consumes(again) is Outcome.FAILED
        assert await books.held(checkout) == {"seller_available:seller": 94_60}

    async def test_paid_without_money_is_kept(self, books: Books) -> None:
        checkout = await books.placed(100_00)
        assert await books.consumes(published_by_orders("order.paid", checkout)) is Outcome.FAILED
        assert await books.held(checkout) == {}

    async def test_paid_before_its_payment_is_known_is_kept(self, books: Books) -> None:
        assert await books.consumes(published_by_orders("order.paid", books.checkout(100_00))) is Outcome.FAILED

    async def test_a_transition_that_moves_nothing_books_nothing(self, books: Books) -> None:
        checkout, _ = await books.paid(100_00)
        await books.consumes(published_by_orders("order.paid", checkout))
        assert await books.consumes(published_by_orders("order.completed", checkout, version=4)) is Outcome.HANDLED
        assert await books.held(checkout) == {"escrow:0": 100_00}
        assert await books.published(checkout.numbers[0]) == []


class TestHoldsAreGivenBack:
    async def test_when_the_last_order_is_gone(self, books: Books) -> None:
        checkout = await books.placed(100_00, 40_00)
        attempt = await books.attempt(checkout)
        for line, status in ((0, AttemptStatus.PENDING), (1, AttemptStatus.ABANDONED)):
            await books.consumes(published_by_orders("order.deleted", checkout, line))
            async with books.database.transaction() as work:
                (seen,) = await work.attempts.of(checkout.payment_number)
            assert (seen.id, seen.status) == (attempt.id, status)

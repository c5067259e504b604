"""Captured money under payments' own lock: one disposition each, nothing left in incoming, the review queue."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from services.payments import commands
from services.payments.commands import Decision
from services.payments.domain.attempt import Attempt, AttemptAction, AttemptStatus
from services.payments.domain.capture import Unmatched
from services.payments.domain.provider_event import ProviderEvent
from services.payments.refusals import PaymentsRefusal
from shared.actor import Actor
from shared.refusals import Refusal, Refused
from tests.integration.payments.books import Books, Checkout, published_by_orders, refused


async def statuses(books: Books, checkout: Checkout) -> list[str]:
    return [each.status for each in await attempts(books, checkout)]


async def attempts(books: Books, checkout: Checkout) -> tuple[Attempt, ...]:
    async with books.database.transaction() as work:
        return await work.attempts.of(checkout.payment_number)


async def rich(books: Books, amount: int) -> Checkout:
    """A buyer with money in the balance: it came late for an expired order."""
    checkout = await books.placed(amount)
    attempt = await books.attempt(checkout)
    await books.consumes(published_by_orders("order.expired", checkout))
    await books.captures(attempt)
    assert await books.held(checkout) == {"buyer_balance:buyer": amount}
    return checkout


async def placed_by(books: Books, buyer: str, *amounts: int) -> Checkout:
    checkout = books.checkout(*amounts)
    event = checkout.event.model_copy(update={"buyer": buyer})
    await books.consumes(event)
    return Checkout(checkout.payment_number, buyer, checkout.seller, "MYR", checkout.numbers, amounts, event)


def an_event(attempt: Attempt, action: AttemptAction, reason: str | None = None) -> ProviderEvent:
    of = (uuid4().hex, attempt.amount, attempt.currency, reason)
    return ProviderEvent("sandbox", uuid4().hex, action, attempt.id, *of)


class TestACapture:
    async def test_is_offered_to_every_order_with_its_exact_share(self, books: Books) -> None:
        checkout, capture_id = await books.paid(100_00, 40_00)
        confirmed = await books.published(checkout.payment_number)
        assert [(each["event"], each["number"], each["amount"]) for each in confirmed] == [
            ("payment.confirmed", checkout.numbers[0], 100_00),
            ("payment.confirmed", checkout.numbers[1], 40_00),
        ]
        assert await books.held(checkout) == {"incoming:payment": 140_00}
        await books.consumes(published_by_orders("order.paid", checkout, 0))
        await books.consumes(refused(checkout, capture_id, "suspended", 1))
        assert await books.held(checkout) == {"escrow:0": 100_00, "buyer_balance:buyer": 40_00}
        credited = await books.published(checkout.payment_number, "payment.credited")
        assert [each["reason"] for each in credited] == ["refused"]

    async def test_too_much_leaves_the_rest_in_the_balance_at_once(self, books: Books) -> None:
        checkout = await books.placed(100_00)
        await books.captures(await books.attempt(checkout), 105_00)
        assert await books.held(checkout) == {"incoming:payment": 100_00, "buyer_balance:buyer": 5_00}
        assert await books.dispositions(checkout) == [("offered", "overpaid")]

    async def test_too_little_waits_for_support_and_the_order_can_still_be_paid(self, books: Books) -> None:
        checkout = await books.placed(100_00)
        await books.captures(await books.attempt(checkout), 90_00)
        assert await books.held(checkout) == {}
        await books.captures(await books.attempt(checkout))
        assert await books.dispositions(checkout) == [("unmatched", "underpaid"), ("offered", "exact")]
        assert await books.held(checkout) == {"incoming:payment": 100_00}

    async def test_in_another_currency_waits_for_support(self, books: Books) -> None:
        checkout = await books.placed(100_00)
        await books.captures(await books.attempt(checkout), 100_00, "EUR")
        assert await books.dispositions(checkout) == [("unmatched", "wrong_currency")]
        (event,) = await books.published(checkout.payment_number)
        assert (event["event"], event["currency"], event["amount"]) == ("payment.unmatched", "EUR", 100_00)

    async def test_of_nobodys_reference_waits_for_support(self, books: Books) -> None:
        transaction = uuid4().hex
        await books.captures(None, 7_00, transaction_id=transaction)
        (event,) = await books.published(transaction)
        assert (event["event"], event["reason"], event["payment_number"]) == (
            "payment.unmatched",
            "unknown_reference",
            None,
        )

    async def test_reported_twice_counts_once_by_event_and_by_transaction(self, books: Books) -> None:
        checkout = await books.placed(100_00)
        attempt = await books.attempt(checkout)
        await books.captures(attempt, event_id=(event := uuid4().hex), transaction_id=(transaction := uuid4().hex))
        await books.captures(attempt, event_id=event, transaction_id=transaction)
        await books.captures(attempt, 1_00, event_id=event)
        await books.captures(attempt, transaction_id=transaction)
        assert await books.dispositions(checkout) == [("offered", "exact")]
        assert await books.held(checkout) == {"incoming:payment": 100_00}

    async def test_eight_deliveries_at_once_count_once(self, books: Books) -> None:
        checkout = await books.placed(100_00)
        attempt = await books.attempt(checkout)
        event, same = uuid4().hex, uuid4().hex
        again = [books.captures(attempt, event_id=event, transaction_id=same) for _ in range(4)]
        await asyncio.gather(*again, *(books.captures(attempt, transaction_id=same) for _ in range(4)))
        assert await books.dispositions(checkout) == [("offered", "exact")]

    async def test_a_second_payment_is_a_duplicate_before_and_after_orders_answered(self, books: Books) -> None:
        checkout, _ = await books.paid(100_00)
        (attempt,) = await attempts(books, checkout)
        await books.captures(attempt)
        await books.consumes(published_by_orders("order.paid", checkout))
        await books.captures(attempt)
        assert (await books.dispositions(checkout))[1:] == [("credited", "duplicate")] * 2
        assert await books.held(checkout) == {"escrow:0": 100_00, "buyer_balance:buyer": 200_00}

    async def test_an_abandoned_attempt_still_pays_and_the_newer_one_is_the_duplicate(self, books: Books) -> None:
        checkout = await books.placed(100_00)
        first, second = await books.attempt(checkout), await books.attempt(checkout)
        assert await statuses(books, checkout) == ["abandoned", "pending"]
        await books.captures(first)
        await books.captures(second)
        assert await books.dispositions(checkout) == [("offered", "exact"), ("credited", "duplicate")]
        assert await statuses(books, checkout) == ["captured", "captured"]

    async def test_a_deleted_line_gets_its_share_back(self, books: Books) -> None:
        checkout = await books.placed(100_00, 40_00)
        attempt = await books.attempt(checkout)
        await books.consumes(published_by_orders("order.deleted", checkout, 1))
        await books.captures(attempt)
        assert await books.held(checkout) == {"incoming:payment": 100_00, "buyer_balance:buyer": 40_00}
        credited = await books.published(checkout.payment_number, "payment.credited")
        assert [(each["number"], each["reason"]) for each in credited] == [(checkout.numbers[1], "late")]

    async def test_a_race_with_the_clock_is_decided_by_orders(self, books: Books) -> None:
        checkout, capture_id = await books.paid(100_00)
        await books.consumes(published_by_orders("order.expired", checkout))
        assert await books.held(checkout) == {"incoming:payment": 100_00}
        await books.consumes(refused(checkout, capture_id, "expired"))
        assert await books.held(checkout) == {"buyer_balance:buyer": 100_00}
        await books.captures((await attempts(books, checkout))[0])
        assert (await books.dispositions(checkout))[-1] == ("credited", "late")


class TestOtherEventsOfAProvider:
    async def test_a_failure_after_the_money_changes_nothing(self, books: Books) -> None:
        checkout = await books.placed(100_00)
        attempt = await books.attempt(checkout)
        await books.captures(attempt)
        await books.reports(an_event(attempt, AttemptAction.FAIL, "bank_declined"))
        assert await statuses(books, checkout) == ["captured"]
        assert await books.published(checkout.payment_number, "payment.failed") == []

    async def test_money_after_a_failure_is_money(self, books: Books) -> None:
        checkout = await books.placed(100_00)
        attempt = await books.attempt(checkout)
        await books.reports(an_event(attempt, AttemptAction.FAIL, "mobile_unverified"))
        (failed,) = await books.published(checkout.payment_number, "payment.failed")
        assert (failed["reason"], failed["orders"]) == ("mobile_unverified", list(checkout.numbers))
        await books.captures(attempt)
        assert await books.dispositions(checkout) == [("offered", "exact")]

    async def test_a_hold_is_retained_until_it_is_captured_voided_or_too_late(self, books: Books) -> None:
        checkout = await books.placed(100_00)
        attempt = await books.attempt(checkout)
        await books.reports(an_event(attempt, AttemptAction.AUTHORISE))
        assert await statuses(books, checkout) == [AttemptStatus.AUTHORISED]
        await books.consumes(published_by_orders("order.expired", checkout))
        assert await statuses(books, checkout) == [AttemptStatus.VOID_PENDING]
        await books.reports(an_event(attempt, AttemptAction.VOID))
        assert await statuses(books, checkout) == [AttemptStatus.VOIDED]

    async def test_an_authorisation_after_the_hour_is_given_back(self, books: Books) -> None:
        checkout = await books.placed(100_00)
        attempt = await books.attempt(checkout)
        await books.consumes(published_by_orders("order.deleted", checkout))
        fresh = an_event(attempt, AttemptAction.AUTHORISE)
        await books.reports(fresh)
        assert await statuses(books, checkout) == [AttemptStatus.VOID_PENDING]


class TestAnAttempt:
    @pytest.mark.parametrize(("method", "currency"), [("ideal", "MYR"), ("boleto", "MYR")])
    async def test_needs_a_method_that_fits(self, books: Books, method: str, currency: str) -> None:
        checkout = await books.placed(100_00, currency=currency)
        answer = await books.attempt(checkout, method)
        assert isinstance(answer, Refused)
        assert answer.code is PaymentsRefusal.PAYMENT_METHOD_UNAVAILABLE

    async def test_is_for_the_buyer_only(self, books: Books) -> None:
        checkout = await books.placed(100_00)
        for stranger in ("stranger", checkout.seller):
            answer = await books.attempt(checkout, user=stranger)
            assert isinstance(answer, Refused)
            assert answer.code is Refusal.NOT_FOUND

    async def test_is_too_late_from_the_due_time_on(self, books: Books) -> None:
        checkout = await books.placed(100_00, due=timedelta(0))
        answer = await books.attempt(checkout)
        assert isinstance(answer, Refused)
        assert answer.code is Refusal.DEADLINE_PASSED


class TestPayingFromTheBalance:
    async def test_is_captured_at_once_and_offered_like_any_capture(self, books: Books) -> None:
        wallet = await rich(books, 100_00)
        checkout = await placed_by(books, wallet.buyer, 60_00, 30_00)
        answer = await books.attempt(checkout, "balance")
        assert answer.status is AttemptStatus.CAPTURED
        assert await books.held(checkout) == {"buyer_balance:buyer": 10_00, "incoming:payment": 90_00}
        confirmed = await books.published(checkout.payment_number, "payment.confirmed")
        assert [each["method"] for each in confirmed] == ["balance", "balance"]
        await books.consumes(refused(checkout, UUID(confirmed[0]["capture_id"]), "expired", 0))
        await books.consumes(published_by_orders("order.paid", checkout, 1))
        assert await books.held(checkout) == {"buyer_balance:buyer": 70_00, "escrow:1": 30_00}

    async def test_needs_enough(self, books: Books) -> None:
        wallet = await rich(books, 100_00)
        checkout = await placed_by(books, wallet.buyer, 100_01)
        answer = await books.attempt(checkout, "balance")
        assert isinstance(answer, Refused)
        assert answer.code is PaymentsRefusal.BALANCE_INSUFFICIENT
        assert await books.held(checkout) == {"buyer_balance:buyer": 100_00}

    async def test_never_spends_it_twice(self, books: Books) -> None:
        wallet = await rich(books, 100_00)
        checkouts = [await placed_by(books, wallet.buyer, 60_00) for _ in range(6)]
        answers = await asyncio.gather(*(books.attempt(each, "balance") for each in checkouts))
        assert sum(isinstance(each, Attempt) for each in answers) == 1
        assert await books.held(wallet) == {"buyer_balance:buyer": 40_00}

    async def test_twice_at_once_for_one_payment_is_one_payment(self, books: Books) -> None:
        wallet = await rich(books, 200_00)
        checkout = await placed_by(books, wallet.buyer, 60_00)
        answers = await asyncio.gather(*(books.attempt(checkout, "balance") for _ in range(4)))
        codes = [each.code if isinstance(each, Refused) else "captured" for each in answers]
        assert sorted(codes) == ["captured"] + [Refusal.WRONG_STATUS] * 3


class TestTheReviewQueue:
    async def item(self, books: Books, checkout: Checkout) -> UUID:
        (event,) = await books.published(checkout.payment_number, "payment.unmatched")
        return UUID(event["unmatched_id"])

    async def resolves(self, books: Books, item: UUID, user: str | None, reason: str | None) -> Unmatched | Refused:
        async with books.database.transaction() as work:
            return await commands.resolve(work, item, Decision(Actor("support", "support"), "credit", user, reason))

    async def test_credits_the_buyer_once_with_a_reason(self, books: Books) -> None:
        checkout = await books.placed(100_00)
        await books.captures(await books.attempt(checkout), 90_00)
        item = await self.item(books, checkout)
        for reason in (None, "", " \ufeff"):
            answer = await self.resolves(books, item, None, reason)
            assert isinstance(answer, Refused)
            assert answer.code is Refusal.REASON_REQUIRED
        assert isinstance(await self.resolves(books, item, None, "the receipt is right"), Unmatched)
        again = await self.resolves(books, item, None, "once more")
        assert isinstance(again, Refused)
        assert again.code is Refusal.WRONG_STATUS
        assert await books.held(checkout) == {"buyer_balance:buyer": 90_00}
        (credited,) = await books.published(checkout.payment_number, "payment.credited")
        assert (credited["reason"], credited["amount"]) == ("support", 90_00)

    async def test_needs_to_know_whose_money_it_is(self, books: Books) -> None:
        transaction = uuid4().hex
        await books.captures(None, 7_00, transaction_id=transaction)
        (event,) = await books.published(transaction)
        item = UUID(event["unmatched_id"])
        answer = await self.resolves(books, item, None, "why not")
        assert isinstance(answer, Refused)
        assert answer.code is PaymentsRefusal.INVALID_DETAILS
        assert isinstance(await self.resolves(books, item, f"found-{transaction}", "it is theirs"), Unmatched)

    async def test_knows_only_its_own_items(self, books: Books) -> None:
        answer = await self.resolves(books, uuid4(), None, "why")
        assert isinstance(answer, Refused)
        assert answer.code is Refusal.NOT_FOUND

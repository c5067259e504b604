"""A bank takes money back: once, whatever had become of the money, and in whatever order it is reported."""

from datetime import timedelta
from uuid import UUID

import pytest

from services.payments import commands
from services.payments.commands import Decision
from services.payments.refusals import PaymentsRefusal
from shared.actor import Actor
from shared.money import settle
from shared.refusals import Refusal, RefusalCode, Refused
from tests.integration.payments.books import Books, published_by_orders, refused

LOST, ASIDE = "charge_back_loss", "charge_back_aside"


async def published_numbers(books: Books, payment_number: str) -> list[str]:
    return [each["number"] for each in await books.published(payment_number, "payment.charged_back")]


class TestOfAMethodWithoutDisputes:
    @pytest.mark.parametrize("first", ["capture", "charge_back"])
    async def test_it_is_put_aside_whatever_came_first_and_moves_nothing(self, books: Books, first: str) -> None:
        checkout = await books.placed(100_00, currency="EUR")
        attempt = await books.attempt(checkout, "ideal")
        if first == "charge_back":
            await books.charges_back(attempt)
        await books.captures(attempt)
        if first == "capture":
            await books.charges_back(attempt)
        await books.consumes(published_by_orders("order.paid", checkout))
        assert await books.held(checkout) == {"escrow:0": 100_00}
        assert await published_numbers(books, checkout.payment_number) == []
        assert await books.review_items(checkout.payment_number) == [(ASIDE, 100_00, None)]


class TestWhileTheMoneyIsHeld:
    async def test_each_order_gets_an_event_and_nothing_moves(self, books: Books) -> None:
        checkout = await books.placed(100_00, 40_00)
        attempt = await books.attempt(checkout)
        await books.captures(attempt)
        for line in (0, 1):
            await books.consumes(published_by_orders("order.paid", checkout, line))
        await books.charges_back(attempt)
        assert await books.held(checkout) == {"escrow:0": 100_00, "escrow:1": 40_00}
        result = await books.published(checkout.payment_number, "payment.charged_back")
        assert [(each["number"], each["amount"], each["reason"]) for each in result] == [
            (checkout.numbers[0], 100_00, "fraud"),
            (checkout.numbers[1], 40_00, "fraud"),
        ]
        assert await books.review_items(checkout.payment_number) == []

    async def test_the_same_event_or_transaction_again_is_a_repeat(self, books: Books) -> None:
        checkout = await books.placed(100_00)
        attempt = await books.attempt(checkout)
        await books.captures(attempt)
        await books.consumes(published_by_orders("order.paid", checkout))
        await books.charges_back(attempt, f"e-{attempt.id}", f"t-{attempt.id}")
        for ids in ((f"e-{attempt.id}", f"t-{attempt.id}"), (None, f"t-{attempt.id}"), (f"e-{attempt.id}", None)):
            await books.charges_back(attempt, *ids)
        assert await published_numbers(books, checkout.payment_number) == [checkout.numbers[0]]
        assert await books.review_items(checkout.payment_number) == []

    async def test_it_is_published_when_orders_has_taken_the_money_not_before(self, books: Books) -> None:
        checkout = await books.placed(100_00)
        attempt = await books.attempt(checkout)
        await books.captures(attempt)
        await books.charges_back(attempt)
        assert await published_numbers(books, checkout.payment_number) == []
        await books.consumes(published_by_orders("order.paid", checkout))
        assert await published_numbers(books, checkout.payment_number) == [checkout.numbers[0]]
        assert await books.review_items(checkout.payment_number) == []

    async def test_money_that_no_order_took_goes_back_to_the_bank(self, books: Books) -> None:
        checkout = await books.placed(100_00)
        attempt = await books.attempt(checkout)
        await books.captures(attempt)
        await books.charges_back(attempt)
        (confirmed,) = await books.published(checkout.payment_number, "payment.confirmed")
        await books.consumes(refused(checkout, UUID(confirmed["capture_id"]), "expired"))
        assert await books.held(checkout) == {}
        assert await books.platform(checkout.payment_number) == {}
        assert await books.published(checkout.payment_number, "payment.credited", "payment.charged_back") == []

    async def test_reported_before_its_capture_it_waits_for_it(self, books: Books) -> None:
        checkout = await books.placed(100_00)
        attempt = await books.attempt(checkout)
        await books.charges_back(attempt)
        await books.captures(attempt)
        await books.consumes(published_by_orders("order.paid", checkout))
        assert await published_numbers(books, checkout.payment_number) == [checkout.numbers[0]]
        await books.consumes(published_by_orders("order.refunded", checkout, version=4, to_buyer=100_00))
        assert await books.platform(checkout.payment_number) == {}


class TestWhenSupportDecides:
    @pytest.mark.parametrize(
        ("name", "to_buyer", "seller"),
        [("order.refunded", 100_00, 0), ("order.partially_refunded", 40_00, 56_76), ("order.completed", 0, 94_60)],
    )
    async def test_the_buyers_part_goes_to_the_bank(self, books: Books, name: str, to_buyer: int, seller: int) -> None:
        checkout = await books.placed(100_00)
        attempt = await books.attempt(checkout)
        await books.captures(attempt)
        await books.consumes(published_by_orders("order.paid", checkout))
        await books.charges_back(attempt)
        gross = 100_00 - to_buyer
        await books.consumes(published_by_orders(name, checkout, version=5, to_buyer=to_buyer, gross=gross))
        assert await books.held(checkout) == ({"seller_available:seller": seller} if seller else {})
        shares = settle(gross, 500, 800)
        booked = {LOST: -gross, "fee_revenue": shares.fee, "service_tax_payable": shares.tax}
        assert await books.platform(checkout.payment_number) == {name: sum_ for name, sum_ in booked.items() if sum_}
        assert await books.review_items(checkout.payment_number) == ([("charged_back", gross, None)] if gross else [])
        refunded = await books.published(checkout.numbers[0], "escrow.refunded")
        assert [each["amount"] for each in refunded] == ([to_buyer] if to_buyer else [])


class TestAfterTheMoneyWasPassedOn:
    async def test_what_is_still_there_goes_back_first_and_the_platform_bears_the_rest(self, books: Books) -> None:
        checkout = await books.placed(100_00, 40_00)
        attempt = await books.attempt(checkout)
        await books.captures(attempt, amount=145_00)
        for line in (0, 1):
            await books.consumes(published_by_orders("order.paid", checkout, line))
        part = published_by_orders("order.partially_refunded", checkout, 0, version=4, to_buyer=30_00, gross=70_00)
        await books.consumes(part)
        await books.charges_back(attempt, amount=145_00)
        assert await books.held(checkout) == {"seller_available:seller": 66_22, "escrow:1": 40_00}
        platform = await books.platform(checkout.payment_number)
        assert (platform[LOST], platform["provider"]) == (-70_00, -40_00)
        assert await books.review_items(checkout.payment_number) == [("charged_back", 70_00, None)]
        assert await published_numbers(books, checkout.payment_number) == [checkout.numbers[1]]

    async def test_what_is_frozen_is_there_too_and_what_was_spent_is_not(self, books: Books) -> None:
        checkout = await books.placed(100_00)
        attempt = await books.attempt(checkout)
        await books.captures(attempt)
        await books.consumes(published_by_orders("order.paid", checkout))
        await books.consumes(published_by_orders("order.refunded", checkout, version=3, to_buyer=100_00))
        await books.pays_from_balance(checkout.buyer, 30_00)
        await books.stands(checkout.buyer, 1, suspended=True, freeze=True)
        await books.charges_back(attempt)
        assert await books.held(checkout) == {}
        assert await books.platform(checkout.payment_number) == {LOST: -30_00}
        assert await books.review_items(checkout.payment_number) == [("charged_back", 30_00, None)]

    async def test_other_money_in_the_balance_is_not_touched(self, books: Books) -> None:
        checkout = await books.placed(100_00)
        attempt = await books.attempt(checkout)
        await books.captures(attempt)
        await books.consumes(published_by_orders("order.paid", checkout))
        await books.consumes(published_by_orders("order.completed", checkout, version=3, gross=100_00))
        await books.gives(checkout.buyer, 70_00)
        await books.charges_back(attempt)
        assert await books.held(checkout) == {"buyer_balance:buyer": 70_00, "seller_available:seller": 94_60}
        assert (await books.platform(checkout.payment_number))[LOST] == -100_00

    async def test_a_second_payment_is_taken_back_without_touching_the_first(self, books: Books) -> None:
        checkout = await books.placed(100_00)
        attempt = await books.attempt(checkout)
        other = await books.attempt(checkout)
        await books.captures(attempt)
        await books.consumes(published_by_orders("order.paid", checkout))
        await books.captures(other)
        await books.charges_back(other, amount=60_00)
        await books.charges_back(other, amount=40_00)
        assert await books.held(checkout) == {"escrow:0": 100_00}
        assert await books.platform(checkout.payment_number) == {"provider": -100_00}
        assert await published_numbers(books, checkout.payment_number) == []
        await books.consumes(published_by_orders("order.refunded", checkout, version=3, to_buyer=100_00))
        assert await books.held(checkout) == {"buyer_balance:buyer": 100_00}

    async def test_one_attempt_captured_twice_can_be_taken_back_twice(self, books: Books) -> None:
        checkout = await books.placed(100_00)
        attempt = await books.attempt(checkout)
        await books.captures(attempt)
        await books.captures(attempt)
        await books.consumes(published_by_orders("order.paid", checkout))
        for _ in range(3):
            await books.charges_back(attempt)
        await books.consumes(published_by_orders("order.refunded", checkout, version=3, to_buyer=100_00))
        assert await books.held(checkout) == {}
        assert await books.platform(checkout.payment_number) == {}
        assert await books.review_items(checkout.payment_number) == [(ASIDE, 100_00, None)]


class TestTheReviewQueue:
    async def test_unmatched_money_goes_back_part_by_part_until_its_item_is_closed(self, books: Books) -> None:
        checkout = await books.placed(100_00)
        attempt = await books.attempt(checkout)
        await books.captures(attempt, amount=90_00)
        await books.charges_back(attempt, amount=50_00)
        assert await books.review_items(checkout.payment_number) == [("underpaid", 40_00, None)]
        assert await books.platform(checkout.payment_number) == {"unmatched": 40_00, "provider": -40_00}
        await books.charges_back(attempt, amount=40_00)
        assert await books.review_items(checkout.payment_number) == [("underpaid", 40_00, "charged_back")]
        assert await books.platform(checkout.payment_number) == {}

    async def test_a_loss_is_written_off_and_never_credited(self, books: Books) -> None:
        checkout = await books.placed(100_00)
        attempt = await books.attempt(checkout)
        await books.captures(attempt, amount=90_00)
        (item,) = await open_items(books, checkout.payment_number)
        assert await resolved(books, item, "credit") is None
        await books.pays_from_balance(checkout.buyer, 80_00)
        await books.charges_back(attempt, amount=90_00)
        (loss,) = await open_items(books, checkout.payment_number)
        assert await resolved(books, loss, "credit") is PaymentsRefusal.INVALID_DETAILS
        assert await resolved(books, loss, "write_off") is None
        assert await resolved(books, loss, "write_off") is Refusal.WRONG_STATUS
        assert await books.held(checkout) == {}
        assert await books.platform(checkout.payment_number) == {LOST: -80_00}

    @pytest.mark.parametrize("action", ["return", "write_off"])
    async def test_what_was_returned_or_written_off_is_lost_when_the_bank_takes_it_too(
        self, books: Books, action: str
    ) -> None:
        checkout = await books.placed(100_00)
        attempt = await books.attempt(checkout)
        await books.captures(attempt, amount=90_00)
        (item,) = await open_items(books, checkout.payment_number)
        assert await resolved(books, item, action) is None
        await books.charges_back(attempt, amount=90_00)
        assert await books.review_items(checkout.payment_number) == [
            ("underpaid", 90_00, action),
            ("charged_back", 90_00, None),
        ]
        at_the_bank = {"provider": 90_00} if action == "return" else {"adjustment": 90_00}
        assert await books.platform(checkout.payment_number) == {LOST: -90_00, **at_the_bank}

    async def test_what_support_gave_to_somebody_else_is_taken_from_there(self, books: Books) -> None:
        checkout = await books.placed(100_00)
        attempt = await books.attempt(checkout)
        await books.captures(attempt, amount=90_00)
        (item,) = await open_items(books, checkout.payment_number)
        assert await resolved(books, item, "credit", checkout.seller) is None
        await books.charges_back(attempt, amount=60_00)
        assert await books.held(checkout) == {"buyer_balance:seller": 30_00}
        assert await books.platform(checkout.payment_number) == {"provider": -30_00}


async def open_items(books: Books, payment_number: str) -> list[UUID]:
    query = "select id from unmatched_items where payment_number = $1 and resolved_at is null"
    async with books.database.transaction() as work:
        return [row["id"] for row in await work.sql.fetch(query, payment_number)]


async def resolved(books: Books, item: UUID, action: str, user: str | None = None) -> RefusalCode | None:
    decided = Decision(Actor("sue", "support"), action, user, "looked at it", {"card": timedelta(days=1)})  # type: ignore[arg-type]
    async with books.database.transaction() as work:
        answer = await commands.resolve(work, item, decided)
    return answer.code if isinstance(answer, Refused) else None

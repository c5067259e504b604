"""A bank takes a part back, or what it can't: who bears it, and that the order of the messages does not matter."""

import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from services.payments.domain.attempt import Attempt, AttemptAction
from services.payments.domain.provider_event import ProviderEvent
from tests.integration.payments.books import Books, Checkout, published_by_orders, refused

LOST, ASIDE = "charge_back_loss", "charge_back_aside"
LONG_AGO = datetime.now(UTC) - timedelta(days=1)
"""When a deadline passed that orders applied late."""


async def paid(books: Books, *amounts: int, captured: int | None = None) -> tuple[Checkout, Attempt]:
    checkout = await books.placed(*amounts)
    attempt = await books.attempt(checkout)
    await books.captures(attempt, amount=captured)
    for line in range(len(amounts)):
        await books.consumes(published_by_orders("order.paid", checkout, line))
    return checkout, attempt


async def published_parts(books: Books, checkout: Checkout) -> list[tuple[int, int]]:
    events = await books.published(checkout.payment_number, "payment.charged_back")
    return [(checkout.numbers.index(each["number"]), each["amount"]) for each in events]


class TestAPart:
    async def test_is_split_over_the_open_orders(self, books: Books) -> None:
        checkout, attempt = await paid(books, 100_00, 40_00)
        await books.charges_back(attempt, amount=70_00)
        assert await published_parts(books, checkout) == [(0, 50_00), (1, 20_00)]
        assert await books.held(checkout) == {"escrow:0": 100_00, "escrow:1": 40_00}

    @pytest.mark.parametrize(
        ("to_buyer", "balance", "lost"), [(100_00, 50_00, 0), (70_00, 20_00, 0), (30_00, 0, 20_00), (0, 0, 50_00)]
    )
    async def test_only_the_banks_share_goes_to_the_provider(
        self, books: Books, to_buyer: int, balance: int, lost: int
    ) -> None:
        checkout, attempt = await paid(books, 100_00)
        await books.charges_back(attempt, amount=50_00)
        name, gross = "order.partially_refunded" if to_buyer else "order.completed", 100_00 - to_buyer
        await books.consumes(published_by_orders(name, checkout, version=5, to_buyer=to_buyer, gross=gross))
        held = await books.held(checkout)
        assert held.get("buyer_balance:buyer", 0) == balance
        platform = await books.platform(checkout.payment_number)
        assert (platform.get(LOST, 0), platform["provider"]) == (-lost, -50_00)
        assert await books.review_items(checkout.payment_number) == ([("charged_back", lost, None)] if lost else [])

    async def test_of_a_closed_order_and_an_open_one_only_the_open_one_is_disputed(self, books: Books) -> None:
        checkout, attempt = await paid(books, 100_00, 40_00)
        await books.consumes(published_by_orders("order.completed", checkout, 0, version=5, gross=100_00))
        await books.charges_back(attempt, amount=30_00)
        await books.charges_back(attempt, amount=30_00)
        assert await published_parts(books, checkout) == [(1, 30_00), (1, 40_00)]
        assert await books.review_items(checkout.payment_number) == [("charged_back", 20_00, None)]

    async def test_what_an_order_did_not_give_back_is_borne_by_the_others_first(self, books: Books) -> None:
        checkout, attempt = await paid(books, 100_00, 40_00)
        await books.charges_back(attempt, amount=70_00)
        await books.consumes(published_by_orders("order.completed", checkout, 1, version=5, gross=40_00))
        assert await published_parts(books, checkout) == [(0, 50_00), (1, 20_00), (0, 70_00)]
        await books.consumes(published_by_orders("order.refunded", checkout, 0, version=5, to_buyer=100_00))
        assert (await books.held(checkout))["buyer_balance:buyer"] == 30_00
        assert (await books.platform(checkout.payment_number)).get(LOST) is None

    async def test_takes_what_is_left_of_the_surplus_first(self, books: Books) -> None:
        checkout, attempt = await paid(books, 100_00, captured=108_00)
        await books.charges_back(attempt, amount=5_00)
        assert await books.held(checkout) == {"escrow:0": 100_00, "buyer_balance:buyer": 3_00}
        await books.charges_back(attempt, amount=5_00)
        assert await books.held(checkout) == {"escrow:0": 100_00}
        assert await published_parts(books, checkout) == [(0, 2_00)]

    async def test_takes_what_no_order_took_first(self, books: Books) -> None:
        checkout = await books.placed(100_00, 40_00)
        attempt = await books.attempt(checkout)
        await books.captures(attempt)
        await books.charges_back(attempt, amount=60_00)
        await books.consumes(published_by_orders("order.paid", checkout, 0))
        (confirmed, _) = await books.published(checkout.payment_number, "payment.confirmed")
        await books.consumes(refused(checkout, UUID(confirmed["capture_id"]), "expired", 1))
        assert await books.held(checkout) == {"escrow:0": 100_00}
        assert await published_parts(books, checkout) == [(0, 20_00)]
        assert await books.published(checkout.payment_number, "payment.credited") == []


class TestPutAside:
    @pytest.mark.parametrize("early", [False, True])
    @pytest.mark.parametrize(("amount", "currency"), [(100_01, "MYR"), (100_00, "EUR")])
    async def test_more_than_was_captured_or_another_currency(
        self, books: Books, early: bool, amount: int, currency: str
    ) -> None:
        checkout = await books.placed(100_00)
        attempt = await books.attempt(checkout)
        if not early:
            await books.captures(attempt)
        await books.charges_back(attempt, amount=amount, currency=currency)
        if early:
            await books.captures(attempt)
        await self._holds(books, checkout, amount)

    async def test_a_payment_from_the_balance(self, books: Books) -> None:
        checkout = await books.placed(100_00)
        await books.gives(checkout.buyer, 100_00)
        attempt = await books.attempt(checkout, "balance")
        await books.charges_back(attempt)
        await books.consumes(published_by_orders("order.paid", checkout))
        assert await books.platform(checkout.payment_number) == {}
        assert await books.review_items(checkout.payment_number) == [(ASIDE, 100_00, None)]
        assert await published_parts(books, checkout) == []

    @pytest.mark.parametrize("early", [False, True])
    async def test_all_parts_together_are_at_most_what_was_captured(self, books: Books, early: bool) -> None:
        checkout = await books.placed(100_00)
        attempt = await books.attempt(checkout)
        if not early:
            await books.captures(attempt)
        for amount in (60_00, 41_00, 40_00):
            await books.charges_back(attempt, amount=amount)
        if early:
            await books.captures(attempt)
        await books.consumes(published_by_orders("order.paid", checkout))
        assert await books.review_items(checkout.payment_number) == [(ASIDE, 41_00, None)]
        assert (await published_parts(books, checkout))[-1] == (0, 100_00)

    async def test_a_reference_that_nobody_knows(self, books: Books) -> None:
        transaction = uuid4().hex
        shape = (uuid4().hex, AttemptAction.CHARGE_BACK, uuid4(), transaction, 7_00, "MYR", None)
        await books.reports(ProviderEvent("sandbox", *shape))
        query = "select reason, amount, payment_number from unmatched_items where transaction_id = $1"
        async with books.database.transaction() as work:
            rows = [tuple(row) for row in await work.sql.fetch(query, transaction)]
        assert rows == [(ASIDE, 7_00, None)]

    async def test_until_a_capture_comes_that_it_fits(self, books: Books) -> None:
        checkout, attempt = await paid(books, 100_00)
        for _ in range(2):
            await books.charges_back(attempt)
        assert await books.review_items(checkout.payment_number) == [(ASIDE, 100_00, None)]
        await books.captures(attempt)
        assert await books.review_items(checkout.payment_number) == [(ASIDE, 100_00, "charged_back")]
        assert await books.held(checkout) == {"escrow:0": 100_00}

    async def _holds(self, books: Books, checkout: Checkout, amount: int) -> None:
        """Nothing moved, nothing was published, and it is in the review queue."""
        await books.consumes(published_by_orders("order.paid", checkout))
        assert await books.held(checkout) == {"escrow:0": 100_00}
        assert await books.review_items(checkout.payment_number) == [(ASIDE, amount, None)]
        assert await published_parts(books, checkout) == []


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("whole", [True, False], ids=["whole", "parts"])
async def test_in_any_order_the_same_books(books: Books, seed: int, whole: bool) -> None:
    """Two orders: of one a deadline gave all back before the bank came, the other was split; consumed in any order."""
    checkout = await books.placed(100_00, 40_00)
    attempt = await books.attempt(checkout)
    back, split = {"to_buyer": 100_00, "at": LONG_AGO}, {"to_buyer": 10_00, "gross": 30_00}
    parts = [140_00] if whole else [50_00, 20_00]

    def sent(event: str, line: int, **shape: object) -> Callable[[], Awaitable[object]]:
        published, message_id = published_by_orders(event, checkout, line, **shape), uuid4().hex  # type: ignore[arg-type]
        return lambda: books.consumes(published, message_id)

    def takes_back(amount: int) -> Callable[[], Awaitable[object]]:
        return lambda: books.charges_back(attempt, f"e{amount}-{attempt.id}", f"t{amount}-{attempt.id}", amount)

    answers = [sent("order.paid", line) for line in (0, 1)]
    decisions = [sent("order.refunded", 0, version=3, **back), sent("order.partially_refunded", 1, version=4, **split)]
    steps = [*answers, *decisions, *(takes_back(amount) for amount in parts)] * 2
    random.Random(seed).shuffle(steps)
    answered = min(steps.index(each) for each in answers)  # orders answers only what was captured
    steps.insert(seed % (answered + 1), lambda: books.captures(attempt))
    for step in steps:
        await step()
    taken = sum(parts)
    held = await books.held(checkout)
    assert held.pop("seller_available:seller") == 28_38
    assert held == ({"buyer_balance:buyer": 110_00 - taken} if taken < 110_00 else {})
    platform = await books.platform(checkout.payment_number)
    assert platform.get(LOST, 0) == -max(0, taken - 110_00)
    assert platform.get("provider", 0) == taken - 140_00

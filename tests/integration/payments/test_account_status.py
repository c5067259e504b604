"""A suspended account can't pay; a frozen one has its money kept apart, whatever arrives when."""

import asyncio
import random
from itertools import permutations
from uuid import uuid4

import pytest

from services.payments.refusals import PaymentsRefusal
from shared.refusals import Refusal, Refused
from tests.integration.payments.books import Books, published_by_orders, refused


@pytest.fixture
def user() -> str:
    return f"user-{uuid4().hex[:8]}"


class TestASuspendedBuyer:
    async def test_opens_no_attempt_and_pays_from_no_balance_until_reinstated(self, books: Books) -> None:
        checkout = await books.placed(100_00)
        await books.gives(checkout.buyer, 100_00)
        await books.stands(checkout.buyer, 1, suspended=True)
        for method in ("card", "balance", "nothing"):
            assert await books.attempt(checkout, method) == Refused(Refusal.ACCOUNT_SUSPENDED)
        assert (await books.attempt(checkout, user="stranger")).code is Refusal.NOT_FOUND
        await books.stands(checkout.buyer, 2)
        assert not isinstance(await books.attempt(checkout, "balance"), Refused)

    async def test_is_refused_for_the_suspension_before_anything_about_the_status(self, books: Books) -> None:
        checkout, _ = await books.paid(100_00)
        await books.stands(checkout.buyer, 1, suspended=True)
        assert (await books.attempt(checkout)).code is Refusal.ACCOUNT_SUSPENDED

    async def test_keeps_its_money_where_it_is_without_a_freeze(self, books: Books, user: str) -> None:
        await books.gives(user, 5_00)
        await books.stands(user, 1, suspended=True)
        await books.gives(user, 1_00)
        assert await books.balances(user) == {"buyer_balance": 6_00}
        await books.stands(user, 2, suspended=True, freeze=True)
        assert await books.balances(user) == {"frozen_balance": 6_00}


class TestFrozenMoney:
    async def test_every_currency_is_kept_and_given_back(self, books: Books, user: str) -> None:
        await books.gives(user, 5_00)
        await books.gives(user, 700, "KRW")
        await books.stands(user, 4, suspended=True, freeze=True)
        assert [await books.balances(user, each) for each in ("MYR", "KRW")] == [
            {"frozen_balance": 5_00},
            {"frozen_balance": 700},
        ]
        await books.stands(user, 5)
        assert [await books.balances(user, each) for each in ("MYR", "KRW")] == [
            {"buyer_balance": 5_00},
            {"buyer_balance": 700},
        ]
        published = [(each["event"], each["currency"], each["balance"]) for each in await books.published(user)]
        assert sorted(published) == [
            ("balance.frozen", "KRW", 700),
            ("balance.frozen", "MYR", 5_00),
            ("balance.released", "KRW", 700),
            ("balance.released", "MYR", 5_00),
        ]

    async def test_what_is_given_later_lands_frozen_on_both_sides(self, books: Books) -> None:
        checkout, capture_id = await books.paid(100_00, 40_00)
        for user in (checkout.buyer, checkout.seller):
            await books.stands(user, 1, suspended=True, freeze=True)
        await books.consumes(published_by_orders("order.paid", checkout, 0))
        await books.consumes(refused(checkout, capture_id, "suspended", 1))
        part = published_by_orders("order.partially_refunded", checkout, 0, version=4, to_buyer=30_00, gross=70_00)
        await books.consumes(part)
        assert await books.held(checkout) == {"frozen_balance:buyer": 70_00, "frozen_available:seller": 66_22}
        for user in (checkout.buyer, checkout.seller):
            await books.stands(user, 2)
        assert await books.held(checkout) == {"buyer_balance:buyer": 70_00, "seller_available:seller": 66_22}

    async def test_nothing_is_published_where_there_is_nothing_to_freeze(self, books: Books, user: str) -> None:
        await books.stands(user, 1, suspended=True, freeze=True)
        await books.stands(user, 2)
        assert await books.published(user) == []


class TestInAnyOrder:
    @pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
    async def test_the_newest_version_counts(self, books: Books, user: str, order: tuple[int, ...]) -> None:
        """Frozen, reinstated, suspended without a freeze: in the end nothing is frozen."""
        words = {1: (True, True), 2: (False, False), 3: (True, False)}
        await books.gives(user, 5_00)
        for version in order:
            suspended, freeze = words[version]
            for _ in range(2):
                await books.stands(user, version, suspended=suspended, freeze=freeze)
        assert await books.balances(user) == {"buyer_balance": 5_00}

    @pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
    async def test_a_freeze_that_came_back_holds(self, books: Books, user: str, order: tuple[int, ...]) -> None:
        words = {1: (True, True), 2: (False, False), 3: (True, True)}
        await books.gives(user, 5_00)
        for version in order:
            suspended, freeze = words[version]
            await books.stands(user, version, suspended=suspended, freeze=freeze)
        assert await books.balances(user) == {"frozen_balance": 5_00}


class TestAtTheSameTime:
    @pytest.mark.parametrize("seed", range(6))
    async def test_no_credit_slips_past_a_freeze(self, books: Books, user: str, seed: int) -> None:
        """New and known currencies, credits and suspensions at once: every cent ends up where the last one wants it."""
        choose = random.Random(seed)
        currencies = ["MYR", "KRW", "EUR", "USD"]
        works = [books.gives(user, 1, choose.choice(currencies)) for _ in range(40)]
        account_statuses = [
            books.stands(user, each, suspended=each % 2 == 1, freeze=each % 2 == 1) for each in range(1, 8)
        ]
        every = [*works, *account_statuses]
        choose.shuffle(every)
        await asyncio.gather(*every)
        found = [await books.balances(user, currency) for currency in currencies]
        assert sum(sum(each.values()) for each in found) == 40
        assert {kind for each in found for kind in each} == {"frozen_balance"}

    async def test_paying_and_freezing_at_once_spends_or_keeps_the_money_never_both(self, books: Books) -> None:
        for _ in range(8):
            checkout = await books.placed(100_00)
            await books.gives(checkout.buyer, 100_00)
            paying = books.attempt(checkout, "balance")
            made, _ = await asyncio.gather(paying, books.stands(checkout.buyer, 1, suspended=True, freeze=True))
            expected = {"incoming:payment": 100_00}
            if isinstance(made, Refused):
                assert made.code in (Refusal.ACCOUNT_SUSPENDED, PaymentsRefusal.BALANCE_INSUFFICIENT)
                expected = {"frozen_balance:buyer": 100_00}
            assert await books.held(checkout) == expected

    async def test_settlements_of_two_users_and_their_freezes_end(self, books: Books) -> None:
        """Each settlement credits two users and each user is frozen: nobody waits for ever, nothing is lost."""
        deals = []
        for _ in range(10):
            checkout, _ = await books.paid(100_00)
            await books.consumes(published_by_orders("order.paid", checkout))
            deals.append(checkout)
        settling = [
            books.consumes(
                published_by_orders("order.partially_refunded", each, version=3, to_buyer=30_00, gross=70_00)
            )
            for each in deals
        ]
        freezing = [
            books.stands(user, 1, suspended=True, freeze=True) for each in deals for user in (each.buyer, each.seller)
        ]
        await asyncio.gather(*settling, *freezing)
        for each in deals:
            assert await books.held(each) == {"frozen_balance:buyer": 30_00, "frozen_available:seller": 66_22}

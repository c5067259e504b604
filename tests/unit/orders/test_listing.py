"""Why a listing can't be ordered: the checks come in a fixed order, and the first that fails is the refusal."""

from dataclasses import replace
from typing import Any

import pytest

from services.orders.domain.listing import Category, DeliveryMethod, Listing, State, orderable
from services.orders.refusals import OrdersRefusal
from shared.money import AMOUNT_MAX
from shared.refusals import Refusal, RefusalCode

GOLD = Listing(
    listing_id="gold",
    seller="bob",
    title="1000 gold",
    description="Delivered within the hour.",
    category=Category.ITEM,
    unit_price=100_00,
    currency="MYR",
    stock=5,
    delivery_method=DeliveryMethod.IN_GAME_TRADE,
    delivery_hours=24,
    state=State.LIVE,
    account_declaration=False,
    version=1,
)
FINE: dict[str, Any] = {"listing": GOLD, "store_open": True, "buyer": "alice", "quantity": 1, "currency": "MYR"}
WRONG: list[tuple[RefusalCode, dict[str, Any]]] = [
    (Refusal.LISTING_NOT_FOUND, {"listing": replace(GOLD, state=State.DRAFT)}),
    (OrdersRefusal.STORE_CLOSED, {"store_open": False}),
    (OrdersRefusal.SELF_PURCHASE, {"buyer": "bob"}),
    (OrdersRefusal.CURRENCY_MISMATCH, {"currency": "SGD"}),
    (Refusal.VALIDATION_FAILED, {"quantity": AMOUNT_MAX // 100_00 + 1}),
]


class TestCanIOrderThis:
    @pytest.mark.parametrize("change", [{}, {"quantity": 5}, {"quantity": AMOUNT_MAX // 100_00}])
    def test_a_live_listing_of_an_open_store_of_somebody_else(self, change: dict[str, Any]) -> None:
        assert orderable(**FINE | change) is None

    def test_not_what_is_not_there(self) -> None:
        assert orderable(**FINE | {"listing": None, "store_open": False}) is Refusal.LISTING_NOT_FOUND

    @pytest.mark.parametrize("first", range(len(WRONG)))
    def test_the_first_thing_that_is_wrong_is_the_refusal(self, first: int) -> None:
        everything: dict[str, Any] = {}
        for _, change in WRONG[first:]:
            everything |= change
        assert orderable(**FINE | everything) is WRONG[first][0]

    @pytest.mark.parametrize("facts", [{"unit_price": 0}, {"unit_price": AMOUNT_MAX + 1}, {"stock": -1}])
    def test_a_listing_without_price_or_with_less_than_no_stock_cant_exist(self, facts: dict[str, Any]) -> None:
        with pytest.raises(AssertionError):
            replace(GOLD, **facts)

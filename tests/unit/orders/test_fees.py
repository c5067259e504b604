"""What the marketplace takes of a sale: by product, category, level and date, and fixed when the order is paid."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from services.orders.commands import orders
from services.orders.domain import fees
from services.orders.domain.fees import EVER, FEES, FeeRule, fee_rate, sales_that_matter, tax_rate
from services.orders.domain.listing import Category
from services.orders.domain.order import Order, Status
from services.orders.domain.request import Action, Request, Role
from services.orders.domain.seller import LEVELS
from shared.refusals import Refused
from tests.support.memory import BusinessClock, MemoryDatabase, MemoryOrdersWork, OrdersTables, drive
from tests.unit.orders.examples import T0, an_order, play, take

NEXT_YEAR = datetime(2027, 1, 1, tzinfo=UTC)
RULES = (
    *FEES,
    FeeRule(EVER, 450, level=5),
    FeeRule(EVER, 400, level=10),
    FeeRule(NEXT_YEAR, 425, level=5),
    FeeRule(EVER, 700, category="gift_card"),
    FeeRule(EVER, 600, level=5, category="gift_card"),
    FeeRule(NEXT_YEAR, 300, listing_id="gold"),
)


class TestHowHighIsTheFee:
    @pytest.mark.parametrize("category", Category)
    @pytest.mark.parametrize("level", range(1, 16))
    def test_ten_percent_of_accounts_and_five_of_everything_else_at_every_level(
        self, category: Category, level: int
    ) -> None:
        assert fee_rate(an_order(category=category), level, T0) == (1000 if category is Category.ACCOUNT else 500)

    @pytest.mark.parametrize(
        ("category", "listing_id", "level", "at", "rate"),
        [
            ("item", "rune", 1, T0, 500),
            ("item", "rune", 4, T0, 500),
            ("item", "rune", 5, T0, 450),
            ("item", "rune", 9, NEXT_YEAR - timedelta(microseconds=1), 450),
            ("item", "rune", 9, NEXT_YEAR, 425),
            ("item", "rune", 15, NEXT_YEAR, 400),
            ("account", "rune", 15, T0, 1000),
            ("gift_card", "rune", 4, T0, 700),
            ("gift_card", "rune", 15, T0, 600),
            ("item", "gold", 15, T0, 400),
            ("item", "gold", 1, NEXT_YEAR, 300),
            ("account", "gold", 15, NEXT_YEAR, 300),
        ],
    )
    def test_the_rule_that_says_most_of_the_sale_holds(
        self, category: str, listing_id: str, level: int, at: datetime, rate: int
    ) -> None:
        assert fee_rate(an_order(category=category, listing_id=listing_id), level, at, RULES) == rate

    @pytest.mark.parametrize(("day", "rate"), [("2024-02-29T23:59:59.999Z", 600), ("2024-03-01T00:00:00Z", 800)])
    def test_service_tax_of_the_day(self, day: str, rate: int) -> None:
        assert tax_rate(datetime.fromisoformat(day)) == rate

    def test_sales_are_counted_only_as_far_as_a_rule_depends_on_them(self) -> None:
        assert sales_that_matter(T0) == 0
        assert sales_that_matter(T0, RULES) == LEVELS[9] == 5001
        assert sales_that_matter(T0, (*FEES, FeeRule(NEXT_YEAR, 100, level=3))) == 0


class TestWhenItIsFixed:
    @pytest.mark.parametrize(("sold", "rate"), [(0, 500), (10, 500), (11, 450), (12, 450)])
    def test_by_the_level_that_the_seller_has_when_the_order_is_paid(
        self, monkeypatch: pytest.MonkeyPatch, sold: int, rate: int
    ) -> None:
        monkeypatch.setattr(fees, "FEES", (*FEES, FeeRule(EVER, 450, level=2)))
        assert paid_after(sold).fee_rate == rate

    def test_a_later_rule_or_tax_does_not_touch_a_paid_order(self, monkeypatch: pytest.MonkeyPatch) -> None:
        paid = paid_after(0)
        monkeypatch.setattr(fees, "FEES", (FeeRule(EVER, 100),))
        monkeypatch.setattr(fees, "TAXES", ((EVER, 0),))
        delivered = play(paid, Request(Action.DELIVER, Role.SELLER, paid.placed_at))
        moved = take(delivered, Request(Action.CONFIRM, Role.BUYER, paid.placed_at)).settlement
        assert (moved.fee, moved.tax, moved.net) == (5_00, 40, 94_60)
        assert (paid_after(0).fee_rate, paid_after(0).tax_rate) == (100, 0)


def paid_after(sold: int) -> Order:
    """An order of bob's that is paid when he has completed so many."""
    clock = BusinessClock()
    tables = OrdersTables()
    completed = an_order(status=Status.COMPLETED, paid_at=T0, delivered_at=T0, closed_at=T0)
    tables.orders = {f"K{at}": replace(completed, number=f"K{at}") for at in range(sold)}
    order = an_order(placed_at=clock.now())
    tables.orders[order.number] = order
    database = MemoryDatabase("orders", tables, clock, MemoryOrdersWork)

    async def pay() -> None:
        async with database.transaction() as work:
            answer = await orders.confirm_payment(work, order.number, uuid4(), order.amount, order.currency)
            assert not isinstance(answer, Refused)

    drive(pay())
    return database.tables.orders[order.number]

"""An order read back from its row is the order that was written."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from services.orders.domain.listing import Category, DeliveryMethod, Listing, State
from services.orders.domain.order import Order, Status
from services.orders.tables import ListingRow, OrderRow, from_domain, to_domain, to_listing
from tests.unit.orders.examples import examples

EXAMPLES = examples()


def as_the_driver_reads(columns: dict[str, Any]) -> dict[str, Any]:
    """JSON columns are written as text and come back as values."""
    parsed = {name: orjson.loads(columns[name]) for name in ("details", "windows", "requests")}
    expired = orjson.loads(columns["rang"]) if columns["rang"] else None
    return {**columns, **parsed, "rang": expired}


class TestWhatIsWrittenIsWhatIsRead:
    @pytest.mark.parametrize("order", EXAMPLES.values(), ids=list(EXAMPLES))
    def test_in_every_situation(self, order: Order) -> None:
        assert to_domain(as_the_driver_reads(from_domain(order))) == order

    def test_every_status_is_among_them(self) -> None:
        assert {order.status for order in EXAMPLES.values()} == set(Status)

    def test_every_fact_has_a_column(self) -> None:
        derived = {"due_at"}
        assert set(from_domain(EXAMPLES["paid"])) | derived == set(OrderRow.model_fields)

    def test_a_listing_too(self) -> None:
        listing = Listing(
            "gold", "bob", "Gold", "1000 pieces", Category.ITEM, 100, "MYR", 5, DeliveryMethod.IN_GAME_MAIL, 24,
            State.LIVE, False, 3,
        )  # fmt: skip
        columns = {name: str(getattr(listing, name)) for name in ("category", "delivery_method", "state")}
        plain = {name: getattr(listing, name) for name in Listing.__dataclass_fields__}
        assert to_listing(plain | columns) == listing
        assert set(plain) | {"created_at", "updated_at"} == set(ListingRow.model_fields)


class TestWhatCanNeverBeTrueOfAnOrder:
    @pytest.mark.parametrize(
        ("example", "facts"),
        [
            ("paid", {"held": -1}),
            ("paid", {"held": 100_01}),
            ("paid", {"refunded_amount": 1}),
            ("paid", {"paid_at": None}),
            ("placed", {"amount": 99_99}),
            ("placed", {"amount": 0, "unit_price": 0}),
            ("placed", {"status": Status.WAITING_DELIVERY}),
            ("confirmed", {"held": 1}),
            ("refund requested", {"requests": EXAMPLES["refund requested"].requests * 2}),
        ],
    )
    def test_it_refuses_to_exist(self, example: str, facts: dict[str, Any]) -> None:
        with pytest.raises(AssertionError):
            replace(EXAMPLES[example], **facts)

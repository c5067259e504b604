"""Things to store: each with a name of its own, so that tests share the databases without meeting."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from services.orders.domain.listing import Category, DeliveryMethod, Listing, State
from services.orders.domain.order import Order, Status
from services.orders.repository import Entry
from services.payments.domain.line import Line, LineState
from services.payments.domain.payment import Payment
from tests.integration.repositories.storage import T0
from tests.unit.orders.examples import an_order

HOUR = timedelta(hours=1)


def name(kind: str) -> str:
    """A name that nobody else uses."""
    return f"{kind}-{uuid4().hex[:12]}"


def a_listing(**facts: Any) -> Listing:
    """A live listing with three pieces."""
    given: dict[str, Any] = {
        "listing_id": name("listing"),
        "seller": name("seller"),
        "title": "Sword",
        "description": "Sharp",
        "category": Category.ITEM,
        "unit_price": 100_00,
        "currency": "MYR",
        "stock": 3,
        "delivery_method": DeliveryMethod.IN_GAME_TRADE,
        "delivery_hours": 24,
        "state": State.LIVE,
        "account_declaration": False,
        "version": 1,
    }
    return Listing(**given | facts)


def placed(**facts: Any) -> Order:
    """An order that was placed at T0 by people of its own."""
    own = {"number": name("K"), "payment_number": name("P"), "buyer": name("buyer"), "seller": name("seller")}
    return an_order(**{**own, "placed_at": T0, **facts})


def expired(order: Order) -> Order:
    """The same order after its hour."""
    after = replace(order, status=Status.EXPIRED, version=order.version + 1, generation=order.generation + 1)
    return replace(after, closed_at=T0 + HOUR)


def a_line(row: str = "T1", at: datetime = T0, **facts: Any) -> Entry:
    """A line of the history."""
    given: dict[str, Any] = {
        "row": row,
        "by_user": "alice",
        "by_role": "buyer",
        "acting_for": None,
        "deadline": None,
        "source": None,
        "target": "waiting_payment",
        "at": at,
        "recorded_at": at,
        "why": "because",
    }
    return Entry(**given | facts)


def a_payment(*amounts: int) -> Payment:
    """The payment of a checkout, one order per amount."""
    lines = tuple(Line(name("K"), name("seller"), amount, LineState.PAYABLE) for amount in amounts)
    return Payment(name("P"), name("buyer"), "MYR", sum(amounts), T0, T0 + HOUR, None, lines)

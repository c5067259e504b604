"""Placing orders: up to 20 lines, one order each, one payment for all; all or nothing (T1)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.orders import publishers
from services.orders.commands.orders import expire_overdue
from services.orders.domain import deadlines, history
from services.orders.domain.listing import orderable
from services.orders.domain.order import Order, Status
from services.orders.domain.policy import POLICY_VERSION, WINDOWS
from services.orders.refusals import OrdersRefusal
from services.orders.repository import Entry, Offer
from services.orders.unit_of_work import OrdersWork
from shared.actor import Actor
from shared.ids import Numbers
from shared.money import AMOUNT_MAX
from shared.refusals import Refusal, Refused
from shared.telemetry import metrics

EXPIRE_MAX = 50


@dataclass(frozen=True, slots=True)
class Line:
    """So many pieces of one listing, with what the seller needs to know to deliver them."""

    listing_id: str
    quantity: int
    details: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Checkout:
    """What was placed: one payment number, its orders, and when they expire unpaid."""

    payment_number: str
    orders: tuple[Order, ...]
    due_at: datetime
    at: datetime


async def place(work: OrdersWork, numbers: Numbers, actor: Actor, lines: Sequence[Line]) -> Checkout | Refused:
    """Order every line or none: reserve the stock, snapshot price and terms, start the hour to pay (T1, D1)."""
    if await work.account_statuses.is_suspended(actor.account):
        return Refused(Refusal.ACCOUNT_SUSPENDED)
    merged = _merged(lines)
    wanted = _wanted(merged)
    offers, at = await work.listings.lock_offers(wanted)
    if (refused := _judge(merged, offers, actor.account)) is not None:
        return refused
    assert at is not None
    for listing_id, quantity in wanted.items():
        if not await _enough(work, offers[listing_id], quantity):
            left = offers[listing_id].listing.stock
            return Refused(OrdersRefusal.STOCK_EXHAUSTED, {"listing_id": listing_id, "stock": left})
    for listing_id, quantity in wanted.items():
        await work.listings.take_stock(listing_id, quantity)
    payment, sequence = await work.orders.numbers(len(merged))
    orders = tuple(
        _order(numbers.order(value), numbers.payment(payment), actor.account, line, offers[line.listing_id], at)
        for line, value in zip(merged, sequence, strict=True)
    )
    await work.orders.place(orders, [_entry(order, actor) for order in orders])
    due = deadlines.current(orders[0])
    assert due is not None
    work.outbox.add(*publishers.checkout_events(orders, due.due_at))
    placed = metrics.TRANSITIONS.labels("order", "T1")
    work.on_commit(lambda: placed.inc(len(orders)))
    return Checkout(orders[0].payment_number, orders, due.due_at, at)


def _merged(lines: Sequence[Line]) -> list[Line]:
    """The same listing with the same details twice is one line; other details are another order (rules 3.1)."""
    found: dict[tuple[str, frozenset[tuple[str, str]]], Line] = {}
    for line in lines:
        same = (line.listing_id, frozenset(line.details.items()))
        before = found[same].quantity if same in found else 0
        found[same] = Line(line.listing_id, before + line.quantity, line.details)
    return list(found.values())


def _wanted(lines: Sequence[Line]) -> dict[str, int]:
    """How many pieces of each listing all lines want together."""
    found: Counter[str] = Counter()
    for line in lines:
        found[line.listing_id] += line.quantity
    return found


def _judge(lines: Sequence[Line], offers: Mapping[str, Offer], buyer: str) -> Refused | None:
    known = [offers[line.listing_id] for line in lines if line.listing_id in offers]
    currency = known[0].listing.currency if known else ""
    for line in lines:
        offer = offers.get(line.listing_id)
        for_sale = offer is not None and not offer.suspended
        listing, is_open = (offer.listing, offer.store_open) if offer and for_sale else (None, False)
        if (refusal := orderable(listing, is_open, buyer, line.quantity, currency)) is not None:
            closed = {"listing_id": line.listing_id, "open": False}
            return Refused(refusal, closed if refusal is OrdersRefusal.STORE_CLOSED else {})
    total = sum(offers[line.listing_id].listing.unit_price * line.quantity for line in lines)
    return Refused(Refusal.VALIDATION_FAILED) if total > AMOUNT_MAX else None


async def _enough(work: OrdersWork, offer: Offer, quantity: int) -> bool:
    """Whether the locked stock suffices; when it is short, its overdue unpaid orders expire first (rules 2.2).

    Nothing is taken before every line has enough: a refusal is committed, and must leave the stock as it was.
    """
    if offer.listing.stock >= quantity:
        return True
    freed = 0
    for order, at in await work.orders.lock_overdue_unpaid(offer.listing.listing_id, EXPIRE_MAX):
        await expire_overdue(work, order, at)
        freed += order.quantity
    return offer.listing.stock + freed >= quantity


def _order(number: str, payment_number: str, buyer: str, line: Line, offer: Offer, at: datetime) -> Order:
    listing = offer.listing
    return Order(
        number=number,
        payment_number=payment_number,
        buyer=buyer,
        seller=listing.seller,
        listing_id=listing.listing_id,
        title=listing.title,
        category=str(listing.category),
        quantity=line.quantity,
        unit_price=listing.unit_price,
        amount=listing.unit_price * line.quantity,
        currency=listing.currency,
        delivery_method=str(listing.delivery_method),
        delivery_hours=listing.delivery_hours,
        details=line.details,
        windows=WINDOWS,
        policy_version=POLICY_VERSION,
        placed_at=at,
    )


def _entry(order: Order, actor: Actor) -> Entry:
    return Entry(
        row="T1",
        by_user=actor.user,
        by_role="buyer",
        acting_for=actor.acting_for,
        deadline=None,
        source=None,
        target=str(Status.WAITING_PAYMENT),
        at=order.placed_at,
        recorded_at=order.placed_at,
        why=history.placed(order),
    )

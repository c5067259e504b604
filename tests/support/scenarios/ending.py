"""How a scenario must end: the order, the published events, and where each cent is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.market import Actor, Market

PLACED, PAID, DELIVERED, DONE = "order.placed", "order.paid", "order.delivered", "order.completed"
REFUNDED, PART = "order.refunded", "order.partially_refunded"
FUNDED, RELEASED, BACK = "payment.confirmed", "escrow.released", "escrow.refunded"


@dataclass(frozen=True)
class Ending:
    """How a scenario must end: the order, its events by service, the money, the number of ledger entries."""

    number: str
    payment: str
    status: str
    published: tuple[str, ...]
    payments_published: tuple[str, ...]
    entries: int
    buyer: dict[str, int] = field(default_factory=dict)
    seller: dict[str, int] = field(default_factory=dict)
    disputes_published: tuple[str, ...] = ()


Scenario = Callable[[Market], Awaitable[Ending]]


async def check(market: Market, expected: Ending) -> None:
    """Asserts that nothing is lost and nothing is doubled."""
    await market.settles()
    number, payment = expected.number, expected.payment
    found = Ending(
        number,
        payment,
        await market.buyer.status(number),
        tuple(await market.published(number)),
        (*await market.published(payment, "payments"), *await market.published(number, "payments")),
        len((await market.support.ledger(number))["entries"]),
        await _money(market.buyer),
        await _money(market.seller),
        tuple(await market.published(number, "disputes")),
    )
    assert found == expected, f"\nit should be {expected}\nbut it is   {found}"
    assert await market.published(payment) == ["checkout.placed"]


def ending(order: Any, *result: Any) -> Ending:
    """The expected ending of this order."""
    return Ending(order["number"], order["payment_number"], *result)


async def _money(person: Actor) -> dict[str, int]:
    return {name: amount for name, amount in (await person.wallet()).items() if amount}

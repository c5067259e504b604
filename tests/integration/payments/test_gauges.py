"""What escrow holds, as /metrics shows it, is what the ledger booked into it and not out of it."""

from services.payments.metrics import Gauges
from shared.telemetry import metrics
from tests.integration.payments.books import Books, published_by_orders

CURRENCY = "NZD"  # of no other test in this database


async def gauges_of(books: Books) -> tuple[float | None, float | None]:
    """Escrow and imbalance, looked up now."""
    async with books.database.transaction() as work:
        await Gauges().look(work)
    page, labels = metrics.registry("payments", "test"), {"currency": CURRENCY}
    escrow, imbalance = (page.get_sample_value(f"market_{name}", labels) for name in ("escrow", "ledger_imbalance"))
    return escrow, imbalance


async def test_it_grows_by_what_orders_took_and_falls_by_what_went_back(books: Books) -> None:
    checkout = await books.placed(100_00, 40_00, currency=CURRENCY)
    await books.captures(await books.attempt(checkout))
    await books.consumes(published_by_orders("order.paid", checkout, 0))
    assert await gauges_of(books) == (100_00, 0)
    await books.consumes(published_by_orders("order.paid", checkout, 1))
    assert await gauges_of(books) == (140_00, 0)
    await books.consumes(published_by_orders("order.refunded", checkout, 1, version=3, to_buyer=40_00))
    assert await gauges_of(books) == (100_00, 0)

"""Puts orders together: settings, routes, subscribers and the sweeper."""

import asyncio

from services.orders.api import router
from services.orders.commands.orders import sweep
from services.orders.settings import OrdersSettings
from services.orders.subscribers import subscribers
from services.orders.unit_of_work import OrdersWork
from shared.db.errors import Contention, DatabaseUnavailable
from shared.ids import Numbers
from shared.runtime import Service
from shared.settings import read

SWEEP_SECONDS = 60


def service() -> Service[OrdersWork]:
    """The service, ready to run."""
    settings = read(OrdersSettings)
    orders = Service("orders", settings, OrdersWork, [router], subscribers)
    orders.app.state.numbers = Numbers(bytes.fromhex(settings.number_key.get_secret_value()))
    orders.loops["sweeper"] = lambda: _sweep_for_ever(orders)
    return orders


async def _sweep_for_ever(orders: Service[OrdersWork]) -> None:
    """Once a minute, look for clocks that ran out and did not ring."""
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        try:
            async with orders.database.transaction() as work:
                await sweep(work)
        except (DatabaseUnavailable, Contention):
            continue

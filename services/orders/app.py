"""Puts orders together: settings, routes, subscribers and the sweeper."""

from services.orders import metrics
from services.orders.api import router
from services.orders.commands.orders import sweep
from services.orders.settings import OrdersSettings
from services.orders.subscribers import subscribers
from services.orders.unit_of_work import OrdersWork
from shared.deadlines import sweeping
from shared.service.runtime import Service
from shared.service.settings import read


def service() -> Service[OrdersWork]:
    """The service, ready to run."""
    settings = read(OrdersSettings)
    orders = Service("orders", settings, OrdersWork, [router], subscribers)
    orders.gauges.own = metrics.look
    orders.loops["sweeper"] = sweeping(orders.database, sweep)
    return orders

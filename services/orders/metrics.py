"""Metrics of orders: how many are open, and the money that they hold by its next deadline."""

from collections import Counter

from prometheus_client import Gauge

from services.orders.domain.order import FINAL, Status
from services.orders.unit_of_work import OrdersWork
from shared.telemetry.metrics import OVERDUE_REPUBLISHED, TRANSITIONS, declare, use

use("orders", TRANSITIONS, OVERDUE_REPUBLISHED)

ORDERS_OPEN = declare(
    Gauge,
    "market_orders_open",
    "orders",
    "Orders that have not ended, by status; those that ended are counted by market_transitions_total",
    "status",
    of=("orders",),
)
ORDERS_HELD = declare(
    Gauge,
    "market_orders_held",
    "minor units",
    "Money held for open orders by their next deadline: overdue, in at most 1h, 24h, 72h, later, none (in dispute)",
    "status",
    "due",
    "currency",
    of=("orders",),
)

OPEN = tuple(status for status in Status if status not in FINAL | {Status.EXPIRED})

# Only open orders are read, through orders_due and orders_disputed: an open order has a deadline or is in dispute.
_OPEN = """
with at as materialized (select market_now() as now)
select status, currency, count(*) as orders, sum(held)::bigint as held,
       case when due_at is null then 'none' when due_at <= now then 'overdue'
            when due_at <= now + interval '1 hour' then '1h' when due_at <= now + interval '24 hours' then '24h'
            when due_at <= now + interval '72 hours' then '72h' else 'later' end as due
from orders, at where due_at is not null or status = 'disputed' group by status, currency, due
"""


async def look(work: OrdersWork) -> None:
    """Set the gauges of open orders and of held money, in minor units; a status without orders is 0."""
    rows = await work.sql.fetch(_OPEN)
    count = Counter[str]()
    ORDERS_HELD.clear()
    for row in rows:
        count[row["status"]] += row["orders"]
        if row["held"]:
            ORDERS_HELD.labels(row["status"], row["due"], row["currency"]).set(row["held"])
    for status in OPEN:
        ORDERS_OPEN.labels(status).set(count[status])

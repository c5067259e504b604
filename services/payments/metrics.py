"""Gauges of payments: unmatched items, what escrow holds, and whether the ledger is balanced."""

from prometheus_client import Gauge

from services.payments.unit_of_work import PaymentsWork
from shared.clock import monotonic
from shared.telemetry.metrics import TRANSITIONS, declare, use

use("payments", TRANSITIONS)

LEDGER_IMBALANCE = declare(
    Gauge,
    "market_ledger_imbalance",
    "minor units",
    "Sum of all postings, looked up once a minute; anything but 0 is money made or lost",
    "currency",
    of=("payments",),
)
ESCROW = declare(
    Gauge, "market_escrow", "minor units", "What escrow holds, looked up once a minute", "currency", of=("payments",)
)
UNMATCHED_OPEN = declare(
    Gauge,
    "market_unmatched_open",
    "items",
    "Captures and charge-backs that fit no payment and wait for support",
    of=("payments",),
)

TOTALS_SECONDS = 60.0

_UNMATCHED = "select count(*) from unmatched_items where resolved_at is null"
_TOTALS = """
select currency, sum(amount)::bigint as imbalance,
       coalesce(sum(amount) filter (where kind = 'escrow'), 0)::bigint as escrow
from postings p join accounts a on a.id = p.account_id group by currency
"""


class Gauges:
    """Counts unmatched items at every scrape; sums the ledger, which takes longer, once a minute."""

    def __init__(self) -> None:
        self._summed_at = -TOTALS_SECONDS

    async def look(self, work: PaymentsWork) -> None:
        """Set the gauges; every currency that was ever booked has a value, also when it is 0."""
        UNMATCHED_OPEN.set(await work.sql.fetchval(_UNMATCHED))
        if monotonic() - self._summed_at < TOTALS_SECONDS:
            return
        for row in await work.sql.fetch(_TOTALS):
            LEDGER_IMBALANCE.labels(row["currency"]).set(row["imbalance"])
            ESCROW.labels(row["currency"]).set(row["escrow"])
        self._summed_at = monotonic()

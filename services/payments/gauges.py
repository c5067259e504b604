"""What operators watch of payments: money nobody could place, what escrow holds, and whether the ledger is balanced."""

from services.payments.unit_of_work import PaymentsWork
from shared.clock import monotonic
from shared.telemetry import metrics

TOTALS_SECONDS = 60.0

_UNMATCHED = "select count(*) from unmatched_items where resolved_at is null"
_TOTALS = """
select currency, sum(amount)::bigint as imbalance,
       coalesce(sum(amount) filter (where kind = 'escrow'), 0)::bigint as escrow
from postings p join accounts a on a.id = p.account_id group by currency
"""


class Gauges:
    """Counts unmatched items at every scrape (index unmatched_items_open); adds the ledger up once a minute."""

    def __init__(self) -> None:
        self._added_up_at = -TOTALS_SECONDS

    async def look(self, work: PaymentsWork) -> None:
        """Set the gauges; each currency that was ever booked has its values, also when they are 0."""
        metrics.UNMATCHED_OPEN.set(await work.sql.fetchval(_UNMATCHED))
        if monotonic() - self._added_up_at < TOTALS_SECONDS:
            return
        for row in await work.sql.fetch(_TOTALS):
            metrics.LEDGER_IMBALANCE.labels(row["currency"]).set(row["imbalance"])
            metrics.ESCROW.labels(row["currency"]).set(row["escrow"])
        self._added_up_at = monotonic()

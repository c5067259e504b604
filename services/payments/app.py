"""Wiring: everything that the payments service is made of."""

from services.payments.api import router
from services.payments.settings import PaymentsSettings
from services.payments.subscribers import subscribers
from services.payments.unit_of_work import PaymentsWork
from shared.clock import monotonic
from shared.runtime import Service
from shared.settings import read
from shared.telemetry import metrics

PROVE_SECONDS = 60.0


def service() -> Service[PaymentsWork]:
    """The service as its environment describes it."""
    settings = read(PaymentsSettings)
    payments = Service("payments", settings, PaymentsWork, [router], subscribers)
    payments.gauges.own = Books().look
    return payments


class Books:
    """Adds the whole ledger up for the metrics, but not at every scrape: it only grows."""

    def __init__(self) -> None:
        self._proved_at = -PROVE_SECONDS

    async def look(self, work: PaymentsWork) -> None:
        """Tell what does not sum to zero; one currency each, also when it does."""
        if monotonic() - self._proved_at < PROVE_SECONDS:
            return
        for currency, amount in (await work.ledger.imbalance()).items():
            metrics.LEDGER_IMBALANCE.labels(currency).set(amount)
        self._proved_at = monotonic()

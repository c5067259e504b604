"""Wiring: everything that the payments service is made of."""

from services.payments.api import router
from services.payments.gauges import Gauges
from services.payments.settings import PaymentsSettings
from services.payments.subscribers import subscribers
from services.payments.unit_of_work import PaymentsWork
from shared.runtime import Service
from shared.settings import read


def service() -> Service[PaymentsWork]:
    """The service as its environment describes it."""
    settings = read(PaymentsSettings)
    payments = Service("payments", settings, PaymentsWork, [router], subscribers)
    payments.gauges.own = Gauges().look
    return payments

"""Puts payments together: settings, routes, subscribers and providers; in a sandbox also the built-in provider."""

from functools import partial

from services.payments.api import router
from services.payments.arrivals import Arrivals
from services.payments.metrics import Gauges
from services.payments.poller import Poller
from services.payments.providers import PayIn, ProviderRegistry
from services.payments.repository.payments import COUNT_UNKNOWN
from services.payments.settings import PaymentsSettings
from services.payments.subscribers import build
from services.payments.unit_of_work import PaymentsWork
from shared.service.due import DueWork
from shared.service.runtime import Service
from shared.service.settings import read

POLL_SECONDS = 5.0


def service() -> Service[PaymentsWork]:
    """The service, ready to run."""
    settings = read(PaymentsSettings)
    arrivals, providers = Arrivals(), list[PayIn]()
    payments = Service("payments", settings, PaymentsWork, [router], build(arrivals))
    if settings.sandbox:
        from services.payments.sandbox.api import gift_cards
        from services.payments.sandbox.api import router as sandbox_router
        from services.payments.sandbox.bank import COUNT_LATE, Bank
        from services.payments.sandbox.clerk import Clerk
        from services.payments.sandbox.provider import SandboxProvider

        sandbox = SandboxProvider(settings.sandbox_secrets, settings.public_url, Bank(payments.database))
        providers.append(sandbox)
        clerk = Clerk(sandbox)
        payments.app.include_router(sandbox_router(clerk))
        act = partial(clerk.send_late, payments.in_flight)
        payments.due.append(DueWork("late_messages", COUNT_LATE, act, POLL_SECONDS))
        payments.app.include_router(gift_cards(settings.pins))
    registry = ProviderRegistry({each.name: each for each in providers})
    payments.app.state.arrivals, payments.app.state.providers = arrivals, registry
    poller = Poller(payments.database, registry, payments.in_flight)
    payments.due.append(DueWork("poller", COUNT_UNKNOWN, poller.act, POLL_SECONDS))
    payments.gauges.own = Gauges().look
    return payments

"""Puts payments together: settings, routes, subscribers and providers; in a sandbox also the built-in provider."""

from services.payments.api import router
from services.payments.arrivals import Arrivals
from services.payments.metrics import Gauges
from services.payments.providers import Provider, ProviderRegistry
from services.payments.settings import PaymentsSettings
from services.payments.subscribers import build
from services.payments.unit_of_work import PaymentsWork
from shared.service.runtime import Service
from shared.service.settings import read


def service() -> Service[PaymentsWork]:
    """The service, ready to run."""
    settings = read(PaymentsSettings)
    arrivals, routers, providers = Arrivals(), [router], list[Provider]()
    if settings.sandbox:
        from services.payments.sandbox.api import router as sandbox_router
        from services.payments.sandbox.provider import SandboxProvider

        sandbox = SandboxProvider(settings.sandbox_secrets, settings.public_url)
        providers.append(sandbox)
        routers.append(sandbox_router(sandbox))
    payments = Service("payments", settings, PaymentsWork, routers, build(arrivals))
    payments.app.state.arrivals = arrivals
    payments.app.state.providers = ProviderRegistry({each.name: each for each in providers})
    payments.gauges.own = Gauges().look
    return payments

"""What the routes of payments share: the installation's providers and settings, and who waits in this instance."""

from typing import Annotated

from fastapi import Depends, Request

from services.payments.arrivals import Arrivals
from services.payments.providers import ProviderRegistry
from services.payments.settings import PaymentsSettings


async def _providers(request: Request) -> ProviderRegistry:
    """The providers of this installation."""
    providers: ProviderRegistry = request.app.state.providers
    return providers


async def _settings(request: Request) -> PaymentsSettings:
    settings: PaymentsSettings = request.app.state.settings
    return settings


async def wait_until_known(request: Request, payment_number: str) -> None:
    """Wait at most 2 s until the payment of the path has arrived here."""
    arrivals: Arrivals = request.app.state.arrivals
    await arrivals.wait(request.app.state.database, request.state.caller.sub, payment_number)


Providers = Annotated[ProviderRegistry, Depends(_providers)]
Settings = Annotated[PaymentsSettings, Depends(_settings)]

"""What the routes of payments share: the installation's providers, and the wait for a payment that is on its way."""

from typing import Annotated

from fastapi import Depends, Request

from services.payments.arrivals import Arrivals
from services.payments.providers import ProviderRegistry


async def _providers(request: Request) -> ProviderRegistry:
    """The providers of this installation."""
    providers: ProviderRegistry = request.app.state.providers
    return providers


async def wait_until_known(request: Request, payment_number: str) -> None:
    """Wait at most 2 s until the payment of the path has arrived here."""
    arrivals: Arrivals = request.app.state.arrivals
    await arrivals.wait(request.app.state.database, request.state.caller.sub, payment_number)


Providers = Annotated[ProviderRegistry, Depends(_providers)]

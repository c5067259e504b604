"""A service dies between any two steps of its work; nothing is lost, nothing is doubled, and the answer is the same."""

from collections.abc import AsyncIterator, Iterable

import httpx2
import pytest
from fastapi import APIRouter, FastAPI

from deploy.local.stack import Stack
from services.orders.api import router as orders
from services.payments.api import router as payments
from services.scheduler.api import router as scheduler
from shared.messaging.topology import HEARS, says
from tests.support.crash_cases import ANSWERED, HEARD, SAID, UNSAID, Case, a_choice, every
from tests.support.effort import EFFORT
from tests.support.insisting import InsistingMarket
from tests.support.lives import check, prove_books
from tests.support.mortal import Mortal, mortal_services

CASES = every() if EFFORT > 1 else a_choice()
UNKEYED = ("POST /v1/sandbox/payments/{attempt_id}",)
"""Sends a webhook and does nothing else."""


@pytest.fixture(scope="module")
async def mortals(stack: Stack) -> AsyncIterator[dict[str, Mortal]]:
    async with mortal_services(stack) as running:
        yield running


class TestAServiceDies:
    @pytest.mark.parametrize("case", CASES, ids=str)
    async def test_and_the_life_ends_as_if_it_had_not(
        self, stack: Stack, mortals: dict[str, Mortal], case: Case
    ) -> None:
        async with httpx2.AsyncClient() as client:
            market = InsistingMarket(stack, client)
            await market.starts()
            async with mortals[case.service].dies(case.kind, case.point, case.subject):
                ending = await case.life(market)
                await check(market, ending)
            await market.ask_all_again()
            await check(market, ending)
        if EFFORT > 1:
            await prove_books(stack)

    async def test_and_the_books_hold(self, stack: Stack) -> None:
        await prove_books(stack)


class TestEveryHandlerHasALifeThatLeadsThere:
    def test_messages(self) -> None:
        assert set(HEARD) == {(service, kind.name) for service, kinds in HEARS.items() for kind in kinds}

    def test_events(self) -> None:
        assert set(SAID) | UNSAID == {(service, kind.name) for service in HEARS for kind in says(service)}

    def test_commands(self) -> None:
        routes = {"orders": orders, "payments": payments, "scheduler": scheduler}
        assert set(ANSWERED) == {
            (service, name) for service, router in routes.items() for name in commands(router) if name not in UNKEYED
        }


def commands(router: APIRouter) -> Iterable[str]:
    app = FastAPI()
    app.include_router(router)
    for path, methods in app.openapi()["paths"].items():
        yield from (f"{method.upper()} {path}" for method in methods if method != "get")

"""A service dies between any two steps of its work; nothing is lost, nothing is doubled, and the answer is the same."""

import importlib
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack

import pytest
from fastapi import FastAPI

from deploy.services import SERVICES
from deploy.stack import Stack
from shared.http import ops
from shared.messaging.topology import SUBSCRIPTIONS, publishes
from tests.scenarios.steps import placed
from tests.support.crash.cases import ANSWERED, CONSUMED, PUBLISHED, Case, a_choice, alone, every, merged
from tests.support.crash.crashable import Crashable, crashable_services
from tests.support.crash.retrying import RetryingMarket
from tests.support.effort import EFFORT
from tests.support.market import Market
from tests.support.messages.poison import bug, captured, its_time_is_now, until_failed
from tests.support.plain import plain_client
from tests.support.proof import prove_books
from tests.support.scenarios.ending import check

DEATHS = alone(every()) if EFFORT > 1 else merged(a_choice())
UNKEYED = ("POST /v1/sandbox/payments/{attempt_id}",)
"""Sends a webhook and does nothing else."""


@pytest.fixture(scope="module")
async def crashables(stack: Stack) -> AsyncIterator[dict[str, Crashable]]:
    async with crashable_services(stack) as running:
        yield running


def name(deaths: tuple[Case, ...]) -> str:
    return "+".join([deaths[0].scenario.__name__, *map(str, deaths)])


class TestAServiceDies:
    @pytest.mark.parametrize("deaths", DEATHS, ids=name)
    async def test_and_the_order_ends_as_if_it_had_not(
        self, stack: Stack, crashables: dict[str, Crashable], deaths: tuple[Case, ...]
    ) -> None:
        async with plain_client() as client:
            market = RetryingMarket(stack, client)
            await market.starts()
            async with AsyncExitStack() as dying:
                for service in sorted({case.service for case in deaths}):
                    points = [(case.kind, case.point, case.subject) for case in deaths if case.service == service]
                    market.may_send.append(await dying.enter_async_context(crashables[service].dies(*points)))
                ending = await deaths[0].scenario(market)
                await check(market, ending)
            await market.repeat_all()
            await check(market, ending)
        if EFFORT > 1:
            await prove_books(stack)

    @pytest.mark.parametrize("point", ["taken", "before_commit", "after_commit"])
    async def test_while_it_tries_a_failed_message_again(
        self, market: Market, crashables: dict[str, Crashable], point: str
    ) -> None:
        order = await placed(market)
        async with bug(market, "orders", "orders", f"new.number = '{order['number']}'"):
            message_id = await captured(market, order)
            await until_failed(market, "orders", message_id, "waiting")
        async with crashables["orders"].dies(("message", point, "payment.confirmed")):
            await its_time_is_now(market, "orders", message_id)
        await its_time_is_now(market, "orders", message_id)
        await until_failed(market, "orders", message_id, "handled")
        await market.settles()
        assert await market.published(order["number"]) == ["order.placed", "order.paid"]
        assert (await market.buyer.wallet())["in_escrow"] == 100_00

    async def test_and_the_books_hold(self, stack: Stack) -> None:
        await prove_books(stack)


class TestSeveralCrashesInOneScenario:
    def test_every_death_is_in_one_scenario_and_a_service_dies_at_a_request_once(self) -> None:
        groups = merged(a_choice())
        assert sorted(str(case) + case.scenario.__name__ for group in groups for case in group) == sorted(
            str(case) + case.scenario.__name__ for case in a_choice()
        )
        assert all(len({case.scenario for case in group}) == 1 for group in groups)


class TestEveryHandlerHasAScenarioThatLeadsThere:
    def test_messages(self) -> None:
        assert set(CONSUMED) == {(service, kind.name) for service, kinds in SUBSCRIPTIONS.items() for kind in kinds}

    def test_events(self) -> None:
        assert set(PUBLISHED) == {(service, kind.name) for service in SUBSCRIPTIONS for kind in publishes(service)}

    def test_commands(self) -> None:
        found = {(service, name) for service in SERVICES for name in commands(service)}
        assert set(ANSWERED) == {(service, name) for service, name in found if name not in UNKEYED}


def commands(service: str) -> Iterable[str]:
    app = FastAPI()
    app.include_router(importlib.import_module(f"services.{service}.api").router)
    app.include_router(ops.router(service))
    for path, methods in app.openapi()["paths"].items():
        yield from (f"{method.upper()} {path}" for method in methods if method != "get")

"""The metrics that every service exports about a life cycle, and that docs/metrics.md has the same names."""

import asyncio
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from deploy.services import SERVICES
from deploy.stack import Stack
from tests.scenarios.steps import disputed, paid, placed
from tests.support.market import Market
from tests.support.plain import plain_client

PAGE = Path(__file__).resolve().parents[2] / "docs" / "metrics.md"
VALUES_MAX = 60
"""A label with more values than this would not be low in number."""

Samples = Mapping[str, float]
"""Values by name and labels, e.g. market_transitions_total{life_cycle=order,row=T3}."""


async def scrape(stack: Stack, service: str) -> Samples:
    """All metrics of a service now."""
    async with plain_client() as client:
        answer = await client.get(f"http://127.0.0.1:{stack.ports[service]}/metrics", timeout=5)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = text_string_to_metric_families(answer.text)
    return {_name(sample.name, sample.labels): sample.value for each in families for sample in each.samples}


def _name(name: str, labels: Mapping[str, str]) -> str:
    inside = ",".join(f"{label}={value}" for label, value in sorted(labels.items()))
    return f"{name}{{{inside}}}" if inside else name


def grown(before: Samples, after: Samples, pattern: str) -> dict[str, float]:
    """What has grown between two scrapes, of the samples whose name fits the pattern."""
    fits = re.compile(pattern)
    return {name: more for name, value in after.items() if fits.match(name) and (more := value - before.get(name, 0))}


def families(samples: Samples) -> set[str]:
    """The names of our metrics as the page writes them."""
    parts = re.compile(r"_(bucket|sum|count)$")
    return {parts.sub("", name.partition("{")[0]) for name in samples if name.startswith("market_")}


def documented(service: str) -> dict[str, bool]:
    """The names that the page says this service tells, and whether they have labels: then it may have told none yet."""
    found: dict[str, bool] = {}
    for section in PAGE.read_text().split("\n## ")[1:]:
        title, _, text = section.partition("\n")
        if title == "Every service" or service in title.removeprefix("Only ").split(" and "):
            rows = re.findall(r"^\| `(market_[a-z_]+)` \| [^|]* \| [^|]* \| ([^|]*) \|", text, re.MULTILINE)
            found |= {name: bool(labels.strip()) for name, labels in rows}
    return found


async def lifecycle(market: Market) -> str:
    """A whole life: ordered, paid, delivered, confirmed; answers the order's number."""
    checkout = await market.buyer.orders(await market.seller.lists())
    await market.buyer.pays(checkout["payment_number"])
    number: str = checkout["orders"][0]["number"]
    (await market.seller.delivers(number)).ok()
    (await market.buyer.confirms(number)).ok()
    return number


async def until(stack: Stack, expected: Samples, service: str = "scheduler") -> Samples:
    """A scrape that tells these values; looks shortly after one another share what they saw."""
    async with asyncio.timeout(5):
        while expected.items() - (found := await scrape(stack, service)).items():
            await asyncio.sleep(0.05)
    return found


@asynccontextmanager
async def locked(stack: Stack, database: str, table: str) -> AsyncIterator[None]:
    """Inside, whoever asks for this table waits."""
    connection = await asyncpg.connect(stack.admin_dsn(database))
    try:
        async with connection.transaction():
            await connection.execute(f"lock table {table} in access exclusive mode")
            yield
    finally:
        await connection.close()


class TestIsThePageTrue:
    @pytest.mark.parametrize("service", SERVICES)
    async def test_it_names_what_a_service_exports_and_nothing_else(
        self, market: Market, stack: Stack, service: str
    ) -> None:
        await lifecycle(market)
        seen = families(await scrape(stack, service))
        page = documented(service)
        assert seen - set(page) == set()
        assert {name for name, may_be_silent in page.items() if name not in seen and not may_be_silent} == set()

    @pytest.mark.parametrize("service", SERVICES)
    async def test_labels_are_few_and_hold_no_ids(self, market: Market, stack: Stack, service: str) -> None:
        number = await lifecycle(market)
        samples = await scrape(stack, service)
        assert [name for name in samples if number in name or market.buyer.name in name] == []
        assert [name for name in samples if re.search(r"=[^,}]*([KP]\d{10}|[0-9a-f]{8}-[0-9a-f]{4})", name)] == []
        values: dict[str, set[str]] = defaultdict(set)
        for name in samples:
            for label, value in re.findall(r"[{,]([a-z_]+)=([^,}]*)", name):
                values[f"{name.partition('{')[0]} {label}"].add(value)
        assert {label: found for label, found in values.items() if len(found) > VALUES_MAX} == {}


class TestWhatMovesInALifeCycle:
    async def test_orders_counts_its_rows_and_its_commands_with_their_times(self, market: Market, stack: Stack) -> None:
        before = await scrape(stack, "orders")
        await lifecycle(market)
        after = await scrape(stack, "orders")
        rows = {f"market_transitions_total{{life_cycle=order,row={row}}}": 1.0 for row in ("T1", "T3", "T7", "T15")}
        assert grown(before, after, "market_transitions_total") == rows
        acts = {
            "PUT /v1/listings/{listing_id}",
            "POST /v1/checkouts",
            *(f"POST /v1/orders/{{number}}/{b}" for b in ("deliver", "confirm")),
        }
        seen = {f"market_commands_total{{code=ok,route={route}}}": 1.0 for route in acts}
        assert grown(before, after, "market_commands_total") == seen
        assert sum(grown(before, after, "market_command_seconds_count").values()) == len(acts)

    async def test_payments_counts_the_attempt_the_capture_and_what_it_consumed(
        self, market: Market, stack: Stack
    ) -> None:
        before = await scrape(stack, "payments")
        await lifecycle(market)
        after = await scrape(stack, "payments")
        steps = grown(before, after, "market_transitions_total")
        expected = ("attempt,row=begin", "attempt,row=capture", "capture,row=offered")
        assert steps == {f"market_transitions_total{{life_cycle={step}}}": 1.0 for step in expected}
        handled = grown(before, after, "market_events_handled_total.*outcome=handled")
        events = ("checkout.placed", "order.paid", "order.completed")
        assert {f"market_events_handled_total{{event={event},outcome=handled}}" for event in events} <= set(handled)
        assert grown(before, after, "market_outbox_relayed_total{result=published}") != {}
        assert {value for name, value in after.items() if name.startswith("market_ledger_imbalance")} == {0.0}

    async def test_the_scheduler_counts_timers_that_are_pending_and_those_that_fired(
        self, market: Market, stack: Stack
    ) -> None:
        before = await scrape(stack, "scheduler")
        await market.buyer.orders(await market.seller.lists())
        waiting = await until(stack, {"market_timers_pending": before["market_timers_pending"] + 1})
        await market.at("01:00:00")
        after = await until(stack, {"market_timers_overdue": 0, "market_timers_overdue_seconds": 0})
        assert sum(grown(waiting, after, "market_timer_lateness_seconds_count").values()) >= 1

    async def test_a_refusal_is_counted_by_its_code(self, market: Market, stack: Stack) -> None:
        before = await scrape(stack, "orders")
        await market.nobody.gets("/orders")
        await market.buyer.posts("/checkouts", {"lines": []})
        assert (await market.buyer.posts("/orders/K0000000000/confirm")).code == "order_not_found"
        after = await scrape(stack, "orders")
        codes = ("unauthenticated", "validation_failed")
        refused = {f"market_requests_refused_total{{code={code}}}": 1.0 for code in codes}
        assert grown(before, after, "market_requests_refused_total") == refused
        assert list(grown(before, after, "market_commands_total.*code=order_not_found").values()) == [1.0]


class TestWhatOperatorsWatch:
    async def test_open_orders_and_their_money_by_the_next_deadline(self, market: Market, stack: Stack) -> None:
        case = await disputed(market)
        await market.settles()
        before, cases = await scrape(stack, "orders"), await scrape(stack, "disputes")
        await placed(market, 1_00)
        await paid(market, 20_00)
        (await market.seller.agrees(case["number"])).ok()
        await market.settles()
        changes = {"waiting_payment": 1, "waiting_delivery": 1, "disputed": -1}
        wanted = {f"market_orders_open{{status={status}}}": change for status, change in changes.items()}
        after = await until(stack, {name: before[name] + change for name, change in wanted.items()}, "orders")
        assert grown(before, after, "market_orders_open") == wanted
        held = "market_orders_held{currency=MYR,due="
        moved = grown(before, {held + "none,status=disputed}": 0, **after}, "market_orders_held")
        assert moved == {held + "72h,status=waiting_delivery}": 20_00, held + "none,status=disputed}": -100_00}
        await until(stack, {"market_cases_open": cases["market_cases_open"] - 1}, "disputes")

    async def test_money_that_fits_no_payment(self, market: Market, stack: Stack) -> None:
        before = await scrape(stack, "payments")
        order = await placed(market)
        attempt = (await market.buyer.attempts(order["payment_number"])).ok()["attempt_id"]
        await market.buyer.captures(attempt, amount={"amount": 90_00, "currency": "MYR"})
        await until(stack, {"market_unmatched_open": before["market_unmatched_open"] + 1}, "payments")


class TestTheStateOfAService:
    @pytest.mark.parametrize("service", SERVICES)
    async def test_when_idle_nothing_waits_and_everything_is_connected(
        self, market: Market, stack: Stack, service: str
    ) -> None:
        await market.settles()
        seen = await scrape(stack, service)
        still = ("outbox_unpublished", "outbox_oldest_seconds", "messages_waiting", "pool_waiting")
        assert {name: seen[f"market_{name}"] for name in still} == dict.fromkeys(still, 0)
        parked = await market.sql(service, "select count(*) from kept_messages where state = 'parked'")
        assert seen["market_messages_parked"] == parked[0]["count"]
        assert (seen["market_broker_up"], seen["market_relay_active"]) == (1, 1)
        assert seen["market_pool_in_use"] <= seen["market_pool_size"]
        assert seen[f"market_build_info{{service={service},version=0.1.0}}"] == 1

    async def test_a_scrape_does_not_wait_for_a_database_that_does_not_answer(
        self, market: Market, stack: Stack
    ) -> None:
        await market.settles()
        ages: list[float] = []
        async with locked(stack, "orders", "kept_messages"), asyncio.timeout(10):
            while not ages or ages[-1] < 2:
                seen = await scrape(stack, "orders")
                ages.append(seen["market_gauges_age_seconds"])
                assert seen["market_outbox_unpublished"] == 0
        assert ages == sorted(ages)
        await market.settles()
        assert (await scrape(stack, "orders"))["market_gauges_age_seconds"] < 1

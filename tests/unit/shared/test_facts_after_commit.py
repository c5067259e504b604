"""A command logs only committed facts: a transaction that is rolled back, or tried again, leaves no line."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from structlog.testing import capture_logs

from shared.db.errors import DatabaseUnavailable
from shared.db.unit_of_work import Database, UnitOfWork


class Driver:
    """A connection whose transactions hold nothing; its commit fails when it is told to."""

    fails = False

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        yield
        if self.fails:
            raise ConnectionResetError


class OnDriver(Database[UnitOfWork]):
    driver = Driver()

    @asynccontextmanager
    async def _driver(self) -> AsyncIterator[tuple[Any, None]]:
        yield self.driver, None


@pytest.fixture
def database() -> OnDriver:
    return OnDriver("postgresql://nobody@127.0.0.1:1/none", "orders", UnitOfWork)


async def test_a_fact_is_logged_after_the_commit(database: OnDriver) -> None:
    with capture_logs() as lines:
        async with database.transaction() as work:
            work.log("order.transition", row="T7")
            work.log_warning("charge_back.loss", amount=5)
            assert lines == []
    assert lines == [
        {"event": "order.transition", "log_level": "info", "row": "T7"},
        {"event": "charge_back.loss", "log_level": "warning", "amount": 5},
    ]


async def act(database: OnDriver, fault: Exception | None = None) -> None:
    async with database.transaction() as work:
        work.log("order.transition", row="T7")
        if fault is not None:
            raise fault


async def test_what_is_rolled_back_is_not_logged(database: OnDriver) -> None:
    with capture_logs() as lines, pytest.raises(ZeroDivisionError):
        await act(database, ZeroDivisionError())
    assert lines == []


async def test_nor_what_could_not_be_committed(database: OnDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Driver, "fails", True)
    with capture_logs() as lines, pytest.raises(DatabaseUnavailable):
        await act(database)
    assert lines == []

"""What the log says of a message that can't be handled: enough to find its request, its thing and what is wrong."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.testing import LogCapture

from shared.contracts.orders import OrderPaid
from shared.db.unit_of_work import Database, UnitOfWork
from shared.messaging.inbox import Inbox, Incoming, Outcome, Subscribers
from tests.tidy.house import ROOT

HEADERS = {"ce-type": "order.paid", "ce-subject": "K1", "ce-correlationid": "request-1"}
PAID = Path(ROOT, "tests/contracts/golden/order.paid.json").read_bytes()


class Driver:
    """A connection that takes every row."""

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        yield

    async def fetchval(self, *_: object) -> bool:
        return True

    async def execute(self, *_: object) -> None: ...


class OnDriver(Database[UnitOfWork]):
    @asynccontextmanager
    async def _driver(self) -> AsyncIterator[tuple[Any, None]]:
        yield Driver(), None


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    capture, before = LogCapture(), structlog.get_config()["processors"]
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, capture])
    yield capture.entries
    structlog.configure(processors=before)


@pytest.fixture
def inbox() -> Inbox[UnitOfWork]:
    subscribers = Subscribers[UnitOfWork]()

    @subscribers.listen(OrderPaid)
    async def on_order_paid(_event: OrderPaid, _work: UnitOfWork) -> None:
        raise ZeroDivisionError("a bug")

    return Inbox(OnDriver("postgresql://nobody@127.0.0.1:1/none", "payments", UnitOfWork), subscribers)


async def test_a_parked_message_says_in_words_what_is_wrong_where(inbox: Inbox[UnitOfWork], logged: list[Any]) -> None:
    message = Incoming("payments.events", "m-1", b'{"number": 7}', HEADERS)
    assert await inbox.take(message) == Outcome.PARKED
    (line,) = logged
    about = ("event", "event_name", "message_id", "subject", "request_id")
    assert [line[name] for name in about] == ["message.parked", "order.paid", "m-1", "K1", "request-1"]
    assert line["reason"].startswith("Malformed: /")
    assert "/number: Input should be a valid string" in line["reason"]


async def test_a_body_that_is_no_json_is_wrong_as_a_whole(inbox: Inbox[UnitOfWork], logged: list[Any]) -> None:
    await inbox.take(Incoming("payments.events", "m-1", b"nonsense", HEADERS))
    assert logged[0]["reason"].startswith("Malformed: the body: Invalid JSON")


async def test_a_failed_message_is_found_by_its_request(inbox: Inbox[UnitOfWork], logged: list[Any]) -> None:
    assert await inbox.take(Incoming("payments.events", "m-1", PAID, HEADERS)) == Outcome.FAILED
    (line,) = logged
    assert (line["event"], line["request_id"], line["subject"]) == ("message.failed", "request-1", "K1")
    assert line["reason"] == "ZeroDivisionError: a bug"

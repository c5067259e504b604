"""Only a confirm counts as published: what is nacked, returned or missed by a consumer stays in the outbox."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, cast
from uuid import uuid4

import pytest
from aio_pika.exceptions import DeliveryError, PublishError
from aiormq.abc import DeliveredMessage
from pamqp.commands import Basic
from pamqp.header import ContentHeader

from shared.clock import monotonic
from shared.db import retention
from shared.messaging import relay as module
from shared.messaging.bindings import Bindings
from shared.messaging.relay import Relay
from shared.messaging.topology import bindings

ONE, TWO = ("payments.events", "order.completed"), ("disputes.events", "order.completed")

NOWHERE = Basic.Return(312, "NO_ROUTE", "market.events", "order.completed")
RETURNED = PublishError(DeliveredMessage(NOWHERE, ContentHeader(), b"", cast("Any", None)), NOWHERE)


class Exchange:
    """Answers each publish as the test wants."""

    def __init__(self, answer: Callable[[], object]) -> None:
        self._answer = answer
        self.published: list[str] = []
        self.mandatory: list[bool] = []

    async def publish(self, _message: object, routing_key: str, *, mandatory: bool) -> object:
        self.published.append(routing_key)
        self.mandatory.append(mandatory)
        return self._answer()


class Outbox:
    """A session that holds some unpublished rows and remembers what became of them."""

    def __init__(self, *ids: int, attempts: int = 0) -> None:
        self.rows = [row(number, attempts) for number in ids]
        self.marked: list[int] = []
        self.failed: dict[int, str] = {}
        self.others: list[tuple[str, Sequence[Any]]] = []

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        yield

    async def fetchval(self, _query: str) -> bool:
        return bool(self.rows)

    async def fetch(self, _query: str, limit: int) -> list[dict[str, Any]]:
        return self.rows[:limit]

    async def execute(self, query: str, *values: Any) -> None:
        if query == module._MARK:
            self.marked += values[0]
        elif query == module._FAIL:
            self.failed |= dict(zip(values[0], values[1], strict=True))
        else:
            self.others.append((query, values))


def row(number: int, attempts: int) -> dict[str, Any]:
    texts = {"event": "order.completed", "routing_key": "order.completed", "subject": "K", "body": "{}"}
    ids = {"id": number, "message_id": uuid4(), "sequence": 1, "attempts": attempts, "correlation_id": "c"}
    return {**texts, **ids, "traceparent": None, "causation_id": None, "happened_at": datetime.now(UTC)}


def raising(error: Exception) -> Callable[[], object]:
    def answer() -> object:
        raise error

    return answer


def watching(*missing: tuple[str, str]) -> Bindings:
    found = Bindings("orders", None)
    found.found(set(bindings()) - set(missing), [queue for queue, _ in bindings()], monotonic())
    return found


async def sent(outbox: Outbox, exchange: Exchange, watch: Bindings | None = None) -> Relay:
    relay = Relay("orders", "", "", watch)
    await relay._mind_bindings(cast("Any", outbox))
    await relay._round(cast("Any", outbox), cast("Any", exchange))
    return relay


class TestOnlyAConfirmCounts:
    async def test_what_is_confirmed_is_published(self) -> None:
        outbox = Outbox(1, 2)
        relay = await sent(outbox, Exchange(Basic.Ack))
        assert (outbox.marked, outbox.failed, relay.published_total) == ([1, 2], {}, 2)

    @pytest.mark.parametrize(
        ("answer", "fault"),
        [
            (Basic.Nack, "not confirmed: Nack"),
            (Basic.Reject, "not confirmed: Reject"),
            (lambda: None, "not confirmed: NoneType"),
            (raising(DeliveryError(None, Basic.Nack())), "DeliveryError"),
            (raising(RETURNED), "PublishError"),
        ],
    )
    async def test_what_is_nacked_or_returned_stays_with_its_fault(
        self, answer: Callable[[], object], fault: str
    ) -> None:
        outbox = Outbox(1)
        relay = await sent(outbox, Exchange(answer))
        assert (outbox.marked, relay.published_total) == ([], 0)
        assert fault in outbox.failed[1]

    async def test_the_others_of_the_batch_are_published(self) -> None:
        answers = iter([Basic.Nack(), Basic.Ack(), Basic.Ack()])
        outbox = Outbox(1, 2, 3)
        await sent(outbox, Exchange(lambda: next(answers)))
        assert (outbox.marked, list(outbox.failed)) == ([2, 3], [1])

    async def test_a_lost_connection_is_nobody_s_fault_and_ends_the_round(self) -> None:
        outbox = Outbox(1)
        with pytest.raises(ConnectionResetError):
            await sent(outbox, Exchange(raising(ConnectionResetError())))
        assert (outbox.marked, outbox.failed) == ([], {})

    async def test_an_event_that_somebody_consumes_may_not_be_dropped_silently(self) -> None:
        exchange = Exchange(Basic.Ack)
        await sent(Outbox(1), exchange)
        assert exchange.mandatory == [True]


class TestAConsumerIsNotBound:
    async def test_the_event_is_held_back_and_names_who_would_miss_it(self) -> None:
        outbox, exchange = Outbox(1), Exchange(Basic.Ack)
        await sent(outbox, exchange, watching(ONE))
        assert (outbox.marked, exchange.published) == ([], [])
        assert outbox.failed == {1: "NotRouted: not bound to order.completed: payments.events"}

    async def test_what_is_missing_elsewhere_holds_nothing_back(self) -> None:
        outbox = Outbox(1)
        await sent(outbox, Exchange(Basic.Ack), watching(("orders.events", "payment.confirmed")))
        assert outbox.marked == [1]

    async def test_what_was_published_since_it_was_last_seen_is_published_again(self) -> None:
        watch, outbox = watching(), Outbox()
        watch.seen_at[ONE] = watch.seen_at[TWO] = monotonic() - 10
        watch.missing = frozenset({ONE, TWO})
        relay = await sent(outbox, Exchange(Basic.Ack), watch)
        ((query, (keys, seconds)),) = outbox.others
        assert (query, set(keys)) == (module._AGAIN, {"order.completed"})
        assert 10 <= seconds < 60
        await relay._mind_bindings(cast("Any", outbox))
        assert len(outbox.others) == 1

    async def test_once_it_is_back_nothing_waits_for_its_next_try(self) -> None:
        watch, outbox = watching(ONE), Outbox()
        relay = await sent(outbox, Exchange(Basic.Ack), watch)
        watch.found(set(bindings()), [], monotonic())
        await relay._mind_bindings(cast("Any", outbox))
        assert [query for query, _ in outbox.others] == [module._AGAIN, module._NOW]


def test_a_relay_without_work_looks_less_often_until_there_is_some() -> None:
    pauses = [module.POLL_SECONDS]
    for _ in range(5):
        pauses.append(module.next_pause(pauses[-1], 0))
    assert pauses == sorted(pauses)
    assert pauses[1] > pauses[0]
    assert pauses[-1] == module.IDLE_POLL_SECONDS
    assert module.next_pause(pauses[-1], 1) == module.POLL_SECONDS


def test_a_consumer_remembers_longer_than_events_can_be_published_again() -> None:
    assert retention.MESSAGE_DAYS * 24 > module.KEEP_HOURS
